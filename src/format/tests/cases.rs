//! Events to compare formats with: made of numbers that look random and are the same each time.

use crate::Level;
use crate::field::{Fields, Out, Value, begin_group, encode, end_group};
use crate::record::{Event, Layers, Source, Thread};

/// A value that owns what it has.
#[derive(Clone, Debug, PartialEq)]
pub enum Owned {
    Null,
    Bool(bool),
    I64(i64),
    U64(u64),
    F64(f64),
    Str(Vec<u8>),
    Bytes(Vec<u8>),
    Group(Run),
}

/// Fields in order.
pub type Run = Vec<(Vec<u8>, Owned)>;

/// An event that owns what it has.
#[derive(Clone, Debug)]
pub struct Case {
    pub unix_ns: i64,
    pub level: Level,
    pub message: Vec<u8>,
    pub is_template: bool,
    pub base_id: u64,
    pub base: Run,
    pub own: Run,
    pub post: Run,
    pub logger: String,
    pub source: Option<Source>,
    pub thread: Thread,
    pub seq: u64,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            unix_ns: 1_792_000_000_123_456_789,
            level: Level::Info,
            message: b"it is late".to_vec(),
            is_template: false,
            base_id: 0,
            base: Run::new(),
            own: Run::new(),
            post: Run::new(),
            logger: String::new(),
            source: None,
            thread: Thread::default(),
            seq: 0,
        }
    }
}

impl Case {
    /// Shows the event to `see`.
    pub fn with<T>(&self, see: impl FnOnce(&Event<'_>) -> T) -> T {
        let [base, own, post] = [&self.base, &self.own, &self.post].map(|run| {
            let mut out = Vec::new();
            encode_run(run, &mut out);
            out
        });
        see(&Event {
            unix_ns: self.unix_ns,
            level: self.level,
            message: &self.message,
            is_template: self.is_template,
            fields: Layers {
                base: Fields::new(&base),
                base_id: self.base_id,
                own: Fields::new(&own),
                post: Fields::new(&post),
            },
            logger: &self.logger,
            source: self.source.as_ref(),
            thread: &self.thread,
            seq: self.seq,
        })
    }
}

fn encode_run(run: &Run, out: &mut impl Out) {
    for (key, value) in run {
        match value {
            Owned::Null => encode(out, key, Value::Null),
            Owned::Bool(value) => encode(out, key, Value::Bool(*value)),
            Owned::I64(value) => encode(out, key, Value::I64(*value)),
            Owned::U64(value) => encode(out, key, Value::U64(*value)),
            Owned::F64(value) => encode(out, key, Value::F64(*value)),
            Owned::Str(value) => encode(out, key, Value::Str(value)),
            Owned::Bytes(value) => encode(out, key, Value::Bytes(value)),
            Owned::Group(inner) => {
                begin_group(out, key);
                encode_run(inner, out);
                end_group(out);
            }
        }
    }
}

/// Numbers that look random, from a seed.
pub struct Random(pub u64);

impl Random {
    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % end
    }

