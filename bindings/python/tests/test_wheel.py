"""The package as it is given away: a wheel that any Python 3 of the platform takes, and a source distribution."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

import alog
from conftest import BINDING, BUILT, REPOSITORY, run

BUILD = "import sys; from setuptools import build_meta; kind, to = sys.argv[1:]; getattr(build_meta, kind)(to)"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both, built of the tree with the library that is there; the tree is as before."""
    made = tmp_path_factory.mktemp("dist")
    before = sources()
    for kind in ("build_sdist", "build_wheel"):
        run(sys.executable, "-c", BUILD, kind, str(made), cwd=BINDING, ALOG_LIBRARY=str(BUILT))
    assert sources() == before
    return made


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (found,) = dist.glob("*.whl")
    return found


def sources() -> set[Path]:
    return {path for path in BINDING.rglob("*") if "__pycache__" not in path.parts}


def packing(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, BINDING / "packing" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def environment(place: Path) -> Path:
    """A new environment with pip's modules borrowed and nothing else in it; gives its Python."""
    run(sys.executable, "-m", "venv", "--without-pip", str(place), cwd=place.parent)
    python = place / "bin" / "python"
    purelib = run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=place).strip()
    pip = importlib.util.find_spec("pip")
    assert pip is not None and pip.origin is not None
    Path(purelib, "tools.pth").write_text(f"{Path(pip.origin).parents[1]}\n")
    return python


def test_the_wheel_holds_the_package_the_library_and_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        modules = {f"alog/{path.name}" for path in (BINDING / "src" / "alog").glob("*.py")}
        assert {name for name in names if name.startswith("alog/")} == modules | {"alog/py.typed", "alog/libalog.so"}
        (licence,) = [name for name in names if name.endswith("LICENSE")]
        assert archive.read(licence) == (REPOSITORY / "LICENSE").read_bytes()
        assert len(archive.read("alog/libalog.so")) <= BUILT.stat().st_size


def test_the_wheel_is_for_every_python_3_of_the_platform(wheel: Path) -> None:
    _, version, _, tags = parse_wheel_filename(wheel.name)
    assert str(version) == alog.__version__
    (tag,) = tags
    assert (tag.interpreter, tag.abi) == ("py3", "none")
    assert tag in set(sys_tags())  # pip takes it here


@pytest.mark.skipif(shutil.which("objdump") is None, reason="there is no objdump to compare with")
def test_its_tag_names_the_c_library_that_it_really_needs(wheel: Path) -> None:
    symbols = subprocess.run(["objdump", "-T", str(BUILT)], capture_output=True, text=True, check=True).stdout
    newest = max((int(major), int(minor)) for major, minor in re.findall(r"GLIBC_(\d+)\.(\d+)", symbols))
    needed = max(newest, (2, 17))
    assert f"-manylinux_{needed[0]}_{needed[1]}_" in wheel.name


def test_what_a_library_needs_is_read_from_it(tmp_path: Path) -> None:
    it = packing("platform_tag")
    found = it.needs(BUILT)
    assert "libc.so.6" in found.libraries and found.glibc >= (2, 2)
    assert it.platform_tag(BUILT).endswith(found.machine)
    nothing = tmp_path / "libalog.so"
    nothing.write_bytes(b"\x7fELF\x01" + bytes(60))
    with pytest.raises(ValueError, match="no ELF file of 64 bits"):
        it.needs(nothing)


def test_a_library_that_needs_what_not_every_system_has_is_tagged_for_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    it = packing("platform_tag")
    for libraries, glibc in ((["libc.so.6", "libzstd.so.1"], (2, 34)), (["libc.musl-x86_64.so.1"], None)):
        monkeypatch.setattr(it, "needs", lambda path, to=(libraries, glibc): it.Needs("x86_64", *to))
        assert it.platform_tag(BUILT) is None
    monkeypatch.setattr(it, "needs", lambda path: it.Needs("aarch64", ["libc.so.6", "ld-linux-aarch64.so.1"], (2, 5)))
    assert it.platform_tag(BUILT) == "manylinux_2_17_aarch64"


