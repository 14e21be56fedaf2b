//! Faults of the system, in a child: writes that fail as a plan says, and a disk that is small.

use crate::child::Setting;
use crate::figures;
use std::env;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The file whose writes are counted, and fail.
pub const NAME: &str = "log";

const PLAN: &str = "plan";
/// How many words it has.
const WORDS: usize = 13;

/// Which calls of `write` fail, and how; those of injection.c, in that order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plan {
    /// The first call, counted from 1.
    pub from: u64,
    /// So many in a row.
    pub count: u64,
    /// Again after so many; 0: never again.
    pub period: u64,
    /// The errno; 0: the call falls short.
    pub error: i32,
    /// Of so many bytes, if it falls short.
    pub most: u64,
    /// The call before the first one writes half.
    pub half: bool,
}

/// The plan that holds in this process.
pub struct Injection(File);

impl Injection {
    /// That of a child that was started in the setting of [`writes`].
    pub fn of(directory: &Path) -> Self {
        let options = OpenOptions::new().read(true).write(true).open(directory.join(PLAN));
        Self(options.expect("a plan"))
    }

    /// Begins to count anew, with another plan. Nothing may be written meanwhile.
    pub fn set(&self, plan: Plan) {
        let Plan { from, count, period, error, most, half } = plan;
        let words = [0, 0, from, count, period, error as u64, most, u64::from(half)];
        self.0.write_all_at(&words.map(u64::to_ne_bytes).concat(), 0).expect("a plan");
    }

    /// How many calls there were.
    pub fn calls(&self) -> u64 {
        self.word(0)
    }

    /// On how many of them the plan acted.
    pub fn injected(&self) -> u64 {
        self.word(1)
    }

    /// A file that has so many bytes finds the disk full; 0: none does.
    pub fn limit(&self, bytes: u64) {
        self.set_word(8, bytes);
    }

    /// Makes every call wait, or lets all go.
    pub fn stall(&self, stalls: bool) {
        self.set_word(9, u64::from(stalls));
    }

    /// How many calls wait.
    pub fn waiting(&self) -> u64 {
        self.word(10)
    }

    /// How often a connection to a host was tried.
    pub fn connects(&self) -> u64 {
        self.word(11)
    }

    /// Makes the system give peers of TCP up that acknowledge nothing for so long; 0: for as long as it is asked to.
    pub fn give_peers_up_after(&self, milliseconds: u64) {
        self.set_word(12, milliseconds);
    }

    fn set_word(&self, place: u64, word: u64) {
        self.0.write_all_at(&word.to_ne_bytes(), 8 * place).expect("a plan");
    }

    fn word(&self, place: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, 8 * place).expect("a plan");
        u64::from_ne_bytes(bytes)
    }
}

/// The setting in which writes to [`NAME`] fail as planned.
pub fn writes(directory: &Path) -> Setting {
    fs::write(directory.join(PLAN), [0; 8 * WORDS]).expect("a plan");
    let library = compile(directory);
    let variables = vec![
        ("LD_PRELOAD", library.into()),
        ("ALOG_INJECT_PLAN", directory.join(PLAN).into()),
        ("ALOG_INJECT_NAME", format!("/{NAME}").into()),
    ];
    Setting { variables, ..Setting::default() }
}

/// Makes injection.c a library.
fn compile(directory: &Path) -> PathBuf {
    let (source, library) = (directory.join("injection.c"), directory.join("injection.so"));
    fs::write(&source, include_str!("injection.c")).expect("a source");
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut build = cc::Build::new();
    build.cargo_metadata(false).target(&target).host(&target).opt_level(1);
    let mut command = build.get_compiler().to_command();
    command.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]);
    let status = command.arg(&source).arg("-o").arg(&library).status().expect("a compiler");
    assert!(status.success(), "injection.c does not compile");
    library
}

/// What gives a program a view of the file systems of its own, in which it may mount.
pub const ALONE: [&str; 3] = ["unshare", "--mount", "--map-root-user"];
/// Tells a child that it has one.
const MOUNTS: &str = "ALOG_INJECT_MOUNTS";

/// The settings of a child with a small disk: one on which the injection says when it is full, which is possible
/// everywhere, and a file system of the child's own where the system lets this user mount one.
pub fn disks() -> Vec<fn(&Path) -> Setting> {
    let mounted = |directory: &Path| {
        let mut setting = writes(directory);
        setting.under = ALONE.map(Into::into).into();
        setting.variables.push((MOUNTS, "yes".into()));
        setting
    };
    let [program, rest @ ..] = ALONE;
    let mut command = Command::new(program);
    command.args(rest).args(["mount", "-t", "tmpfs", "none", "/tmp"]);
    if command.output().is_ok_and(|output| output.status.success()) {
        vec![writes, mounted]
    } else {
        figures::note(format_args!(
            "no file system may be mounted here: the injection limits the disk"
        ));
        vec![writes]
    }
}

/// How large a disk is.
const DISK_BYTES: usize = 256 << 10;
/// What fills it.
const FILLER: &str = "filler";
/// How much of it is left to the log while it is filled: 655 lines and a half.
const LEFT: usize = 64 << 10;

/// A small disk, which something else may fill.
pub struct Disk {
    place: PathBuf,
    is_mounted: bool,
    writes: Injection,
}

impl Disk {
    /// That of a child in a setting of [`disks`].
    pub fn of(directory: &Path) -> Self {
        let (is_mounted, place) = (env::var_os(MOUNTS).is_some(), directory.join("disk"));
        fs::create_dir(&place).expect("a directory");
        if is_mounted {
            let size = format!("size={DISK_BYTES}");
            let mut command = Command::new("mount");
            let status = command.args(["-t", "tmpfs", "-o", &size, "none"]).arg(&place).status();
            assert!(status.expect("mount").success());
        }
        Self { place, is_mounted, writes: Injection::of(directory) }
    }

    /// What its faults are counted with.
    pub fn writes(&self) -> &Injection {
        &self.writes
    }

    /// Where the log is.
    pub fn log(&self) -> PathBuf {
        self.place.join(NAME)
    }

    /// What it is called in figures.
    pub fn kind(&self) -> &'static str {
        if self.is_mounted { "tmpfs" } else { "limit" }
    }

    /// Leaves little room, for a log that is empty.
    pub fn fill(&self) {
        if self.is_mounted {
            fs::write(self.place.join(FILLER), vec![0; DISK_BYTES - LEFT]).expect("room");
        } else {
            self.writes.limit(LEFT as u64);
        }
    }

    /// Gives the room back.
    pub fn free(&self) {
        if self.is_mounted {
            fs::remove_file(self.place.join(FILLER)).expect("a filler");
        } else {
            self.writes.limit(0);
        }
    }

    /// Makes it as it was at first: with little room, and without a log. Nobody may have that open.
    pub fn renew(&self) {
        for name in [NAME, FILLER] {
            let _ = fs::remove_file(self.place.join(name)); // it may not be there
        }
        self.fill();
    }
}
