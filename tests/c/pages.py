"""Checks that no word of a comment in alog.h is missing on its manual page: pages.py HEADER DIRECTORY."""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "bindings" / "c"))
from header import items  # noqa: E402

WORD = re.compile(r"\w+")
# What the pages say in words of their own.
REPLACED = {"c", "Returns", "Ownership", "Threads", "Example", "Safety", "Since"}


def main(header: Path, directory: Path) -> None:
    for item in items(header.read_text(encoding="utf-8")):
        if item.kind == "constant":
            continue
        page = directory / f"{item.name}.3"
        printed = subprocess.run(["mandoc", "-T", "utf8", page], check=True, capture_output=True, text=True).stdout
        shown = set(WORD.findall(re.sub(".\x08", "", printed)))  # bold is a letter over itself
        missing = set(WORD.findall(" ".join(item.docs))) - shown - REPLACED
        assert not missing, f"{page} says nothing of {sorted(missing)}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
