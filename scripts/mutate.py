#!/usr/bin/env python3
"""Breaks the sources on purpose, one small mutation after another, and asks whether the tests notice.

The list is Tests/mutations.toml. All mutations are built at once, each behind a switch that the environment variable
ISOTHERM_MUTATION turns on, so that one build serves them all: `find` becomes `(active ? (replace) : (find))`, or an
`if` for statements. The build happens in a copy of the working tree in .build-mutate, whose build folder is kept.
Then the tests that an entry names run once with no mutation, which has to pass, and once with each.

A mutation is killed by a test that fails, by a crash, or by tests that take three times as long as without it. The
first failure ends its run. Exit code 1 if one survives or if the list does not fit the sources any more.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib
import zlib
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
LIST = PACKAGE / "Tests" / "mutations.toml"
SCRATCH = PACKAGE / ".build-mutate"
VARIABLE = "ISOTHERM_MUTATION"
C_HEADER = "mutation_switch.h"

SWIFT_SWITCH = f"""
#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
private let activeMutation: Int = getenv("{VARIABLE}").flatMap {{ Int(String(cString: $0)) }} ?? 0
"""

C_SWITCH = f"""#pragma once
#include <stdlib.h>
static int activeMutation;
__attribute__((constructor)) static void readActiveMutation(void) {{
  const char *text = getenv("{VARIABLE}");
  activeMutation = text ? atoi(text) : 0;
}}
"""


class ListError(Exception):
    """The list is malformed, or the sources have moved on."""


@dataclass
class Mutation:
    """An entry of the list. Its place in the file is `start..<end`."""

    id: str
    file: str
    find: str
    replace: str
    tests: list[str]
    breaks: str
    within: str = ""
    statement: bool = False
    start: int = 0
    end: int = 0

    @property
    def number(self) -> int:
        """The variable's value. It depends on the id alone, so that a new entry leaves other files as they were."""
        return zlib.crc32(self.id.encode()) & 0x7FFFFFFF

    @property
    def room(self) -> str:
        return Path(self.file).parts[1]

    def locate(self, text: str) -> None:
        """Finds the snippet, which has to be there exactly once: in the file, or in the part that `within` quotes."""
        start = 0
        part = text
        if self.within:
            require_once(self, "within", text, self.within)
            start, part = text.index(self.within), self.within
        require_once(self, "find", part, self.find)
        self.start = start + part.index(self.find)
        self.end = self.start + len(self.find)

    def switched(self, original: str) -> str:
        condition = f"activeMutation == {self.number}"
        if self.statement:
            condition = condition if self.file.endswith(".swift") else f"({condition})"
            return f"if {condition} {{ {self.replace} }} else {{ {original} }}"
        return f"({condition} ? ({self.replace}) : ({original}))"


def require_once(mutation: Mutation, key: str, text: str, snippet: str) -> None:
    count = text.count(snippet)
    if count != 1:
        raise ListError(f"{mutation.id}: `{key}` occurs {count} times in {mutation.file}, not once: {snippet!r}")


def is_declared(target: str) -> bool:
    """Whether there are such tests: a target, a suite of it (`Target.Suite`), or one inside that (`Target.Outer/Suite`)."""
    name, _, suite = target.partition(".")
    folder = PACKAGE / "Tests" / name
    if not suite or not folder.is_dir():
        return folder.is_dir()
    outer, _, inner = suite.rpartition("/")
    declared = rf"(@Suite(\(.*\))? )?(final )?(struct|class|enum|actor) {re.escape(inner)}\b"
    head = rf"(extension|struct|enum) {re.escape(outer)}\b[\s\S]*^  {declared}" if outer else declared
    return any(re.search(f"^{head}", file.read_text(), re.MULTILINE) for file in folder.rglob("*.swift"))


def load() -> tuple[list[Mutation], list[str]]:
    """All entries, each at its place in the sources, and what is wrong with the list."""
    with LIST.open("rb") as file:
        entries = tomllib.load(file)["mutation"]
    mutations, faults = [], []
    for entry in entries:
        try:
            mutation = Mutation(**entry)
        except TypeError as error:
            faults.append(f"{entry.get('id', entry)}: {error}")
            continue
        try:
            mutation.locate((PACKAGE / mutation.file).read_text())
        except (ListError, OSError) as error:
            faults.append(str(error))
        for target in mutation.tests:
            if not is_declared(target):
                faults.append(f"{mutation.id}: there is no test target or suite {target}")
        mutations.append(mutation)
    for key in ("id", "number"):
        values = [getattr(mutation, key) for mutation in mutations]
        faults += [f"two entries have the {key} {value}" for value in {v for v in values if values.count(v) > 1}]
    return mutations, faults


