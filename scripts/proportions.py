#!/usr/bin/env python3
"""Lines of Sources by room, and what is longer than it should be: files over 400 lines, functions over 50.

Exit code 1 where there is something longer that is not in the list of those with a reason.
"""
import re
import sys
from collections import Counter
from pathlib import Path

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
# A function or a file, and why it is longer.
REASONS: dict[str, str] = {
    "Sources/CKernels/convolution_body.h": "one body for three families, compiled as a whole",
    "Sources/CKernels/convolution_winograd_body.h": "one body for three families, compiled as a whole",
    "Sources/Configuration/Keys/RunConfiguration+Keys.swift:format": "every section of a config, one after the other",
    "Sources/Coordinator/Trainer+Records.swift:summary": "every field of a summary, one after the other",
    "Sources/Studies/LossMinimum.swift:init": "an algorithm with its line search, read as one",
}

DECLARATION = re.compile(
    r"^( *)(?:@\w+(?:\(.*?\))? )*(?:(?:public|package|private|fileprivate|static|mutating|override|final) )*"
    r"(func [^\s(<]+|init(?=[?(<])|subscript)")


def functions(lines):
    """Name, first line and length of every function with a body over several lines."""
    for index, line in enumerate(lines):
        match = DECLARATION.match(line)
        if not match:
            continue
        indentation, name = match.groups()
        end = index
        while end < len(lines) and not re.match(rf"{indentation}(\}}|\S.*\}}$)", lines[end]):
            # A requirement of a protocol has no body.
            if end > index and re.match(rf"{indentation}\S", lines[end]) and lines[end].strip()[0] not in ")-w":
                break
            end += 1
        yield name.removeprefix("func "), index + 1, end - index + 1


def main():
    root = Path(__file__).resolve().parent.parent
    rooms, long = Counter(), []
    for path in sorted((root / "Sources").rglob("*")):
        # What a generator wrote nobody reads.
        if path.suffix not in {".swift", ".c", ".h"} or path.name.endswith(".pb.swift"):
            continue
        lines = path.read_text().splitlines()
        name = str(path.relative_to(root))
        rooms[path.relative_to(root / "Sources").parts[0]] += len(lines)
        if len(lines) > LONGEST_FILE:
            long.append((name, f"{len(lines)} lines"))
        if path.suffix == ".swift":
            long += [
                (f"{name}:{function}", f"{length} lines, from line {start}")
                for function, start, length in functions(lines) if length > LONGEST_FUNCTION
            ]
    width = max(map(len, rooms))
    for room, lines in rooms.most_common():
        print(f"{room:{width}} {lines:6,}")
    print(f"{'all':{width}} {rooms.total():6,}")
    without = 0
    for name, length in long:
        reason = REASONS.get(name)
        without += reason is None
        print(f"{name}: {length}" + (f" ({reason})" if reason else ""))
    return 1 if without else 0


if __name__ == "__main__":
    sys.exit(main())
