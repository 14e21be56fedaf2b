"""Reads include/alog.h and its companions: what they declare, and what they say of it.

`python3 header.py FILE` writes a C unit that defines every function of FILE, each as a trap: compiled as a shared
library it has the binary interface that programs were compiled against. scripts/abi.sh describes and compares it.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

FUNCTION = re.compile(r"^(?P<result>[\w ]+?[ *]+)(?P<name>alog_\w+)\((?P<arguments>[^()]*)\);$", re.DOTALL)
TYPE = re.compile(r"^typedef .*?(?P<name>alog_\w+)(\)\([^()]*\))?;$", re.DOTALL)
CONSTANT = re.compile(r"^#define (?P<name>ALOG_\w+) (?P<value>\S+)$")
MACRO = re.compile(r"^#define (?P<name>ALOG_\w*[A-Z0-9])(?P<arguments>\([^()]*\))?(?!\w)")


@dataclass(frozen=True)
class Item:
    """Something declared, with its comment as lines of Markdown."""

    kind: str  # function, type, constant, macro
    name: str
    declaration: str
    docs: list[str]


def comment(text: str) -> list[str]:
    """The lines of a documentation comment, without its stars."""
    inner = text.strip().removeprefix("/**").removesuffix("*/")
    lines = [re.sub(r"^\s*\* ?", "", line) for line in inner.strip("\n").split("\n")]
    return "\n".join(line.rstrip() for line in lines).strip().split("\n")


def introduction(text: str) -> list[str]:
    """What a header says at its beginning, without the line that names it."""
    docs = comment(text[: text.index("*/") + 2].replace("/*\n", "/**\n", 1))
    return docs[1:] if docs[0].startswith("@file") else docs


def declarations(text: str) -> list[tuple[list[str], str]]:
    """Each comment at the left margin, with the declaration that follows it."""
    found = []
    for block in re.finditer(r"^/\*\*.*?\*/\n", text, re.DOTALL | re.MULTILINE):
        rest = re.sub(r"^#if.*\n", "", text[block.end() :])  # the first of several definitions
        if rest.startswith("#define "):
            end = re.search(r"[^\\]\n", rest)
        elif rest.startswith("typedef ") and "{" in rest[: rest.index("\n")]:
            end = re.search(r"^\} \w+;\n", rest, re.MULTILINE)
        else:
            end = re.search(r";\n", rest)
        if end:
            found.append((comment(block.group()), rest[: end.end()].rstrip("\n")))
    return found


def items(text: str) -> list[Item]:
    """Everything that alog.h declares, in its order. An item without documentation is a fault."""
    found = []
    for docs, declaration in declarations(text):
        for kind, pattern in (("function", FUNCTION), ("type", TYPE), ("constant", CONSTANT)):
            match = pattern.match(declaration)
            if match:
                found.append(Item(kind, match["name"], declaration, docs))
                break
    return found


def macros(text: str) -> list[Item]:
    """The macros that alog_log.h documents: one item for several that stand together."""
    found = []
    for docs, declaration in declarations(text):
        behind = text[text.index(declaration) :].split("\n")
        heads = []
        for line in behind:
            match = MACRO.match(line)
            if not match:
                break
            heads.append(match["name"] + (match["arguments"] or ""))
        if heads:
            found.append(Item("macro", heads[0].split("(")[0], "\n".join(heads), docs))
    return found


def stub(text: str) -> str:
    """A unit that defines every function that the header declares."""
    functions = [item.declaration for item in items(text) if item.kind == "function"]
    assert len(functions) == len(re.findall(r"^\w.*\balog_\w+\(", text, re.MULTILINE)), "a function was overlooked"
    bodies = [f"{declaration.removesuffix(';')}\n{{\n    __builtin_trap();\n}}\n" for declaration in functions]
    return "#include <alog.h>\n\n" + "\n".join(bodies)


if __name__ == "__main__":
    sys.stdout.write(stub(Path(sys.argv[1]).read_text(encoding="utf-8")))
