"""The version of this package: the same as the library's, held to it by a test."""

from typing import Final

VERSION: Final = "0.2.0"
