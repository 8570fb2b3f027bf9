#!/usr/bin/env python3
"""Runs the pages in Examples as a reader would: every block of `sh` commands, in order, in a copy of the folder; likewise
README.md, docs/choosing.md and docs/replicas.md, beside a table and a folder of pictures.

Blocks of `bash` commands are left out (they need a network, say). A comment `<!-- check: FILE KEY OP NUMBER -->`
holds a number of a JSON file that the commands have left against what the page says; KEY may have dots. `*` in FILE stands
for anything. Exit code 1 if a command fails or a check does not hold.
"""

import argparse
import glob
import json
import operator
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
EXAMPLES = PACKAGE / "Examples"
# Pages elsewhere, and the folders that they are run in.
OTHERS = {
    "README": PACKAGE / "README.md", "choosing": PACKAGE / "docs/choosing.md", "replicas": PACKAGE / "docs/replicas.md"}
OPERATORS = {">=": operator.ge, "<=": operator.le, "==": operator.eq}


def pages(names):
    found = sorted(path.parent.name for path in EXAMPLES.glob("*/README.md")) + list(OTHERS)
    for name in names:
        if name not in found:
            sys.exit(f"examples: no page {name}; there are {', '.join(found)}")
    return [name for name in found if not names or name in names]


def blocks(text):
    return [match[1] for match in re.finditer(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def value(document, key):
    for part in key.split("."):
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def failed_checks(text, folder):
    faults = []
    for file, key, sign, number in re.findall(r"<!-- check: (\S+) (\S+) (\S+) (\S+) -->", text):
        files = sorted(glob.glob(str(folder / file)))
        if not files:
            faults.append(f"{file}: the commands have left no such file")
            continue
        found = value(json.loads(Path(files[-1]).read_text()), key)
        if not OPERATORS[sign](found, float(number)):
            faults.append(f"{file}: {key} is {found}, the page says {sign} {number}")
    return faults


def page(name):
    return (OTHERS.get(name) or EXAMPLES / name / "README.md").read_text()


def prepare(folder):
    """What the commands of pages elsewhere find: a table, rows to predict, and pictures in a folder for each class."""
    folder.mkdir()
    table = (EXAMPLES / "table-classification/wine.csv").read_text().splitlines(keepends=True)
    (folder / "wine.csv").write_text("".join(table))
    (folder / "new.csv").write_text("".join(table[:1] + table[-20:]))
    subprocess.run(
        [sys.executable, EXAMPLES / "pictures/make_pictures.py", "pictures", "--shapes", "circle,square", "--count", "40"],
        cwd=folder, check=True, stdout=subprocess.DEVNULL)


def run(name, copy, environment, is_verbose):
    """Runs a page; returns its seconds, and what went wrong."""
    text = page(name)
    script = "\n".join(["set -euo pipefail", *blocks(text)])
    start = time.monotonic()
    result = subprocess.run(
        ["bash", "-c", script], cwd=copy / name, env=environment, text=True, stdin=subprocess.DEVNULL,
        stdout=None if is_verbose else subprocess.PIPE, stderr=None if is_verbose else subprocess.STDOUT)
    seconds = time.monotonic() - start
    if result.returncode:
        return seconds, [f"exit code {result.returncode}", *(result.stdout or "").splitlines()[-20:]]
    return seconds, failed_checks(text, copy / name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="pages; left out, all")
    parser.add_argument("--isotherm", type=Path, default=PACKAGE / ".build/release/isotherm")
    parser.add_argument("--keep", type=Path, help="the folder to run in, which stays")
    parser.add_argument("--verbose", action="store_true", help="shows what the commands print")
    options = parser.parse_args()
    binary = options.isotherm.resolve()
    if not binary.exists():
        sys.exit(f"examples: {binary} is missing; make build makes it")

    place = options.keep or Path(tempfile.mkdtemp(prefix="isotherm-examples-"))
    copy = place / "Examples"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns(".build"), dirs_exist_ok=True)
    shutil.copytree(PACKAGE / "Configs", place / "Configs", dirs_exist_ok=True)
    environment = dict(
        os.environ, PATH=f"{binary.parent}:{os.environ['PATH']}", XDG_CACHE_HOME=str(place / "cache"), LC_ALL="C.UTF-8")
    faults = 0
    for name in pages(options.names):
        if name in OTHERS:
            prepare(copy / name)
        if not blocks(page(name)):
            print(f"{name:24} has no commands to run")
            continue
        seconds, found = run(name, copy, environment, options.verbose)
        print(f"{name:24} {seconds:6.1f} s  {'ok' if not found else 'FAILED'}", flush=True)
        for line in found:
            print(f"    {line}")
        faults += bool(found)
    if not options.keep:
        shutil.rmtree(place)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
