//! The lines of several inputs in the order of their times: one line of each in memory. Lines of one time stay in the
//! order of the inputs, those of one input in theirs. A line without a time stays with the one in front of it.

use super::input::Input;
use super::record::{Names, time_of};
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

/// One of the inputs.
pub struct Source {
    /// What it is called.
    pub name: String,
    /// What it is read from; none after an error.
    input: Option<Input>,
    /// The time of its line, or of one before.
    time: Option<Timestamp>,
    /// Whether the last record of it was shown, for whoever shows them.
    pub shown: Option<bool>,
}

/// All of the inputs.
pub struct Merge {
    sources: Vec<Source>,
    names: Names,
    /// Those that have a line.
    ready: BinaryHeap<Reverse<(Option<Timestamp>, usize)>>,
    /// Those whose next line has not been asked for.
    stale: Vec<usize>,
    /// Those that had no line and may have one later.
    idle: Vec<usize>,
}

impl Merge {
    /// Of these inputs, by their names.
    pub fn new(inputs: impl IntoIterator<Item = (String, Input)>, names: Names) -> Self {
        let source = |(name, input)| Source { name, input: Some(input), time: None, shown: None };
        let sources: Vec<Source> = inputs.into_iter().map(source).collect();
        let stale = (0..sources.len()).rev().collect();
        Self { sources, names, ready: BinaryHeap::new(), stale, idle: Vec::new() }
    }

    /// Goes to the next line; `None` if there is none, or of what is followed none yet. `failed` is told which input
    /// could not be read, and why; it is then over.
    pub fn advance(&mut self, mut failed: impl FnMut(&str, io::Error)) -> Option<usize> {
        let is_several = self.sources.len() > 1;
        while let Some(place) = self.stale.pop() {
            let source = &mut self.sources[place];
            let Some(input) = &mut source.input else { continue };
            match input.advance() {
                Ok(true) => {
                    if is_several {
                        source.time = time_of(input.line(), &self.names).or(source.time);
                    }
                    self.ready.push(Reverse((source.time, place)));
                }
                Ok(false) if input.goes_on() => self.idle.push(place),
                Ok(false) => source.input = None,
                Err(error) => {
                    failed(&source.name, error);
                    source.input = None;
                }
            }
        }
        let Reverse((_, place)) = self.ready.pop()?;
        self.stale.push(place);
        Some(place)
    }

    /// The line that [`advance`](Self::advance) went to, and its source.
    pub fn line(&mut self, place: usize) -> (&[u8], &mut Option<bool>) {
        let Source { input, shown, .. } = &mut self.sources[place];
        (input.as_ref().map_or(b"", Input::line), shown)
    }

    /// Whether the input of a line has to be waited for.
    pub fn is_drained(&self, place: usize) -> bool {
        self.sources[place].input.as_ref().is_some_and(Input::is_drained)
    }

    /// Whether no input will ever have a line again.
    pub fn is_over(&self) -> bool {
        self.ready.is_empty() && self.stale.is_empty() && self.idle.is_empty()
    }

    /// Looks what became of the files that are followed.
    pub fn look(&mut self, mut failed: impl FnMut(&str, io::Error)) {
        let idle = std::mem::take(&mut self.idle);
        for &place in &idle {
            let source = &mut self.sources[place];
            if let Some(Input::Followed(followed)) = &mut source.input {
                if let Err(error) = followed.look() {
                    failed(&source.name, error);
                    source.input = None;
                    continue;
                }
            }
            self.stale.push(place);
        }
    }
}
