#!/usr/bin/env python3
"""The house as Package.swift has it: rooms, and which rooms they use.

Holds every target's imports against its dependencies, since SwiftPM lets a target import what another one depends on,
and says nothing of a dependency that nobody imports. Then holds the drawing in CONTRIBUTING.md against Package.swift;
--draw writes it anew. Exit code 1 if something differs.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
PAGE = PACKAGE / "CONTRIBUTING.md"
BEGIN, END = "<!-- house: written by scripts/house.py --draw -->\n", "<!-- end of house -->\n"
# Never, whatever Package.swift says.
FORBIDDEN = [
    ("Models", "Datasets"), ("Datasets", "Configuration"), ("Models", "Configuration"),
    ("Optimizers", "Configuration"), ("Coordinator", "Reports"), ("Coordinator", "Observers"),
    ("Gradients", "Studies"), ("Charts", "Records"),
]


def targets():
    """Every target of the package: its name, kind, folder, and the modules that it may import."""
    text = subprocess.run(
        [os.environ.get("SWIFT", "swift"), "package", "--scratch-path", ".build/house", "dump-package"],
        cwd=PACKAGE, check=True, capture_output=True).stdout
    found = {}
    for target in json.loads(text)["targets"]:
        uses = [next(iter(dependency.values()))[0] for dependency in target["dependencies"]]
        folder = target.get("path") or ("Tests/" if target["type"] == "test" else "Sources/") + target["name"]
        found[target["name"]] = (target["type"], PACKAGE / folder, uses)
    return found


def imports(folder):
    """Modules that the sources of a folder import, each with one file that does."""
    found = {}
    for path in sorted(folder.rglob("*.swift")):
        for line in path.read_text().splitlines():
            match = re.match(r"\s*(?:@\S+ |package |public |internal |private |fileprivate )*import (?:\w+ )?(\w+)", line)
            if match:
                found.setdefault(match[1], path.relative_to(PACKAGE))
    return found


def arrows_that_lie(house):
    """Imports without a dependency, dependencies without an import, and arrows that may never be."""
    modules = set(house) | {use for _, _, uses in house.values() for use in uses}
    faults = []
    for name, (kind, folder, uses) in house.items():
        if kind == "system" or not any(folder.rglob("*.swift")):
            continue
        found = imports(folder)
        for module in sorted((set(found) & modules) - set(uses) - {name}):
            faults.append(f"{found[module]} imports {module}, which {name} does not depend on in Package.swift")
        for module in sorted(set(uses) - set(found)):
            # A test of the command runs it, and imports nothing of it.
            if house.get(module, ("",))[0] != "executable" and module != "TestSupport":
                faults.append(f"{name} depends on {module} in Package.swift, but imports it nowhere")
    for name, module in FORBIDDEN:
        if name in house and module in reach(house, name):
            faults.append(f"{name} must not use {module}, not even through others")
    return faults


def reach(house, name):
    """All that a target uses, through others too."""
    found, todo = set(), [name]
    while todo:
        for use in house.get(todo.pop(), ("", None, []))[2]:
            if use not in found:
                found.add(use)
                todo.append(use)
    return found


def drawing(house):
    """The floors of the house from the top: a room stands above all that it uses."""
    rooms = {name: uses for name, (kind, folder, uses) in house.items()
             if folder.is_relative_to(PACKAGE / "Sources")}
    floors = {}

    def floor(name):
        if name not in floors:
            floors[name] = 1 + max([floor(use) for use in rooms[name] if use in rooms] or [-1])
        return floors[name]

    lines = []
    for level in range(max(map(floor, rooms)), -1, -1):
        for name in (name for name in rooms if floor(name) == level):
            inner = set().union(*(reach(house, use) for use in rooms[name])) if rooms[name] else set()
            direct = [use for use in rooms[name] if use not in inner]
            lines.append(f"{level:2}  {name:14}" + (" → " + ", ".join(direct) if direct else ""))
    return "```text\n" + "\n".join(line.rstrip() for line in lines) + "\n```\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--draw", action="store_true", help="writes the drawing into CONTRIBUTING.md")
    arguments = parser.parse_args()
    house = targets()
    faults = arrows_that_lie(house)
    page = PAGE.read_text()
    before, begin, rest = page.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"house: CONTRIBUTING.md has no place for the drawing, between {BEGIN.strip()} and {END.strip()}")
    new = drawing(house)
    if arguments.draw:
        PAGE.write_text(before + BEGIN + new + END + after)
    elif old != new:
        faults.append("the house in CONTRIBUTING.md is not that of Package.swift; scripts/house.py --draw draws it anew")
    for fault in faults:
        print(f"house: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