def test_the_wheel_is_installed_by_pip_and_logs_without_the_tree(wheel: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "venv")
    install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-index", "--no-deps", str(wheel)]
    run(str(python), *install, cwd=tmp_path)
    program = """
import alog, alog._native
from alog.handler import Handler
with alog.Logger("file:app.log", format="raw") as log:
    assert log.info("user {id}", id=5)
print(alog.__file__, alog._native.library._name, alog.native, sep="\\n")
"""
    said = run(str(python), "-I", "-c", program, cwd=tmp_path, ALOG_LIBRARY="", PYTHONPATH="")
    package, library, native = said.splitlines()
    assert Path(package).is_relative_to(tmp_path / "venv") and Path(library).is_relative_to(tmp_path / "venv")
    assert native == str(alog.native)
    assert (tmp_path / "app.log").read_text() == "user 5\n"


def test_the_source_distribution_has_all_that_cargo_needs(dist: Path, tmp_path: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    run("tar", "-xzf", str(archive), cwd=tmp_path)
    unpacked = tmp_path / f"alog-{alog.__version__}"
    assert not (unpacked / "tests").exists()
    cargo = shutil.which("cargo")
    if cargo is not None:
        run(cargo, "metadata", "--locked", "--offline", "--format-version=1", cwd=unpacked / "rust")
    for path in (REPOSITORY / "src").rglob("*.rs"):
        assert (unpacked / "rust" / path.relative_to(REPOSITORY)).read_bytes() == path.read_bytes()
    # A wheel and a source distribution of the unpacked one are the same again.
    again = tmp_path / "again"
    for kind in ("build_sdist", "build_wheel"):
        run(sys.executable, "-c", BUILD, kind, str(again), cwd=unpacked, ALOG_LIBRARY=str(BUILT))
    assert sorted(path.name for path in again.iterdir()) == sorted(path.name for path in dist.iterdir())


def test_a_build_without_a_compiler_says_what_is_missing(dist: Path, tmp_path: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    run("tar", "-xzf", str(archive), cwd=tmp_path)
    failed = subprocess.run(
        [sys.executable, "-c", BUILD, "build_wheel", str(tmp_path)],
        cwd=tmp_path / f"alog-{alog.__version__}",
        env={"PATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert failed.returncode != 0
    assert "takes cargo, of Rust 1.85 or newer (https://rustup.rs)" in failed.stderr


CARGO_TOML = """
[package]
name = "alog"
version = "0.0.0"
edition = "2021"
[lib]
crate-type = ["cdylib", "rlib"]
"""
CARGO_LOCK = 'version = 3\n[[package]]\nname = "alog"\nversion = "0.0.0"\n'


@pytest.mark.skipif(shutil.which("cargo") is None, reason="there is no cargo to build with")
@pytest.mark.parametrize(
    ("variable", "config", "place"),
    [
        ("", "", "crate/target/release"),
        ("CARGO_TARGET_DIR", "", "given/release"),
        ("CARGO_BUILD_TARGET_DIR", "", "given/release"),
        ("", "build.target-dir = 'elsewhere'", "crate/elsewhere/release"),
        ("", "build.target = 'HOST'", "crate/target/HOST/release"),
    ],
)
def test_the_library_is_taken_from_where_cargo_puts_it(
    variable: str, config: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    it, crate = packing("native"), tmp_path / "crate"
    (host,) = re.findall("^host: (.*)$", run("rustc", "-vV", cwd=tmp_path), flags=re.M)
    files = {"Cargo.toml": CARGO_TOML, "Cargo.lock": CARGO_LOCK, "src/lib.rs": "", ".cargo/config.toml": config}
    for name, text in files.items():
        (crate / name).parent.mkdir(parents=True, exist_ok=True)
        (crate / name).write_text(text.replace("HOST", host))
    for name in ("ALOG_LIBRARY", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_TARGET"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "given"))
    monkeypatch.setattr(it, "crate", lambda: crate)
    for _ in ("built", "there already"):
        found = it.library()
        assert found == tmp_path / place.replace("HOST", host) / "libalog.so" and found.is_file()


def test_the_rust_that_a_build_asks_for_is_that_of_cargo_toml() -> None:
    version = re.findall(r'^rust-version = "(.*)"$', (REPOSITORY / "Cargo.toml").read_text(), flags=re.M)
    assert f"of Rust {version[0]} or newer" in (BINDING / "packing" / "native.py").read_text()


def test_the_licence_is_that_of_the_project() -> None:
    assert (BINDING / "LICENSE").read_bytes() == (REPOSITORY / "LICENSE").read_bytes()
