//! What is looked at before it is read: a file is opened twice, of a pipe the bytes that were looked at are kept.

use super::file;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::rc::Rc;

/// A file, or `-` for standard input.
pub struct Source {
    name: String,
    /// Of what cannot be opened twice: what was read of it, and its rest.
    kept: Option<(Vec<u8>, Rest)>,
}

/// What cannot be opened twice.
enum Rest {
    Stdin,
    Pipe(File),
}

impl Rest {
    fn reader(&self) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::Stdin => Box::new(io::stdin()),
            Self::Pipe(file) => Box::new(file.try_clone()?),
        })
    }
}

impl Source {
    /// Nothing is opened yet.
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), kept: None }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Looks at how it begins. To be called once.
    pub fn look_at<T>(
        &mut self,
        look: impl FnOnce(Box<dyn Read>) -> io::Result<T>,
    ) -> io::Result<T> {
        let rest = match self.name.as_str() {
            "-" => Rest::Stdin,
            name => {
                let file = file(name)?;
                if file.metadata()?.is_file() {
                    return look(Box::new(file));
                }
                Rest::Pipe(file)
            }
        };
        let read = Rc::new(RefCell::new(Vec::new()));
        let found = look(Box::new(Kept { reader: rest.reader()?, read: Rc::clone(&read) }))?;
        self.kept = Some((read.take(), rest));
        Ok(found)
    }

    /// All of it, from its beginning.
    pub fn open(self) -> io::Result<Box<dyn Read>> {
        Ok(match self.kept {
            Some((front, rest)) => Box::new(Cursor::new(front).chain(rest.reader()?)),
            None if self.name == "-" => Box::new(io::stdin()),
            None => Box::new(file(&self.name)?),
        })
    }
}

/// Keeps what is read.
struct Kept {
    reader: Box<dyn Read>,
    read: Rc<RefCell<Vec<u8>>>,
}

impl Read for Kept {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.reader.read(buffer)?;
        self.read.borrow_mut().extend_from_slice(&buffer[..len]);
        Ok(len)
    }
}
