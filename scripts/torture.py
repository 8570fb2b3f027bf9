#!/usr/bin/env python3
"""Tortures runs, and compares what becomes of them with what becomes of an undisturbed one.

kills   a run is killed (SIGKILL) at a random moment or at the n-th call of open, write, fsync, rename, mkdir or close in its
        directory, and goes on with --resume on another number of threads, until it ends: the weights have the same SHA-256.
calls   the n-th of these calls fails once (EIO, ENOSPC, EINTR, short writes), for n = 1 … all of them: the run says which
        file and exits with 1, or goes on; then --resume, or the same command in a new directory, gives the same weights.
disk    every write, fsync and mkdir from the n-th write on finds a full disk: as above once there is room again.

The library that fails calls is Tests/Faults/faults.c, compiled here. Exit code 1 if anything went wrong; the last line
counts.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
CALLS = ["open", "write", "fsync", "rename", "mkdir", "close"]
ERRORS = {
    "open": ["EIO", "EMFILE", "EACCES"], "write": ["EIO", "ENOSPC", "EINTR", "SHORT"], "fsync": ["EIO", "ENOSPC"],
    "rename": ["EIO", "ENOSPC"], "mkdir": ["ENOSPC", "EACCES"], "close": ["EIO"],
}
# Each ends within a second or so: config, and what is set.
KINDS = {
    "mlp": ("digits", ["epochs=6"]),
    "growing-batch": ("cooling-digits", ["epochs=4", 'learningRate.decay={"kind":"batch","epochs":[1,2],"factor":3}']),
    "batch-norm": ("digits-cnn", ["epochs=3"]),
    "average": ("digits", ["epochs=5", 'optimizer.average={"decay":0.9}', "optimizer.method=adam", "learningRate.scaling=none",
                           "learningRate.reference=0.002"]),
    "validation": ("digits", ["epochs=6", "data.validationShare=0.1", 'stop={"patience":3}', "checkpoint.keep=1"]),
    "target": ("digits", ["epochs=20", 'target={"testAccuracy":0.96}', "evaluate.everySteps=7", "checkpoint.everySteps=5"]),
}
# Codes with which a run may end that nothing disturbed, or that was told to stop.
ENDED = {0, 5}


class Torture:
    def __init__(self, isotherm, folder, seed):
        self.isotherm, self.folder = isotherm, folder
        self.random = random.Random(seed)
        self.library = folder / "faults.so"
        subprocess.run(
            [os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", "-o", self.library, PACKAGE / "Tests/Faults/faults.c", "-ldl"],
            check=True)
        self.faults = []
        self.counts = {"kills": 0, "calls": 0, "disks": 0, "resumes": 0}
        self.whole = {}

    def command(self, kind, place, threads):
        config, settings = KINDS[kind]
        return [self.isotherm, "train", PACKAGE / f"Configs/{config}.json", "--out", place, "--quiet", "--json",
                "--threads", str(threads), *sum((["--set", setting] for setting in settings), [])]

    def resume(self, place, threads):
        return [self.isotherm, "train", "--resume", place, "--quiet", "--json", "--threads", str(threads)]

    def run(self, command, fault=None, under=None, counts=None, kill_after=None):
        """Ends with (exit code, standard output, standard error)."""
        environment = dict(os.environ)
        if fault or counts:
            environment["LD_PRELOAD"] = str(self.library)
            environment["ISOTHERM_FAULT_UNDER"] = str(under)
            if fault:
                environment["ISOTHERM_FAULT"] = fault
            if counts:
                environment["ISOTHERM_FAULT_COUNTS"] = str(counts)
        process = subprocess.Popen(
            list(map(str, command)), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=self.folder)
        if kill_after is not None:
            try:
                process.wait(kill_after)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        output, errors = process.communicate(timeout=300)
        return process.returncode, output, errors

    def reference(self, kind):
        """Digest, seconds and calls of the undisturbed run."""
        if kind not in self.whole:
            place, counts = self.folder / f"whole-{kind}", self.folder / "counts"
            start = time.monotonic()
            code, output, errors = self.run(self.command(kind, place, 2), under=place, counts=counts)
            if code not in ENDED:
                sys.exit(f"torture: {kind} does not run undisturbed: exit code {code}: {errors}")
            found = dict(line.split() for line in counts.read_text().splitlines())
            summary = json.loads(output)
            self.whole[kind] = (
                summary["weightsSHA256"], summary["outcome"], time.monotonic() - start,
                {call: int(found[call]) for call in CALLS})
        return self.whole[kind]

    def fault(self, words, place=None):
        self.faults.append(words)
        print(f"FAULT {words}", flush=True)
        if place is not None and place.exists():
            kept = self.folder / f"fault-{len(self.faults)}"
            shutil.copytree(place, kept, dirs_exist_ok=True)
            print(f"      its directory is kept as {kept}", flush=True)

    def go_on(self, kind, place, words):
        """Resumes until the end, or starts anew where nothing was saved; compares."""
        digest, outcome, _, _ = self.reference(kind)
        threads = self.random.choice([1, 2, 3, 5])
        code, output, errors = self.run(self.resume(place, threads))
        self.counts["resumes"] += 1
        if code not in ENDED:
            saves = list((place / "checkpoints").glob("step-*.safetensors")) if place.exists() else []
            if saves:
                return self.fault(f"{kind}: {words}: --resume exits with {code}: {errors.strip()}", place)
            # Nothing saved yet: the message has to say so, and a new directory serves.
            if "Traceback" in errors or code < 0 or not errors.strip():
                return self.fault(f"{kind}: {words}: --resume without a checkpoint: {code}: {errors.strip()}", place)
            shutil.rmtree(place, ignore_errors=True)
            code, output, errors = self.run(self.command(kind, place, threads))
            if code not in ENDED:
                return self.fault(f"{kind}: {words}: a new start exits with {code}: {errors.strip()}", place)
        summary = json.loads(output)
        if (summary["weightsSHA256"], summary["outcome"]) != (digest, outcome):
            self.fault(
                f"{kind}: {words}: {summary['outcome']} {summary['weightsSHA256'][:12]} in place of {outcome} {digest[:12]}",
                place)
        metrics = [json.loads(line) for line in (place / "metrics.jsonl").read_text().splitlines()]
        steps = [line["step"] for line in metrics if "loss" in line]
        if steps != sorted(set(steps)):
            self.fault(f"{kind}: {words}: metrics.jsonl has a step twice or out of order", place)

    def kill(self, number):
        kind = self.random.choice(list(KINDS))
        _, _, seconds, calls = self.reference(kind)
        place = self.folder / "run"
        shutil.rmtree(place, ignore_errors=True)
        times = self.random.choice([1, 1, 2, 3])
        words = []
        for attempt in range(times):
            threads = self.random.choice([1, 2, 3, 7])
            can_resume = attempt > 0 and any((place / "checkpoints").glob("step-*.safetensors"))
            if not can_resume:
                shutil.rmtree(place, ignore_errors=True)
            command = self.resume(place, threads) if can_resume else self.command(kind, place, threads)
            if self.random.random() < 0.5:
                after = self.random.uniform(0, 1.1 * seconds)
                words.append(f"killed after {after:.3f} s")
                self.run(command, kill_after=after)
            else:
                call = self.random.choice(CALLS)
                place_of_call = self.random.randint(1, calls[call] + 1)
                words.append(f"killed at {call} {place_of_call}")
                self.run(command, fault=f"{call}:{place_of_call}:KILL", under=place)
            self.counts["kills"] += 1
        self.go_on(kind, place, f"kill {number}, " + ", ".join(words))

    def fail(self, kind, call, place_of_call, error):
        place = self.folder / "run"
        shutil.rmtree(place, ignore_errors=True)
        words = f"{call} {place_of_call} fails with {error}"
        code, output, errors = self.run(self.command(kind, place, 2), fault=f"{call}:{place_of_call}:{error}", under=place)
        self.counts["disks" if error == "FULL" else "calls"] += 1
        if code < 0 or code not in ENDED | {1, 2}:
            return self.fault(f"{kind}: {words}: exit code {code}: {errors.strip()[-600:]}", place)
        if code in {1, 2} and str(place) not in errors:
            return self.fault(f"{kind}: {words}: exit code {code}, and no file is named: {errors.strip()[-600:]}", place)
        if code in ENDED and json.loads(output)["weightsSHA256"] != self.reference(kind)[0]:
            return self.fault(f"{kind}: {words}: ends well with other weights", place)
        if place.exists():
            self.go_on(kind, place, words)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--isotherm", type=Path, default=PACKAGE / ".build/release/isotherm")
    parser.add_argument("--kills", type=int, default=0, help="runs to kill, each once to three times")
    parser.add_argument("--calls", type=int, default=0, help="calls to fail, drawn evenly; -1: every one of each kind of run")
    parser.add_argument("--disks", type=int, default=0, help="disks that become full, drawn evenly; -1: after every write")
    parser.add_argument("--kinds", default="mlp", help="for calls and disks: of " + ", ".join(KINDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="the folder to work in, which stays")
    options = parser.parse_args()
    folder = (options.keep or Path(tempfile.mkdtemp(prefix="isotherm-torture-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    torture = Torture(options.isotherm.resolve(), folder, options.seed)

    for number in range(options.kills):
        torture.kill(number + 1)
        if (number + 1) % 50 == 0:
            print(f"{number + 1} of {options.kills} runs killed, {len(torture.faults)} faults", flush=True)
    for kind in options.kinds.split(","):
        calls = torture.reference(kind)[3]
        cases = [(call, n, error) for call in CALLS for n in range(1, calls[call] + 1) for error in ERRORS[call]]
        disks = [("write", n, "FULL") for n in range(1, calls["write"] + 1)]
        for cases, wanted in [(cases, options.calls), (disks, options.disks)]:
            if wanted >= 0:
                cases = [cases[int(i * len(cases) / wanted)] for i in range(min(wanted, len(cases)))] if wanted else []
            for case in cases:
                torture.fail(kind, *case)
    counts = torture.counts
    print(
        f"torture: {counts['kills']} kills, {counts['calls']} calls failed, {counts['disks']} full disks, "
        f"{counts['resumes']} resumes: {len(torture.faults)} faults")
    if not options.keep and not torture.faults:
        shutil.rmtree(folder)
    return 1 if torture.faults else 0


if __name__ == "__main__":
    sys.exit(main())
