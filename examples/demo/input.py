"""Makes the input of the demo from a real text file: `input.py OUTPUT [FILE]`.

Without FILE it takes the first of CANDIDATES that has text. A file of fewer than MINIMUM lines is taken
several times over, so that the threads of the demo are busy for long enough to be worth a measurement.
Prints one line that says what the input is.
"""

import os
import sys
from typing import List

CANDIDATES = ["/var/log/dpkg.log", "/usr/share/common-licenses/GPL-3", "README.md"]
MINIMUM = 20_000


def read_lines(path: str) -> List[bytes]:
    """The lines of a file, without their newlines; nothing but the newline byte ends a line."""
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return lines


def has_text(path: str) -> bool:
    return os.access(path, os.R_OK) and os.path.getsize(path) > 0


def main() -> None:
    output = sys.argv[1]
    given = sys.argv[2] if len(sys.argv) > 2 else ""
    path = given or next(candidate for candidate in CANDIDATES if has_text(candidate))
    try:
        lines = read_lines(path)
    except OSError as error:
        sys.exit(f"demo: cannot read {path}: {error.strerror}")
    if not lines:
        sys.exit(f"demo: {path} has no lines")
    passes = -(-MINIMUM // len(lines))
    with open(output, "wb") as file:
        file.write((b"\n".join(lines) + b"\n") * passes)
    times = f" x {passes} = {passes * len(lines):,} lines" if passes > 1 else ""
    print(f"{path}, {len(lines):,} lines{times}")


if __name__ == "__main__":
    main()