    fn pick<'a, T>(&mut self, pool: &'a [T]) -> &'a T {
        &pool[self.below(pool.len())]
    }

    /// Bytes of everything that a format treats in its own way.
    pub fn bytes(&mut self) -> Vec<u8> {
        const POOL: &[&[u8]] = &[
            b"a",
            b"b",
            b"Zz",
            b"0",
            b" ",
            b"=",
            b"\"",
            b"\\",
            b"\n",
            b"\r",
            b"\t",
            b"\0",
            b"\x1b[",
            b"\x08",
            b"\x0c",
            b"\x7f",
            b"{",
            b"}",
            b"/",
            b".",
            b"_",
            b"\xff",
            b"\xc3",
            b"\xc2\x85",
            b"\xe2\x80\xa8",
            b"\xe2\x80",
            "ä".as_bytes(),
            "日".as_bytes(),
            "🦀".as_bytes(),
            b"plain",
        ];
        const HARMLESS: &[&[u8]] = &[b"a", b"b", b"word", b"1"];
        let pool = if self.below(2) == 0 { POOL } else { HARMLESS };
        (0..self.below(7)).flat_map(|_| self.pick(pool).to_vec()).collect()
    }

    fn key(&mut self) -> Vec<u8> {
        // Few, so that they meet; some are also names of elements.
        const POOL: &[&str] =
            &["a", "b", "c", "g", "a.b", "g.a", "level", "message", "time", "source", ""];
        if self.below(8) == 0 { self.bytes() } else { self.pick(POOL).as_bytes().to_vec() }
    }

    fn value(&mut self, depth: usize) -> Owned {
        const FLOATS: &[f64] = &[
            0.0,
            -0.0,
            1.5,
            2.0,
            -7.25,
            1e300,
            5e-324,
            0.1,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MAX,
            1e16,
            123456789.125,
        ];
        const NUMBERS: &[i64] = &[0, 1, -1, 42, -100, i64::MIN, i64::MAX];
        match self.below(if depth < 4 { 9 } else { 7 }) {
            0 => Owned::Null,
            1 => Owned::Bool(self.below(2) == 0),
            2 => Owned::I64(*self.pick(NUMBERS)),
            3 => Owned::U64(*self.pick(NUMBERS) as u64),
            4 => Owned::F64(*self.pick(FLOATS)),
            5 => Owned::Bytes(self.bytes()),
            6 => Owned::Str(self.bytes()),
            _ => Owned::Group(self.run(4, depth + 1)),
        }
    }

    /// Fewer than `end` fields.
    pub fn run(&mut self, end: usize, depth: usize) -> Run {
        (0..self.below(end)).map(|_| (self.key(), self.value(depth))).collect()
    }

    fn template(&mut self) -> Vec<u8> {
        const POOL: &[&str] = &[
            "{a}", "{b}", "{g}", "{g.a}", "{a.b}", "{g.a.b}", "{level}", "{none}", "{{", "}}", "{",
            "}", "{}", "{a b}", " ", "text ", "{.}",
        ];
        let mut out = self.bytes();
        (0..self.below(6)).for_each(|_| out.extend_from_slice(self.pick(POOL).as_bytes()));
        out
    }

    /// An event of one of `loggers`, not earlier than the one before, usually in the same second, and like it in
    /// most of what stands in front of the message.
    pub fn case(&mut self, before: &Case, loggers: &[Run]) -> Case {
        let is_template = self.below(2) == 0;
        let logger = self.below(loggers.len());
        let many = if self.below(16) == 0 { 40 } else { 5 };
        let step = *self.pick(&[1, 1_000, 1_000_000, 1_000_000, 2_000_000_000]);
        let mut case = Case {
            unix_ns: before.unix_ns + self.below(step) as i64,
            message: if is_template { self.template() } else { self.bytes() },
            is_template,
            base_id: if loggers[logger].is_empty() { 0 } else { 60 + logger as u64 },
            base: loggers[logger].clone(),
            own: self.run(many, 0),
            post: if self.below(3) == 0 { self.run(3, 0) } else { Run::new() },
            ..before.clone()
        };
        match self.below(8) {
            0 => case.level = *self.pick(&Level::ALL),
            1 => case.logger = (*self.pick(&["", "", "d b\n", "d c\n", "db"])).into(),
            2 => case.source = self.source(),
            3 => case.thread = self.thread(),
            4 => case.seq = *self.pick(&[0, 1, 99, u64::MAX]),
            _ => {}
        }
        case
    }

    fn source(&mut self) -> Option<Source> {
        let long = "x".repeat(2000);
        (self.below(2) == 0).then(|| Source {
            form: None,
            file: (*self.pick(&["main.c", "mail.c", "src/a b/m=ain.c", "x/", &long])).into(),
            line: *self.pick(&[0, 12, 13, u32::MAX]),
            function: (*self.pick(&["", "run", "ran", "a::<\"b\">"])).into(),
        })
    }

    fn thread(&mut self) -> Thread {
        Thread {
            id: *self.pick(&[0, 7, 8, 123_456]),
            name: (*self.pick(&["", "worker-1", "worker-2", "w\t2 \u{85}"])).into(),
        }
    }
}
