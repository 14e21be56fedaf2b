//! Generates the C header into the build directory and gives the shared library its identity.
//!
//! `make header` copies the header to `include/alog.h`; a test compares the two.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The major version of the C ABI: the number in the SONAME, equal to `alog_abi_version()`.
const ABI_MAJOR: &str = "1";

fn main() {
    println!("cargo:rerun-if-changed=src/ffi");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    write_header(&out.join("alog.h"));
    println!("cargo:rustc-env=ALOG_GENERATED_HEADER={}", out.join("alog.h").display());
    println!("cargo:rustc-env=ALOG_ABI_MAJOR={ABI_MAJOR}");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        link_shared_library(&out);
    }
}

fn write_header(path: &Path) {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let config = cbindgen::Config::from_file(Path::new(&root).join("cbindgen.toml"))
        .unwrap_or_else(|error| panic!("cannot read \"cbindgen.toml\": {error}"));
    let mut builder = cbindgen::Builder::new().with_config(config);
    // The order of the sources is the order of the header.
    let nouns = "status level error config load logger field entry site child hook stats reload memory pull";
    for noun in nouns.split(' ') {
        builder = builder.with_src(Path::new(&root).join(format!("src/ffi/{noun}.rs")));
    }
    builder
        .generate()
        .unwrap_or_else(|error| panic!("cannot generate \"alog.h\": {error}"))
        .write_to_file(path);
}

/// `-z nodelete`: `dlclose` with a live writer thread must not unmap its code.
/// SONAME: programs bind to the ABI's major version.
fn link_shared_library(out: &Path) {
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libalog.so.{ABI_MAJOR}");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    // A program linked with `-Ltarget/release -lalog` asks for the SONAME at run time, so the build
    // directory needs the link that `make install` makes in a prefix. OUT_DIR is
    // `<profile>/build/alog-<hash>/out`. A failure costs only that convenience.
    if let Some(profile) = out.ancestors().nth(3) {
        let link = profile.join(format!("libalog.so.{ABI_MAJOR}"));
        if fs::symlink_metadata(&link).is_err() {
            let _ = std::os::unix::fs::symlink("libalog.so", link);
        }
    }
}
