"""Markdown, as the comments of the headers have it, to the mdoc language of manual pages.

Known: paragraphs, lists with `-`, tables, blocks of code between fences or set in by two spaces, `code`, and of links the
text. A function of the library with `()` behind it becomes a reference to its page, if `pages` has one.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

WIDTH = 78
SPACE = "\x01"  # one in code, where no line and no sentence ends


class Roff:
    """Renders text; knows which pages there are."""

    def __init__(self, pages: Iterable[str]) -> None:
        self.pages = frozenset(pages)
        self.page = ""  # that is being made: none refers to itself

    def blocks(self, docs: list[str]) -> list[str]:
        """Renders lines of Markdown."""
        out: list[str] = []
        rest = list(docs)
        while rest:
            line = rest[0]
            if not line.strip():
                rest.pop(0)
                # A list or display stands apart by itself.
                if out and rest and not re.match(r"\s|[-|] ?|```", rest[0]):
                    out.append(".Pp")
            elif line.startswith("```"):
                end = rest.index("```", 1)
                out += display(rest[1:end])
                del rest[: end + 1]
            elif line.startswith("|"):
                out += self.table(take(rest, lambda it: it.startswith("|")))
            elif re.match(r" *- ", line):
                out += self.bullets(take(rest, lambda it: bool(re.match(r" *- |  +\S", it))))
            elif line.startswith("  "):
                out += display(take_set_in(rest))
            else:
                out += self.text(" ".join(take(rest, lambda it: bool(it) and not re.match(r"[-|] ?|```|  ", it))))
        return out

    def bullets(self, lines: list[str]) -> list[str]:
        """A list: with what stands before a colon as its tag, where every entry has one."""
        entries: list[str] = []
        for line in lines:
            if re.match(r" *- ", line):
                entries.append(line.split("- ", 1)[1])
            else:
                entries[-1] += " " + line.strip()
        tags = [re.match(r"(`[^`]+`(?:, `[^`]+`)*): (.*)", entry) for entry in entries]
        if all(tags):
            out = [".Bl -tag -width Ds"]
            for tag in tags:
                assert tag
                out += [f".It {self.tag(tag[1])}", *self.text(tag[2])]
            return [*out, ".El"]
        out = [".Bl -bullet"]
        for entry in entries:
            out += [".It", *self.text(entry)]
        return [*out, ".El"]

    def table(self, lines: list[str]) -> list[str]:
        """A table as a list: the first cell is the tag, one more tells of it, the others follow in words."""
        # `\|` is a bar in a cell.
        rows = [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line[1:-1])] for line in lines]
        if rows[0][-1] == "what it does":
            rows = [[row[0], row[-1], *row[1:-1]] for row in rows]
        head, body = rows[0], rows[2:]
        out = [".Bl -tag -width Ds"]
        for tag, about, *more in body:
            words = "; ".join(f"{name}: {cell}" for name, cell in zip(head[2:], more) if cell)
            out += [f".It {self.tag(tag)}", *self.text(about + (f" ({words})" if words else ""))]
        return [*out, ".El"]

    def tag(self, text: str) -> str:
        """Text on the line of a macro."""
        return self.inline(text)

    def inline(self, text: str) -> str:
        """Escapes text, and sets `code` in bold."""
        parts = re.split(r"`([^`]+)`", text)
        out = ""
        for index, part in enumerate(parts):
            part = part.replace("\\", "\\e")
            out += f"\\fB{part.replace('-', chr(92) + '-')}\\fR" if index % 2 else part
        return out

    def text(self, text: str) -> list[str]:
        """A paragraph: each sentence begins a line, references are macros."""
        out: list[str] = []
        text = re.sub(r"\[([^][]+)\]\([^()]+\)", r"\1", text)
        text = re.sub(r"`[^`]+`", lambda code: code[0].replace(" ", SPACE), text)
        for piece in re.split(r"(?:^|(?<= ))(`?alog_\w+\(\)`?[.,;:)]*)(?= |$)", text.strip()):
            match = re.fullmatch(r"`?(alog_\w+)\(\)`?([.,;:)]*)", piece)
            if match and match[1] in self.pages - {self.page}:
                marks = " ".join(match[2])
                out.append(f".Xr {match[1]} 3{' ' + marks if marks else ''}")
            elif piece.strip():
                for sentence in re.split(r"(?<=[.:;]) (?=\S)", piece.strip()):
                    out += [guard(line.replace(SPACE, " ")) for line in wrapped(self.inline(sentence))]
        return out


def wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def guard(line: str) -> str:
    """A line of text that begins like a macro would be taken for one."""
    return "\\&" + line if line[:1] in (".", "'") else line


def display(lines: list[str]) -> list[str]:
    """Lines as they are."""
    code = textwrap.dedent("\n".join(lines)).split("\n")
    escaped = [guard(line.replace("\\", "\\e").replace("-", "\\-")) for line in code]
    return [".Bd -literal -offset indent", *escaped, ".Ed"]


def take(lines: list[str], belongs) -> list[str]:  # type: ignore[no-untyped-def]
    """Takes lines from the front as long as they belong; at least one."""
    taken = [lines.pop(0)]
    while lines and belongs(lines[0]):
        taken.append(lines.pop(0))
    return taken


def take_set_in(lines: list[str]) -> list[str]:
    """Takes lines that are set in, with the empty ones between them."""
    taken = [lines.pop(0)]
    while lines and (lines[0].startswith("  ") or not lines[0] and lines[1:] and lines[1].startswith("  ")):
        taken.append(lines.pop(0))
    return taken
