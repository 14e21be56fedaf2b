"""Writes the manual pages: man.py ROOT VERSION OUT, where ROOT is that of the project.

    man3/alog.3            what alog.h says at its beginning, its functions, types and constants
    man3/alog_NAME.3       one for each function and each type
    man3/alog_macros.3     alog_log.h
    man3/alog_cpp.3        alog.hpp
    man5/alog.5            CONFIGURATION.md

They say what these files say, and are made anew at each installation. Their date is that of the newest of them, or
$SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

from header import Item, introduction, items, macros
from roff import Roff, display

HEADINGS = {
    "# Returns": ".Sh RETURN VALUES",
    "# Ownership": ".Sh OWNERSHIP",
    "# Threads": ".Sh THREADS",
    "# Example": ".Sh EXAMPLES",
    "# Safety": ".Sh SAFETY",
}


class Manual:
    """The pages of one version."""

    def __init__(self, root: Path, version: str) -> None:
        self.root = root
        self.version = version
        self.items = items(self.read("alog.h"))
        self.roff = Roff(item.name for item in self.items if item.kind != "constant")
        sources = [root / "CONFIGURATION.md", *(root / "include").iterdir()]
        newest = max(path.stat().st_mtime for path in sources)
        self.date = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", newest)))

    def read(self, name: str) -> str:
        """The text of a header."""
        return (self.root / "include" / name).read_text(encoding="utf-8")

    def pages(self) -> dict[str, list[str]]:
        """Every page by its path."""
        single = {item.name: self.page(item) for item in self.items if item.kind in ("function", "type")}
        all_of_3 = {"alog": self.overview(), "alog_macros": self.macros(), "alog_cpp": self.cpp(), **single}
        return {"man5/alog.5": self.configuration(), **{f"man3/{name}.3": page for name, page in all_of_3.items()}}

    def top(self, name: str, section: int, source: str, about: str) -> list[str]:
        """The beginning of every page."""
        self.roff.page = name
        month = time.strftime("%B", self.date)
        return [
            f'.\\" Made from {source}: do not edit.',
            f".Dd {month} {self.date.tm_mday}, {self.date.tm_year}",
            f".Dt {name.upper()} {section}",
            f".Os alog {self.version}",
            ".Sh NAME",
            f".Nm {name}",
            f".Nd {about}",
        ]

    def head(self, name: str, header: str, about: str) -> list[str]:
        """The beginning of every page of section 3."""
        library = [".Sh LIBRARY", "alog (libalog, \\-lalog)", ".Sh SYNOPSIS", f".In {header}"]
        return self.top(name, 3, header, about) + library

    def page(self, item: Item) -> list[str]:
        """The page of a function or a type."""
        summary, docs = lead(item.docs)
        out = self.head(item.name, "alog.h", first_words(summary))
        out += prototype(item) if item.kind == "function" else display(item.declaration.split("\n"))
        out += [".Sh DESCRIPTION"]
        section: list[str] = []
        since = ""
        for line in [summary, *docs, "# End"]:
            if line.startswith("# "):
                out += self.roff.blocks(section)
                section = []
                out += [HEADINGS[line]] if line in HEADINGS else []
            elif line.startswith("Since "):
                since = line.removeprefix("Since ").rstrip(".")
            else:
                section.append(line)
        out += [".Sh SEE ALSO", ".Xr alog 3"]
        if since:
            out += [".Sh HISTORY", f"Since alog {since}."]
        return out

    def overview(self) -> list[str]:
        """The page alog(3)."""
        docs = introduction(self.read("alog.h"))
        summary, docs = lead(docs)
        at = docs.index("Smallest use:")
        description = [line for line in docs[:at] if not line.startswith("Generated from ")]
        out = self.head("alog", "alog.h", first_words(summary.removeprefix("alog: ")))
        out += [".In alog_log.h", ".In alog.hpp", ".Sh DESCRIPTION", *self.roff.blocks(description)]
        for title, prefix in (("Loggers", ""), ("Configurations", "alog_config_"), ("Records, in a hook", "alog_record_")):
            out += [f".Ss {title}", ".Bl -tag -width Ds"]
            for item in self.items:
                group = next((it for it in ("alog_config_", "alog_record_") if item.name.startswith(it)), "")
                if item.kind == "function" and group == prefix:
                    out += [f".It Xr {item.name} 3", *self.roff.text(lead(item.docs)[0])]
            out += [".El"]
        out += [".Ss Types", ".Bl -tag -width Ds"]
        for item in self.items:
            if item.kind == "type":
                out += [f".It Xr {item.name} 3", *self.roff.text(lead(item.docs)[0])]
        out += [".El", ".Ss Constants", ".Bl -tag -width Ds"]
        for item in self.items:
            if item.kind == "constant":
                value = item.declaration.split(" ", 2)[2].replace("-", "\\-")
                out += [f".It Dv {item.name} Pq {value}", *self.roff.text(" ".join(item.docs))]
        out += [".El", ".Sh EXAMPLES", *self.roff.blocks(docs[at + 1 :])]
        return [*out, ".Sh SEE ALSO", ".Xr alog_cpp 3 ,", ".Xr alog_macros 3 ,", ".Xr alog 5"]

    def macros(self) -> list[str]:
        """The page of alog_log.h."""
        text = self.read("alog_log.h")
        summary, docs = lead(introduction(text))
        out = self.head("alog_macros", "alog_log.h", first_words(summary))
        out += [".Sh DESCRIPTION", *self.roff.blocks(docs), ".Ss Macros", ".Bl -tag -width Ds"]
        for item in macros(text):
            heads = [f".It Li {head}" for head in item.declaration.split("\n")]
            out += ["\n".join(heads), *self.roff.blocks(item.docs)]
        return [*out, ".El", ".Sh SEE ALSO", ".Xr alog 3"]

    def cpp(self) -> list[str]:
        """The page of alog.hpp."""
        summary, docs = lead(introduction(self.read("alog.hpp")))
        out = self.head("alog_cpp", "alog.hpp", first_words(summary.removeprefix("alog for C++11 and later: ")))
        out += [".In alog_terminate.hpp", ".Sh DESCRIPTION", *self.roff.blocks([summary, *docs])]
        out += [".Pp", "The classes are documented in the header."]
        return [*out, ".Sh SEE ALSO", ".Xr alog 3 ,", ".Xr alog_macros 3"]

    def configuration(self) -> list[str]:
        """The page alog(5)."""
        out = self.top("alog", 5, "CONFIGURATION.md", "keys, sinks and parameters of a logger's configuration")
        out += [".Sh DESCRIPTION"]
        section: list[str] = []
        text = (self.root / "CONFIGURATION.md").read_text(encoding="utf-8")
        for line in [*text.split("\n"), "# End"]:
            heading = re.match(r"(#+) (.*)", line)
            if not heading:
                section.append(line.replace("Generated from the code by `make reference`; edit there. ", ""))
                continue
            out += self.roff.blocks(trimmed(section))
            section = []
            if heading[1] == "##":
                out += [f".Sh {heading[2].upper()}"]
            elif heading[1] == "###":
                out += [f".Ss {self.roff.inline(heading[2])}"]
        return [*out, ".Sh SEE ALSO", ".Xr alog 3 ,", ".Xr alog_config_load 3 ,", ".Xr alog_config_set 3"]


def trimmed(lines: list[str]) -> list[str]:
    """Without empty lines around."""
    return "\n".join(lines).strip("\n").split("\n")


def lead(docs: list[str]) -> tuple[str, list[str]]:
    """The first paragraph as one line, and the rest."""
    end = docs.index("") if "" in docs else len(docs)
    return " ".join(docs[:end]), docs[end:]


def first_words(summary: str) -> str:
    """A summary as the description of a page: the first sentence, without its end."""
    sentence = re.split(r"(?<=\w\))[.:] |(?<=\w)[.:] ", summary + " ")[0].strip().rstrip(".")
    return sentence[:1].lower() + sentence[1:].replace("`", "").replace("\\", "\\e")


def prototype(item: Item) -> list[str]:
    """A function as its synopsis."""
    declaration = re.sub(r"\bstruct ", "", " ".join(item.declaration.split()))
    match = re.fullmatch(r"(.*?)(alog_\w+)\((.*)\);", declaration)
    assert match
    arguments = [f'.Fa "{argument.strip()}"' for argument in match[3].split(",")]
    return [f'.Ft "{match[1].strip()}"', f".Fo {match[2]}", *arguments, ".Fc"]


def main() -> None:
    root, version, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    for path, lines in Manual(root, version).pages().items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
