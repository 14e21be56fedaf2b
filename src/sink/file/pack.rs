//! One rotated file is compressed: into another one beside it, which takes its place when it is whole and durable.
//!
//! A crash at any moment leaves either the file as it was, or both, or what it became. The next one to come removes
//! what is unfinished; of two that are the same it removes the file that is not compressed.

use super::encode::encode;
use super::locked::Locked;
use super::names::{Names, Old};
use super::open;
use crate::config::Packing;
use crate::os::file::{LOOK_FLAGS, rename_new};
use std::fs::{self, File, FileTimes, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Who may read what is unfinished.
const MODE: u32 = 0o600;
/// How often the lock of the folder is tried, and how long after each time: nobody waits for this thread.
const TRIES: u32 = 100;
const TRY_PAUSE: Duration = Duration::from_millis(10);

/// Compresses a rotated file. False if that has to wait: somebody writes to it, compresses here, or `goes_on` said no.
pub fn pack(
    names: &Names<'_>,
    old: &Old,
    packing: Packing,
    goes_on: &dyn Fn() -> bool,
) -> io::Result<bool> {
    let Some(file) = find(old)? else { return Ok(true) };
    let Some(file) = Locked::take(&old.path, file) else { return Ok(false) };
    let before = file.metadata()?;
    if is_done(names, old, &before)? {
        return replace(names, &file, &before, None, packing);
    }
    let Some(new) = begin(names)? else { return Ok(false) };
    let unfinished = names.unfinished();
    let outcome = fill(&file, &before, &new, packing, goes_on).and_then(|is_whole| {
        if is_whole {
            replace(names, &file, &before, Some(&unfinished), packing)
        } else {
            Ok(false)
        }
    });
    if !matches!(outcome, Ok(true)) {
        // It is removed the next time, if not now.
        let _ = fs::remove_file(&unfinished);
    }
    outcome
}

/// Removes what was left unfinished beside logs of other times.
pub fn clean(names: &Names<'_>) -> io::Result<()> {
    let all = names.unfinished_of_others()?;
    if all.is_empty() {
        return Ok(());
    }
    let Some(_lock) = Locked::folder(names.folder(), TRIES, TRY_PAUSE)? else { return Ok(()) };
    for path in all {
        if !path.symlink_metadata().is_ok_and(|found| found.is_file()) {
            continue;
        }
        // Whoever is at it has it locked.
        if let Some(_left_over) = Locked::take(&path, open::look(&path)?) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Opens it; `None`: it is not there any more, or another one is.
fn find(old: &Old) -> io::Result<Option<File>> {
    match open::look(&old.path) {
        Ok(file) => {
            let found = file.metadata()?;
            Ok(((found.dev(), found.ino()) == old.identity).then_some(file))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether it was compressed already, and only not removed: a file of its name and owner that was last written to at the
/// same time. One of another owner may be planted, so that this one is removed.
fn is_done(names: &Names<'_>, old: &Old, before: &Metadata) -> io::Result<bool> {
    let is_ours =
        |other: &Old| other.path.symlink_metadata().is_ok_and(|found| found.uid() == before.uid());
    let is_twin =
        |other: &Old| other.is_regular && other.packing.is_some() && other.is_twin_of(old);
    let is_it = |other: &Old| is_twin(other) && other.written_ns == old.written_ns;
    Ok(names.list()?.iter().any(|other| is_it(other) && is_ours(other)))
}

/// Makes the file for what comes out; `None`: somebody else is at it.
fn begin(names: &Names<'_>) -> io::Result<Option<Locked>> {
    let Some(_lock) = Locked::folder(names.folder(), TRIES, TRY_PAUSE)? else { return Ok(None) };
    let path = names.unfinished();
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
        Ok(found) if !found.is_file() => {
            let why = format!("{} is not a regular file", path.display());
            return Err(io::Error::other(why));
        }
        Ok(_) => match Locked::take(&path, open::look(&path)?) {
            Some(_left_over) => fs::remove_file(&path)?,
            None => return Ok(None),
        },
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(MODE).custom_flags(LOOK_FLAGS);
    Ok(Locked::take(&path, options.open(&path)?))
}

/// Fills it, and makes it durable. False if that was broken off, or somebody wrote to the file meanwhile.
fn fill(
    file: &File,
    before: &Metadata,
    new: &File,
    packing: Packing,
    goes_on: &dyn Fn() -> bool,
) -> io::Result<bool> {
    let Some(bytes) = encode(packing, file, new, goes_on)? else { return Ok(false) };
    if before.len() != bytes || is_changed(file, before)? {
        return Ok(false);
    }
    // Whose it was, as far as this program may say that: before the permissions, which it would take back.
    let _ = fchown(new, Some(before.uid()), Some(before.gid()));
    new.set_permissions(before.permissions())?;
    new.set_times(
        FileTimes::new().set_accessed(before.accessed()?).set_modified(before.modified()?),
    )?;
    new.sync_all()?;
    Ok(true)
}

/// Whether somebody wrote to it meanwhile.
fn is_changed(file: &File, before: &Metadata) -> io::Result<bool> {
    let written = |of: &Metadata| (of.len(), of.mtime(), of.mtime_nsec());
    Ok(written(&file.metadata()?) != written(before))
}

/// Puts what is whole in the place of the file, under the name that it has by now. False if somebody wrote to the file
/// while the other one was made durable.
fn replace(
    names: &Names<'_>,
    file: &File,
    before: &Metadata,
    whole: Option<&Path>,
    packing: Packing,
) -> io::Result<bool> {
    let Some(_lock) = Locked::folder(names.folder(), TRIES, TRY_PAUSE)? else { return Ok(false) };
    let all = names.list()?;
    let is_it = |old: &&Old| old.identity == (before.dev(), before.ino());
    let Some(old) = all.iter().find(is_it) else { return Ok(false) };
    if is_changed(file, before)? {
        return Ok(false);
    }
    if let Some(whole) = whole {
        rename_new(whole, &place(names, &all, old, packing))?;
        open::make_durable(names.folder())?;
    }
    fs::remove_file(&old.path)?;
    Ok(true)
}

/// The path of what a file became. A clock that was set back, or several processes, can lead to one log of another time
/// twice: then its name is that of a rotated one, the next that is free.
fn place(names: &Names<'_>, all: &[Old], old: &Old, packing: Packing) -> PathBuf {
    let suffixed = |path: &Path| {
        let mut path = path.as_os_str().to_owned();
        path.push(packing.suffix());
        PathBuf::from(path)
    };
    let path = suffixed(&old.path);
    match path.symlink_metadata().ok().and_then(|_| names.next_of_other(old, all)) {
        None => path,
        Some(next) => suffixed(&next),
    }
}

#[cfg(all(test, feature = "compress"))]
mod tests {
    use super::*;
    use crate::config::FileConfig;
    use crate::sink::file::tests::{Folder, NEW_YEAR};
    use std::cell::Cell;
    use std::io::{Read, Write};
    use std::os::unix::fs::PermissionsExt;

    /// What a compressed file was made of.
    fn unpacked(path: &Path) -> Vec<u8> {
        let (mut bytes, file) = (Vec::new(), File::open(path).unwrap());
        if path.extension().unwrap() == "gz" {
            flate2::read::MultiGzDecoder::new(file).read_to_end(&mut bytes).unwrap();
            return bytes;
        }
        let mut rest = &std::fs::read(path).unwrap()[..];
        while !rest.is_empty() {
            let mut frame = ruzstd::decoding::StreamingDecoder::new(&mut rest).unwrap();
            frame.read_to_end(&mut bytes).unwrap();
        }
        bytes
    }

    /// Compresses `log.1`; before each piece `between` is called, with how many there were.
    fn run(folder: &Folder, packing: Packing, between: impl Fn(u32) -> bool) -> io::Result<bool> {
        let path = folder.0.join("log");
        let config = FileConfig::new(path.to_str().unwrap());
        let names = Names::of(&path, &config).unwrap();
        let all = names.list().unwrap();
        let old = all.iter().find(|old| old.path.ends_with("log.1")).unwrap();
        let count = Cell::new(0);
        let goes_on = || between(count.replace(count.get() + 1));
        pack(&names, old, packing, &goes_on)
    }

    fn go_on(_count: u32) -> bool {
        true
    }

    fn text() -> String {
        (0..100_000).map(|number| format!("a line with the number {number}\n")).collect()
    }

    #[test]
    fn a_file_is_compressed_with_its_time_and_permissions_and_can_be_read_back() {
        for (packing, name) in [(Packing::Gzip, "log.1.gz"), (Packing::Zstd, "log.1.zst")] {
            for text in [text(), String::new(), "x".repeat(3 << 20)] {
                let folder = Folder::new();
                folder.put("log.1", &text, NEW_YEAR);
                let old = folder.0.join("log.1");
                fs::set_permissions(&old, fs::Permissions::from_mode(0o604)).unwrap();
                let before = fs::metadata(&old).unwrap();
                assert!(run(&folder, packing, go_on).unwrap());
                assert_eq!(folder.names(), [name]);
                let after = fs::metadata(folder.0.join(name)).unwrap();
                assert_eq!(after.modified().unwrap(), before.modified().unwrap());
                assert_eq!((after.mode(), after.uid()), (before.mode(), before.uid()));
                assert!(text.is_empty() || after.len() < before.len() / 3, "{}", after.len());
                assert!(unpacked(&folder.0.join(name)) == text.as_bytes());
            }
        }
    }

    #[test]
    fn a_file_that_is_renamed_meanwhile_is_replaced_under_its_new_name() {
        let folder = Folder::new();
        folder.put("log.1", &text(), NEW_YEAR);
        let rename = |count| {
            if count == 1 {
                fs::rename(folder.0.join("log.1"), folder.0.join("log.2")).unwrap();
                folder.put("log.1", "newer", NEW_YEAR);
            }
            true
        };
        assert!(run(&folder, Packing::Gzip, rename).unwrap());
        assert_eq!(
            (folder.names(), folder.text("log.1")),
            (vec!["log.1".into(), "log.2.gz".into()], "newer".into())
        );
        assert!(unpacked(&folder.0.join("log.2.gz")) == text().as_bytes());
    }

    #[test]
    fn a_file_that_somebody_writes_to_or_that_is_broken_off_stays_as_it_is() {
        let folder = Folder::new();
        folder.put("log.1", &text(), NEW_YEAR);
        let add = |count| {
            if count == 1 {
                let path = folder.0.join("log.1");
                File::options().append(true).open(path).unwrap().write_all(b"more").unwrap();
            }
            true
        };
        assert!(!run(&folder, Packing::Gzip, add).unwrap());
        assert!(!run(&folder, Packing::Zstd, |count| count < 2).unwrap());
        let held = File::open(folder.0.join("log.1")).unwrap();
        assert!(crate::os::file::lock(&held, crate::os::file::Lock::Shared).unwrap());
        assert!(!run(&folder, Packing::Gzip, go_on).unwrap());
        assert_eq!((folder.names(), folder.text("log.1")), (vec!["log.1".into()], text() + "more"));
    }

    #[test]
    fn what_a_crash_left_unfinished_is_removed_and_what_it_left_done_is_not_done_again() {
        let folder = Folder::new();
        folder.put("log.1", "a line\n", NEW_YEAR);
        folder.put("log.compressing", "half of some", NEW_YEAR);
        assert!(run(&folder, Packing::Gzip, go_on).unwrap());
        assert_eq!(folder.names(), ["log.1.gz"]);
        // It came as far as the new name.
        folder.put("log.1", "a line\n", NEW_YEAR);
        let before = fs::metadata(folder.0.join("log.1.gz")).unwrap().ino();
        assert!(run(&folder, Packing::Gzip, go_on).unwrap());
        assert_eq!(folder.names(), ["log.1.gz"]);
        assert_eq!(fs::metadata(folder.0.join("log.1.gz")).unwrap().ino(), before);
        // This one is another file.
        folder.put("log.1", "another line\n", NEW_YEAR + 1);
        let error = run(&folder, Packing::Gzip, go_on).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(folder.names(), ["log.1", "log.1.gz"]);
    }

    #[test]
    fn what_is_planted_at_the_name_of_what_is_unfinished_is_not_touched() {
        let folder = Folder::new();
        folder.put("log.1", "a line\n", NEW_YEAR);
        folder.put("target", "untouched", NEW_YEAR);
        std::os::unix::fs::symlink("target", folder.0.join("log.compressing")).unwrap();
        let error = run(&folder, Packing::Zstd, go_on).unwrap_err().to_string();
        assert!(error.ends_with("log.compressing is not a regular file"), "{error}");
        fs::remove_file(folder.0.join("log.compressing")).unwrap();
        std::os::unix::fs::symlink("target", folder.0.join("log.1.zst")).unwrap();
        let error = run(&folder, Packing::Zstd, go_on).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(folder.text("target"), "untouched");
        assert_eq!(folder.names(), ["log.1", "log.1.zst", "target"]);
        fs::remove_file(folder.0.join("log.1.zst")).unwrap();
        // It is not what the file became, whatever time it shows.
        fs::create_dir(folder.0.join("log.1.zst")).unwrap();
        let time = fs::metadata(folder.0.join("log.1")).unwrap().modified().unwrap();
        let planted = File::open(folder.0.join("log.1.zst")).unwrap();
        planted.set_times(FileTimes::new().set_modified(time)).unwrap();
        let error = run(&folder, Packing::Zstd, go_on).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(folder.text("log.1"), "a line\n");
    }

    #[test]
    fn what_somebody_else_compresses_here_is_left_alone() {
        let folder = Folder::new();
        folder.put("log.1", "a line\n", NEW_YEAR);
        folder.put("log.compressing", "half of some", NEW_YEAR);
        let path: PathBuf = folder.0.join("log.compressing");
        let _held = Locked::take(&path, File::open(&path).unwrap()).unwrap();
        assert!(!run(&folder, Packing::Gzip, go_on).unwrap());
        assert_eq!(folder.text("log.compressing"), "half of some");
    }

    #[test]
    fn a_log_of_another_time_whose_names_are_taken_gets_one_that_retention_finds() {
        for (parameters, plain, packed) in [
            ("", ["log.1", "log.3.zst"], ["log.2.gz", "log.4.gz"]),
            (
                "rotate_names=time&",
                ["log.2026-01-01T00-00-00", "log.2026-01-01T00-00-00-1"],
                ["log.2026-01-01T00-00-00-2.gz", "log.2026-01-01T00-00-00-3.gz"],
            ),
        ] {
            let folder = Folder::new();
            let name = |end: &str| format!("m-2026-01-01.{end}");
            for end in ["log.gz", "log", &format!("{}.gz", plain[0])].into_iter().chain(plain) {
                folder.put(&name(end), end, NEW_YEAR);
            }
            let spec = format!("file:{}/m-{{time}}.log?{parameters}keep=1", folder.0.display());
            let target = crate::config::SinkConfig::parse(&spec).unwrap().target;
            let crate::config::Target::File(config) = target else { panic!("another kind") };
            let path = folder.0.join("m-2026-01-02.log");
            let names = Names::of(&path, &config).unwrap();
            for end in ["log", plain[0]] {
                // What was compressed before is that of another file.
                folder.put(&name(end), end, NEW_YEAR + 1_000_000);
                let all = names.list().unwrap();
                let old = all.iter().find(|old| old.path.ends_with(name(end))).unwrap();
                assert!(pack(&names, old, Packing::Gzip, &|| true).unwrap());
            }
            for end in packed {
                assert!(folder.names().contains(&name(end)), "{:?}", folder.names());
            }
            assert!(super::super::retention::retain(&names, &config, NEW_YEAR).is_ok());
            assert_eq!(folder.names().len(), 1, "{:?}", folder.names());
        }
    }

    #[test]
    fn what_was_left_unfinished_beside_a_log_of_another_time_is_removed() {
        let folder = Folder::new();
        for name in
            ["log-2026-01-01.compressing", "log-2026-01-02.compressing", "log-x.compressing"]
        {
            folder.put(name, "half of some", NEW_YEAR);
        }
        let spec = format!("file:{}/log-{{time}}", folder.0.display());
        let target = crate::config::SinkConfig::parse(&spec).unwrap().target;
        let crate::config::Target::File(config) = target else { panic!("another kind") };
        let path = folder.0.join("log-2026-01-02");
        let names = Names::of(&path, &config).unwrap();
        {
            let path = folder.0.join("log-2026-01-01.compressing");
            let _held = Locked::take(&path, File::open(&path).unwrap()).unwrap();
            clean(&names).unwrap();
            assert_eq!(folder.names().len(), 3, "somebody is at it");
        }
        clean(&names).unwrap();
        assert_eq!(folder.names(), ["log-2026-01-02.compressing", "log-x.compressing"]);
    }
}