def mutated(path: str, text: str, mutations: list[Mutation]) -> str:
    """A source file with all of its mutations behind switches. Snippets may lie inside others, not across their ends."""

    def rewrite(start: int, end: int, inside: list[Mutation]) -> str:
        result, position = "", start
        while inside:
            outer = min(inside, key=lambda m: (m.start, -m.end))
            nested = [m for m in inside if m is not outer and m.start >= outer.start and m.end <= outer.end]
            across = [m for m in inside if m.start < outer.end < m.end]
            if across:
                raise ListError(f"{outer.id} and {across[0].id} overlap")
            result += text[position : outer.start] + outer.switched(rewrite(outer.start, outer.end, nested))
            position = outer.end
            inside = [m for m in inside if m is not outer and m not in nested]
        return result + text[position:end]

    body = rewrite(0, len(text), mutations)
    return body + SWIFT_SWITCH if path.endswith(".swift") else f'#include "{C_HEADER}"\n' + body


def copy_tree(mutations: list[Mutation]) -> None:
    """Brings the scratch folder up to date with the working tree, mutated. What stays the same keeps its date."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PACKAGE, check=True, capture_output=True)
    paths = {path for path in listing.stdout.decode().split("\0") if path and (PACKAGE / path).is_file()}
    if (PACKAGE / "Package.resolved").is_file():
        paths.add("Package.resolved")
    contents: dict[str, bytes] = {path: (PACKAGE / path).read_bytes() for path in paths}
    for path in {mutation.file for mutation in mutations}:
        own = [mutation for mutation in mutations if mutation.file == path]
        contents[path] = mutated(path, contents[path].decode(), own).encode()
        if not path.endswith(".swift"):
            contents[str(Path(path).parent / C_HEADER)] = C_SWITCH.encode()
    for folder in ("Sources", "Tests"):
        for old in (SCRATCH / folder).rglob("*"):
            if old.is_file() and str(old.relative_to(SCRATCH)) not in contents:
                old.unlink()
    for path, data in contents.items():
        copy = SCRATCH / path
        if copy.is_file() and copy.read_bytes() == data:
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
        shutil.copymode(PACKAGE / path if path in paths else PACKAGE / "Package.swift", copy)


def build(selected: list[Mutation]) -> None:
    """Builds the tests of some mutations in the scratch folder, in release mode as `make test` does."""
    targets = {target.split(".")[0] for mutation in selected for target in mutation.tests}
    log = SCRATCH / "build.log"
    # A filter that matches nothing: SwiftPM builds tests for release mode without @testable only in this way.
    command = [
        os.environ.get("SWIFT", "swift"), "test", "-c", "release", "--disable-testable-imports", "--filter", "^$"]
    with log.open("wb") as output:
        status = subprocess.run(
            command, cwd=SCRATCH, stdout=output, stderr=subprocess.STDOUT,
            env=environment(0) | {"ISOTHERM_TESTS": ",".join(sorted(targets))}).returncode
    if status != 0:
        errors = [line for line in log.read_text(errors="replace").splitlines() if "error:" in line]
        raise ListError("the mutated sources do not build:\n" + "\n".join(errors[:20] or [f"see {log}"]))


def environment(number: int) -> dict[str, str]:
    variables = {key: value for key, value in os.environ.items() if key != "ISOTHERM_WARNINGS_AS_ERRORS"}
    return variables | {VARIABLE: str(number)}


def end_session(leader: int) -> None:
    """Kills a test program and the commands that it started, which are in process groups of their own.

    Only what /proc shows to be of that session: the leader itself may be over, and its number another process's.
    """
    try:
        if not Path("/proc").is_dir():
            return os.killpg(leader, signal.SIGKILL)
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                session = int(stat.read_text().rpartition(")")[2].split()[3])
            except (OSError, ValueError, IndexError):
                continue
            if session == leader:
                os.kill(int(stat.parent.name), signal.SIGKILL)
    except ProcessLookupError:
        pass


@dataclass
class Outcome:
    """What a run of tests gave: who killed it, if anyone."""

    killer: str | None
    seconds: float
    # By a SIGKILL that is not this script's: the system's, for want of memory, or somebody's.
    was_shot: bool = False


def run_tests(targets: list[str], number: int, limit: float | None) -> Outcome:
    """Runs the tests of some targets, or suites of them (`Target.Suite`), up to the first failure."""
    program = SCRATCH / ".build" / "release" / "isothermPackageTests.xctest"
    filters = [argument for target in targets for argument in ("--filter", "^" + re.escape(target) + r"[./]")]
    began = time.monotonic()
    process = subprocess.Popen(
        [str(program), "--testing-library", "swift-testing", *filters], cwd=SCRATCH, env=environment(number),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    killer: str | None = None
    was_shot = False
    is_late = threading.Event()

    def expire() -> None:
        is_late.set()
        end_session(process.pid)

    timer = threading.Timer(limit, expire) if limit else None
    if timer:
        timer.start()
    ran = 0
    for raw in process.stdout:
        line = re.sub(r"\x1b\[[0-9;]*m", "", raw.decode(errors="replace")).strip()
        failure = re.match(r"✘ Test (.+?) recorded an issue(?: with .+)? at ([\w+-]+\.swift:\d+)", line)
        if failure:
            killer = f"{failure[1]} ({failure[2]})"
            end_session(process.pid)
            break
        total = re.search(r"Test run with (\d+) tests?", line)
        ran = int(total[1]) if total else ran
    status = process.wait()
    end_session(process.pid)
    if timer:
        timer.cancel()
    seconds = time.monotonic() - began
    if killer is None and is_late.is_set():
        killer = f"no end after {limit:.0f} s"
    elif killer is None and status < 0:
        killer = f"a crash ({signal.Signals(-status).name})"
        was_shot = status == -signal.SIGKILL
    elif killer is None and status != 0:
        killer = f"exit code {status}"
    if killer is None and ran == 0:
        raise ListError(f"no test matches {', '.join(targets)}")
    return Outcome(killer, seconds, was_shot)


def survivors(mutations: list[Mutation]) -> list[Mutation]:
    """Runs each mutation's tests, prints a line for each, and returns those that nobody noticed."""
    normal: dict[str, float] = {}
    for target in sorted({target for mutation in mutations for target in mutation.tests}):
        outcome = run_tests([target], 0, None)
        if outcome.killer:
            raise ListError(f"{target} fails without any mutation: {outcome.killer}")
        normal[target] = outcome.seconds
        print(f"passes    {target} without mutations, {outcome.seconds:.1f} s", flush=True)
    alive = []
    for mutation in mutations:
        seconds, killer = 0.0, None
        for target in mutation.tests:
            # Other work on the machine must not look like a hang, nor somebody else's SIGKILL like a crash.
            limit = max(30, 3 * normal[target])
            outcome = run_tests([target], mutation.number, limit)
            if outcome.was_shot:
                outcome = run_tests([target], mutation.number, limit)
            seconds += outcome.seconds
            killer = killer or outcome.killer
            if killer:
                break
        if killer:
            print(f"killed    {mutation.id}: {killer}, {seconds:.1f} s", flush=True)
        else:
            alive.append(mutation)
            print(f"SURVIVED  {mutation.id}: {mutation.breaks} ({', '.join(mutation.tests)}, {seconds:.1f} s)", flush=True)
    return alive


