#!/usr/bin/env python3
"""Holds the Swift code of README.md and of the library's documentation against the programs in Examples.

Every block of code has to be there as consecutive lines, however indented, so that what a reader copies compiles and
runs. A blank line in a block may stand for lines that are left out. Exit code 1 if some block is nowhere.
"""

import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
PAGES = [PACKAGE / "README.md", *sorted((PACKAGE / "Sources/Isotherm/Isotherm.docc").rglob("*.md"))]
PROGRAMS = sorted((PACKAGE / "Examples/Sources").rglob("*.swift"))


def lines(text):
    return [line.strip() for line in text.splitlines() if line.strip()]


def main():
    programs = ["\n".join(["", *lines(path.read_text()), ""]) for path in PROGRAMS]
    faults = blocks = 0
    for page in PAGES:
        text = page.read_text()
        for block in re.finditer(r"^```swift\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            blocks += 1
            for part in block[1].split("\n\n"):
                wanted = "\n".join(["", *lines(part), ""])
                if not any(wanted in program for program in programs):
                    faults += 1
                    line = text[: block.start()].count("\n") + 1
                    print(f"snippets: {page.relative_to(PACKAGE)}:{line}: no program in Examples has:{wanted}", file=sys.stderr)
    if blocks == 0:
        sys.exit("snippets: no code found")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
