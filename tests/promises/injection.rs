//! Faults of the system, in a child: writes that fail as a plan says, and a disk that is small.

use crate::child::Setting;
use crate::figures;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The file whose writes are counted, and fail.
pub const NAME: &str = "log";
/// What the disk of a child is called in its directory.
pub const DISK: &str = "disk";
/// How large it is.
pub const DISK_BYTES: usize = 256 << 10;

const PLAN: &str = "plan";

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

    fn word(&self, place: u64) -> u64 {
        let mut bytes = [0; 8];
        self.0.read_exact_at(&mut bytes, 8 * place).expect("a plan");
        u64::from_ne_bytes(bytes)
    }
}

/// The setting in which writes to [`NAME`] fail as planned.
pub fn writes(directory: &Path) -> Setting {
    fs::write(directory.join(PLAN), [0; 64]).expect("a plan");
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
const ALONE: [&str; 3] = ["unshare", "--mount", "--map-root-user"];

/// The same setting, with a disk that only the child sees: see [`mount`].
pub fn writes_to_disk(directory: &Path) -> Setting {
    let under = ALONE.map(Into::into).into();
    Setting { under, ..writes(directory) }
}

/// Whether the system lets this user have a disk of his own. Says so if it does not.
pub fn has_disk() -> bool {
    let [program, rest @ ..] = ALONE;
    let mut command = Command::new(program);
    command.args(rest).args(["mount", "-t", "tmpfs", "none", "/tmp"]);
    let has = command.output().is_ok_and(|output| output.status.success());
    if !has {
        figures::note(format_args!("not run: this system lets nobody mount"));
    }
    has
}

/// Mounts the child's disk, which is empty.
pub fn mount(directory: &Path) -> PathBuf {
    let disk = directory.join(DISK);
    fs::create_dir(&disk).expect("a directory");
    let size = format!("size={DISK_BYTES}");
    let mut command = Command::new("mount");
    let status = command.args(["-t", "tmpfs", "-o", &size, "none"]).arg(&disk).status();
    assert!(status.expect("mount").success());
    disk
}