def chosen(mutations: list[Mutation], arguments: argparse.Namespace) -> list[Mutation]:
    if arguments.only:
        unknown = set(arguments.only) - {mutation.id for mutation in mutations}
        if unknown:
            raise ListError(f"no mutation is called {', '.join(sorted(unknown))}; --list names all")
        return [mutation for mutation in mutations if mutation.id in arguments.only]
    if arguments.rooms:
        return [mutation for mutation in mutations if mutation.room in arguments.rooms]
    if arguments.today is not None:
        # One from each third of the list, which is in the order of rooms; every entry has its turn.
        third = -(-len(mutations) // 3)
        places = {(part * third + arguments.today % third) % len(mutations) for part in range(3)}
        return [mutations[place] for place in sorted(places)]
    return mutations


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--only", nargs="+", metavar="ID", help="these mutations")
    parser.add_argument("--rooms", nargs="+", metavar="ROOM", help="the mutations of these rooms, such as Models")
    parser.add_argument("--today", type=int, metavar="N", help="three mutations, chosen by the day's number")
    parser.add_argument("--list", action="store_true", help="names the mutations and checks that they fit the sources")
    arguments = parser.parse_args()
    mutations, faults = load()
    selected = chosen(mutations, arguments)
    if arguments.list:
        for mutation in selected:
            print(f"{mutation.id} ({mutation.room}): {mutation.breaks}")
    for fault in faults:
        print(f"STALE     {fault}", file=sys.stderr)
    if faults or arguments.list:
        return 1 if faults else 0
    if arguments.today is not None:
        print(f"day {arguments.today}: {', '.join(mutation.id for mutation in selected)}")
    began = time.monotonic()
    SCRATCH.mkdir(exist_ok=True)
    copy_tree(mutations)
    build(selected)
    built = time.monotonic() - began
    print(f"built     {len(mutations)} mutations behind switches, {built:.0f} s", flush=True)
    alive = survivors(selected)
    print(
        f"{len(selected) - len(alive)} of {len(selected)} mutations killed, {len(alive)} survived; "
        f"{time.monotonic() - began:.0f} s, of which {built:.0f} s to build")
    return 1 if alive else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ListError as error:
        sys.exit(f"mutate: {error}")
