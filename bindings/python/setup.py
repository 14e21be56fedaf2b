"""Puts the shared library into the wheel; everything else is in pyproject.toml.

The library is the file that ``ALOG_LIBRARY`` names, otherwise what ``cargo build --release`` makes in the
repository two levels up. Nothing is written beside the sources: the build directory is a temporary one.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build import build
from setuptools.command.build_py import build_py
from setuptools.command.egg_info import egg_info

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARY = "libalog.so"
SCRATCH = tempfile.mkdtemp(prefix="alog-build-")
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)


def library() -> Path:
    """Returns the path of the shared library, built if need be."""
    given = os.environ.get("ALOG_LIBRARY")
    if given:
        return Path(given)
    if not (REPOSITORY / "Cargo.toml").is_file():
        raise SystemExit(f"set ALOG_LIBRARY to the path of {LIBRARY}: there is no Cargo.toml in {REPOSITORY}")
    subprocess.run(["cargo", "build", "--release"], cwd=REPOSITORY, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR") or "target")
    return REPOSITORY / target / "release" / LIBRARY


class PlatformDistribution(Distribution):
    """Contains machine code, so it is installed per platform."""

    def has_ext_modules(self) -> bool:
        return True


class Build(build):
    def initialize_options(self) -> None:
        super().initialize_options()
        self.build_base = SCRATCH


class EggInfo(egg_info):
    def finalize_options(self) -> None:
        if self.egg_base is None:
            self.egg_base = SCRATCH
        super().finalize_options()


class BuildPy(build_py):
    def run(self) -> None:
        super().run()
        if not self.editable_mode:  # an editable install finds target/release by itself
            shutil.copyfile(library(), Path(self.build_lib) / "alog" / LIBRARY)


class PlatformWheel(bdist_wheel):
    def get_tag(self) -> tuple[str, str, str]:
        # ctypes binds to no Python ABI: one wheel serves every Python 3 of the platform.
        return ("py3", "none", super().get_tag()[2])


setup(
    distclass=PlatformDistribution,
    cmdclass={"build": Build, "build_py": BuildPy, "bdist_wheel": PlatformWheel, "egg_info": EggInfo},
)
