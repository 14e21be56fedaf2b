"""Puts the shared library into the wheel and its sources into the source distribution; the rest is in pyproject.toml.

The library is the file that ``ALOG_LIBRARY`` names, otherwise what ``cargo build --release`` makes in the
repository two levels up, or of the sources in a source distribution. Nothing is written beside the sources: the build
directory is a temporary one.
"""

import atexit
import shutil
import sys
import tempfile
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build import build
from setuptools.command.build_py import build_py
from setuptools.command.egg_info import egg_info
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
PACKING = "packing"
sys.path.insert(0, str(HERE / PACKING))

import native  # noqa: E402
from platform_tag import platform_tag  # noqa: E402

SCRATCH = tempfile.mkdtemp(prefix="alog-build-")
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)


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
            native.put_library(Path(self.build_lib) / "alog" / native.LIBRARY)


class PlatformWheel(bdist_wheel):
    def get_tag(self) -> tuple[str, str, str]:
        # ctypes binds to no Python ABI: one wheel serves every Python 3 of the platform.
        built = Path(self.get_finalized_command("build_py").build_lib) / "alog" / native.LIBRARY
        tag = platform_tag(built) if built.is_file() else None
        return ("py3", "none", tag or super().get_tag()[2])


class Sources(sdist):
    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        super().make_release_tree(base_dir, files)
        shutil.copytree(HERE / PACKING, Path(base_dir) / PACKING, ignore=shutil.ignore_patterns("__pycache__"))
        native.put_sources(Path(base_dir) / native.CARRIED)


setup(
    distclass=PlatformDistribution,
    cmdclass={
        "build": Build,
        "build_py": BuildPy,
        "bdist_wheel": PlatformWheel,
        "egg_info": EggInfo,
        "sdist": Sources,
    },
)
