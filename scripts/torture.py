#!/usr/bin/env python3
"""Tortures runs and studies, and compares what becomes of them with what becomes of undisturbed ones.

kills    work is killed (SIGKILL) at a random moment or at the n-th call of open, write, fsync, rename, mkdir or close in its
         directory, and continues with --resume on another number of threads, until it ends: weights and records are the same.
ends     each kind is killed at each of its last calls: between the end of a run and its summary, above all.
signals  SIGINT, SIGTERM or SIGHUP at a random moment or before the n-th call, some of them twice: the first saves, the second
         stops at once; nothing half-written stays; then as above.
moves    a run's directory is moved, removed or replaced while the run is running: it says so, and the moved one goes on.
calls    the n-th of these calls fails once (EIO, ENOSPC, EINTR, short writes), for n = 1 … all of them: the run says which
         file and exits with 1, or goes on; then --resume, or the same command in a new directory, gives the same weights.
disks    every write, fsync and mkdir from the n-th write on finds a full disk: as above once there is room again.
tmpfs    the same on real disks of every size from 8 KiB to 2 MiB, where this machine lets them be mounted.

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
SIGNALS = {"INT": signal.SIGINT, "TERM": signal.SIGTERM, "HUP": signal.SIGHUP}
# Codes with which a run may end that nothing disturbed, or that was told to stop.
ENDED = {0, 5}
INTERRUPTED = 75


class Training:
    """A kind of run that ends within a second or so."""

    saves = "checkpoints/step-*.safetensors"
    resumes = True

    def __init__(self, config, *settings):
        self.config, self.settings = PACKAGE / f"Configs/{config}.json", settings

    def command(self, place):
        return ["train", self.config, "--out", place, *sum((["--set", setting] for setting in self.settings), [])]

    def resume(self, place):
        return ["train", "--resume", place]

    def threads(self, threads):
        return ["--threads", threads]

    def result(self, place, output):
        """What has to be the same, and what is wrong in itself."""
        summary = json.loads(output)
        wrong = []
        metrics = [json.loads(line) for line in (place / "metrics.jsonl").read_text().splitlines()]
        steps = [line["step"] for line in metrics if "loss" in line]
        if steps != sorted(set(steps)):
            wrong.append("metrics.jsonl has a step twice or out of order")
        if not (place / "report.html").exists():
            wrong.append("no report")
        # A chain of digests: the same lines, however often the run was stopped.
        receipt = place / "receipt.jsonl"
        found = {key: summary[key] for key in ["weightsSHA256", "outcome", "steps"]}
        return found | {"receipt": receipt.read_text() if receipt.exists() else None}, wrong


class Study:
    """A study that goes on where it was stopped."""

    saves = "study.json"
    resumes = True

    def __init__(self, name, config, *options, saves=None, resumes=True):
        self.name, self.config, self.options = name, config, options
        self.saves, self.resumes = saves or self.saves, resumes

    def command(self, place):
        return [self.name, self.config, "--out", place, *self.options]

    def resume(self, place):
        return [self.name, "--resume", place]

    def threads(self, threads):
        return ["--threads", threads] if self.resumes else []

    def result(self, place, output):
        study = (place / "study.json").read_text()
        wrong = [] if json.loads(output) == json.loads(study) else ["study.json is not what was printed"]
        wrong += [f"{name} is left" for name in ["pieces", "run.lock"] if (place / name).exists()]
        wrong += [f"no {name}" for name in ["report.html", "study.csv"] if not (place / name).exists()]
        return untimed(json.loads(study)) if self.resumes else sorted(json.loads(study)), wrong


def untimed(value):
    """A record without what another run of the same study may find otherwise: times, and on how many threads."""
    if isinstance(value, dict):
        return {key: untimed(part) for key, part in value.items()
                if "econds" not in key and key not in {"startedAt", "threads", "samplesPerSecond"}}
    return [untimed(part) for part in value] if isinstance(value, list) else value


DIGITS = PACKAGE / "Configs/digits.json"
KINDS = {
    "mlp": Training("digits", "epochs=6"),
    "growing-batch": Training(
        "cooling-digits", "epochs=4", 'receipt={"everySteps":5}', 'learningRate.decay={"kind":"batch","epochs":[1,2],"factor":3}'),
    "batch-norm": Training("digits-cnn", "epochs=3"),
    "average": Training(
        "digits", "epochs=5", 'optimizer.average={"decay":0.9}', "optimizer.method=adam", "learningRate.scaling=none",
        "learningRate.reference=0.002"),
    "validation": Training(
        "digits", "epochs=6", "data.validationShare=0.1", 'stop={"patience":3}', "checkpoint.keep=1"),
    "target": Training(
        "digits", "epochs=20", 'target={"testAccuracy":0.96}', "evaluate.everySteps=7", "checkpoint.everySteps=5",
        'receipt={"everySteps":4}', 'guard={"share":0.1}'),
    "sweep": Study(
        "sweep", DIGITS, "--batches", "64,256", "--seeds", "2", "--target-accuracy", "0.93", "--set", "epochs=4"),
    "equilibrium": Study(
        "equilibrium", "quadratic.json", "--steps", "3000", "--batches", "4,8", "--momenta", "0,0.5", "--reshuffle",
        saves="pieces/plan.json"),
    "scale": Study(
        "scale", DIGITS, "--threads", "1,2", "--batches", "64,256", "--seconds", "0.1", "--rounds", "3", resumes=False),
}
TRAININGS = [name for name, kind in KINDS.items() if isinstance(kind, Training)]
# For the study of equilibrium, beside this script's folder of work.
QUADRATIC = {
    "data": {"dataset": "quadratic", "curvature": 1, "samples": 256, "testSamples": 2,
             "deviations": [1, 0.5, 1, 0.5, 1, 0.5, 1, 0.5], "order": "iid"},
    "model": {"layers": [{"type": "dense", "units": 8, "bias": False}]}, "batch": {"size": 8},
}


class Torture:
    def __init__(self, isotherm, folder, seed):
        self.isotherm, self.folder = isotherm, folder
        self.random = random.Random(seed)
        self.library = folder / "faults.so"
        subprocess.run(
            [os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", "-o", self.library, PACKAGE / "Tests/Faults/faults.c", "-ldl"],
            check=True)
        (folder / "quadratic.json").write_text(json.dumps(QUADRATIC))
        self.faults = []
        self.counts = dict.fromkeys(["kills", "signals", "moves", "calls failed", "full disks", "resumes"], 0)
        self.whole = {}

    def words(self, arguments, kind, threads):
        return list(map(str, [self.isotherm, *arguments, "--quiet", "--json", *KINDS[kind].threads(threads)]))

    def start(self, command, fault=None, under=None, counts=None):
        environment = dict(os.environ)
        if fault or counts:
            environment["LD_PRELOAD"] = str(self.library)
            environment["ISOTHERM_FAULT_UNDER"] = str(under)
            if fault:
                environment["ISOTHERM_FAULT"] = fault
            if counts:
                environment["ISOTHERM_FAULT_COUNTS"] = str(counts)
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder)

    def run(self, command, fault=None, under=None, counts=None, signals=()):
        """Ends with (exit code, standard output, standard error); signals are pairs (after seconds, signal)."""
        process = self.start(command, fault, under, counts)
        for after, number in signals:
            try:
                process.wait(after)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(number)
        output, errors = process.communicate(timeout=300)
        return process.returncode, output, errors

    def begin(self, kind, place, threads, **how):
        return self.run(self.words(KINDS[kind].command(place), kind, threads), under=place, **how)

    def resume(self, kind, place, threads, **how):
        return self.run(self.words(KINDS[kind].resume(place), kind, threads), under=place, **how)

    def reference(self, kind):
        """Result, seconds and calls of the undisturbed work."""
        if kind not in self.whole:
            place, counts = self.folder / f"whole-{kind}", self.folder / "counts"
            start = time.monotonic()
            code, output, errors = self.begin(kind, place, 2, counts=counts)
            if code not in ENDED:
                sys.exit(f"torture: {kind} does not run undisturbed: exit code {code}: {errors}")
            found = dict(line.split() for line in counts.read_text().splitlines())
            result, wrong = KINDS[kind].result(place, output)
            if wrong:
                sys.exit(f"torture: {kind} undisturbed: {wrong}")
            self.whole[kind] = (result, time.monotonic() - start, {call: int(found[call]) for call in CALLS})
        return self.whole[kind]

    def fault(self, words, place=None):
        self.faults.append(words)
        print(f"FAULT {words}", flush=True)
        if place is not None and place.exists():
            kept = self.folder / f"fault-{len(self.faults)}"
            shutil.copytree(place, kept, dirs_exist_ok=True)
            print(f"      its directory is kept as {kept}", flush=True)

    def has_saved(self, kind, place):
        return place.exists() and (any(place.glob(KINDS[kind].saves)) or any(place.glob("study.json")))

    def go_on(self, kind, place, words):
        """Resumes until the end, or starts anew where nothing was saved; compares."""
        threads = self.random.choice([1, 2, 3, 5])
        code, output, errors = -1, "", "not resumed"
        if KINDS[kind].resumes:
            code, output, errors = self.resume(kind, place, threads)
            self.counts["resumes"] += 1
        if code not in ENDED:
            if KINDS[kind].resumes and self.has_saved(kind, place):
                return self.fault(f"{kind}: {words}: --resume exits with {code}: {errors.strip()}", place)
            # Nothing saved yet: the message has to say so, and a new directory serves.
            if KINDS[kind].resumes and (code < 0 or not errors.strip()):
                return self.fault(f"{kind}: {words}: --resume without a save: {code}: {errors.strip()}", place)
            for name in ["study.json", "config.json", "summary.json"]:
                if (place / name).exists():
                    json.loads((place / name).read_text())
            shutil.rmtree(place, ignore_errors=True)
            code, output, errors = self.begin(kind, place, threads)
            if code not in ENDED:
                return self.fault(f"{kind}: {words}: a new start exits with {code}: {errors.strip()}", place)
        result, wrong = KINDS[kind].result(place, output)
        wrong += [f"{path.name} is left" for path in place.rglob(".*.partial")]
        if result != self.reference(kind)[0]:
            wrong.append(f"{str(result)[:200]} in place of {str(self.reference(kind)[0])[:200]}")
        for text in wrong:
            self.fault(f"{kind}: {words}: {text}", place)

    def place_of_call(self, kind):
        calls = self.reference(kind)[2]
        call = self.random.choice([call for call in CALLS if calls[call]])
        return call, self.random.randint(1, calls[call] + 1)

    def kill(self, number, kinds):
        kind = kinds[number % len(kinds)]
        seconds = self.reference(kind)[1]
        place = self.folder / "run"
        shutil.rmtree(place, ignore_errors=True)
        words = []
        for attempt in range(self.random.choice([1, 1, 2, 3])):
            threads = self.random.choice([1, 2, 3, 7])
            again = attempt > 0 and KINDS[kind].resumes and self.has_saved(kind, place)
            if not again:
                shutil.rmtree(place, ignore_errors=True)
            work = self.resume if again else self.begin
            if self.random.random() < 0.5:
                after = self.random.uniform(0, 1.1 * seconds)
                words.append(f"killed after {after:.3f} s")
                work(kind, place, threads, signals=[(after, signal.SIGKILL)])
            else:
                call, n = self.place_of_call(kind)
                words.append(f"killed at {call} {n}")
                work(kind, place, threads, fault=f"{call}:{n}:KILL")
            self.counts["kills"] += 1
        self.go_on(kind, place, f"kill {number + 1}, " + ", ".join(words))

    def kill_at_end(self, kind, last):
        """Kills at each of the last calls; a run that was over by then must not take a step more."""
        calls = self.reference(kind)[2]
        place = self.folder / "run"
        for call in CALLS:
            for n in range(max(1, calls[call] - last + 1), calls[call] + 1):
                shutil.rmtree(place, ignore_errors=True)
                code, _, _ = self.begin(kind, place, 2, fault=f"{call}:{n}:KILL")
                self.counts["kills"] += 1
                self.go_on(kind, place, f"killed at {call} {n} of {calls[call]}")

    def signal(self, number, kinds):
        kind = kinds[number % len(kinds)]
        seconds = self.reference(kind)[1]
        place = self.folder / "run"
        shutil.rmtree(place, ignore_errors=True)
        name = self.random.choice(list(SIGNALS))
        how = {}
        twice = False
        if self.random.random() < 0.5:
            after = self.random.uniform(0.005, 1.1 * seconds)
            twice = self.random.random() < 0.4
            then = self.random.uniform(0, 0.02)
            how["signals"] = [(after, SIGNALS[name])] + ([(then, SIGNALS[name])] if twice else [])
            words = f"SIG{name} after {after:.3f} s" + (f" and {then:.3f} s" if twice else "")
        else:
            call, n = self.place_of_call(kind)
            how["fault"] = f"{call}:{n}:{name}"
            words = f"SIG{name} at {call} {n}"
        code, output, errors = self.begin(kind, place, self.random.choice([1, 2, 3, 7]), **how)
        self.counts["signals"] += 1
        words = f"signal {number + 1}, {words}, exit code {code}"
        n = SIGNALS[name]
        if code not in ENDED | {INTERRUPTED, -n} | ({128 + n} if twice else set()):
            return self.fault(f"{kind}: {words}: {errors.strip()[-600:]}", place)
        left = [path.name for path in place.rglob(".*.partial")] if place.exists() else []
        # A second signal may come while another thread makes the file; whoever goes on removes it.
        if left and not twice:
            return self.fault(f"{kind}: {words}: {left} are left", place)
        if code == -n and place.exists() and not twice:
            return self.fault(f"{kind}: {words}: ended without saving, though its directory was there", place)
        if code == INTERRUPTED and KINDS[kind].resumes and not self.has_saved(kind, place):
            return self.fault(f"{kind}: {words}: nothing is saved", place)
        self.go_on(kind, place, words)

    def move(self, kind, how):
        place, other = self.folder / "run", self.folder / "moved"
        for path in [place, other]:
            shutil.rmtree(path, ignore_errors=True)
        command = self.words(KINDS[kind].command(place), kind, 2) + ["--set", "checkpoint.everySteps=20"]
        process = self.start(command)
        while process.poll() is None and not any(place.glob("checkpoints/step-*.safetensors")):
            time.sleep(0.0005)
        if how == "removed":
            # The run itself may add or remove a file at the same time.
            while place.exists():
                shutil.rmtree(place, ignore_errors=True)
        else:
            place.rename(other)
        if how == "replaced":
            place.mkdir()
        output, errors = process.communicate(timeout=300)
        self.counts["moves"] += 1
        words = f"directory {how}, exit code {process.returncode}: {errors.strip()[-400:]}"
        if process.returncode != 1 or str(place) not in errors or (how != "removed" and "moved" not in errors):
            return self.fault(f"{kind}: {words}")
        if place.exists() and any(place.iterdir()):
            return self.fault(f"{kind}: {words}: {list(place.iterdir())} appeared")
        if how != "removed":
            code, output, errors = self.resume(kind, other, 3)
            if code not in ENDED:
                return self.fault(f"{kind}: {words}; --resume of the moved one exits with {code}: {errors}", other)
            if KINDS[kind].result(other, output)[0] != self.reference(kind)[0]:
                self.fault(f"{kind}: {words}: the moved one ends otherwise", other)

    def fail(self, kind, call, n, error):
        place = self.folder / "run"
        shutil.rmtree(place, ignore_errors=True)
        code, output, errors = self.begin(kind, place, 2, fault=f"{call}:{n}:{error}")
        self.counts["full disks" if error == "FULL" else "calls failed"] += 1
        self.judge(kind, place, f"{call} {n} fails with {error}", code, output, errors)

    def judge(self, kind, place, words, code, output, errors):
        """After a failure of the disk: an error that names a file, or a good end; then it goes on."""
        if code < 0 or code not in ENDED | {1, 2}:
            return self.fault(f"{kind}: {words}: exit code {code}: {errors.strip()[-600:]}", place)
        if code in {1, 2} and str(place) not in errors:
            return self.fault(f"{kind}: {words}: exit code {code}, and no file is named: {errors.strip()[-600:]}", place)
        if code in ENDED:
            result, wrong = KINDS[kind].result(place, output)
            if result != self.reference(kind)[0]:
                return self.fault(f"{kind}: {words}: ends well with another result", place)
        if place.exists():
            self.go_on(kind, place, words)

    def full_tmpfs(self, kind, kibibytes):
        """A disk of this size, and later a larger one."""
        disk = self.folder / "disk"
        disk.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", disk], check=True)
        try:
            place = disk / "run"
            code, output, errors = self.begin(kind, place, 2)
            self.counts["full disks"] += 1
            subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            self.judge(kind, place, f"a disk of {kibibytes} KiB", code, output, errors)
        finally:
            subprocess.run(["umount", disk], check=True)


def can_mount():
    """Whether this process may mount; a process of its own namespace tries."""
    trial = "mount -t tmpfs -o size=8k tmpfs /mnt"
    return subprocess.run(["unshare", "-m", "sh", "-c", trial], stderr=subprocess.DEVNULL).returncode == 0


def chosen(cases, wanted):
    """All cases for -1, else so many of them, evenly."""
    if wanted < 0 or wanted >= len(cases):
        return cases
    return [cases[int(i * len(cases) / wanted)] for i in range(wanted)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--isotherm", type=Path, default=PACKAGE / ".build/release/isotherm")
    parser.add_argument("--kills", type=int, default=0, help="work to kill, each once to three times")
    parser.add_argument("--ends", type=int, default=0, help="last calls of each sort at which each kind is killed")
    parser.add_argument("--signals", type=int, default=0, help="work to send signals to")
    parser.add_argument("--moves", type=int, default=0, help="runs whose directory is moved, removed or replaced")
    parser.add_argument("--calls", type=int, default=0, help="calls to fail, drawn evenly; -1: every one of each kind")
    parser.add_argument("--disks", type=int, default=0, help="disks that become full, drawn evenly; -1: after every write")
    parser.add_argument("--tmpfs", type=int, nargs="?", const=-1, default=0,
                        help="real disks to fill, of 8 KiB to 2 MiB in steps of 8 KiB; without a number: all")
    parser.add_argument("--kinds", default="mlp", help="for calls, disks and tmpfs: of " + ", ".join(KINDS))
    parser.add_argument("--kill-kinds", default=",".join(KINDS), help="for kills, ends and signals")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="the folder to work in, which stays")
    options = parser.parse_args()
    if options.tmpfs and os.environ.get("ISOTHERM_TORTURE") != "unshared":
        if can_mount():
            os.environ["ISOTHERM_TORTURE"] = "unshared"
            os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv])
        print("torture: no real disks are filled: this machine does not let them be mounted (unshare -m, mount)")
        options.tmpfs = 0
    folder = (options.keep or Path(tempfile.mkdtemp(prefix="isotherm-torture-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    torture = Torture(options.isotherm.resolve(), folder, options.seed)
    kinds, kill_kinds = options.kinds.split(","), options.kill_kinds.split(",")

    for work, count in [(torture.kill, options.kills), (torture.signal, options.signals)]:
        for number in range(count):
            work(number, kill_kinds)
            if (number + 1) % 50 == 0:
                print(f"{work.__name__}: {number + 1} of {count}, {len(torture.faults)} faults", flush=True)
    if options.ends:
        for kind in kill_kinds:
            torture.kill_at_end(kind, options.ends)
    for number in range(options.moves):
        how = ["moved", "removed", "replaced"][(number + number // len(TRAININGS)) % 3]
        torture.move(TRAININGS[number % len(TRAININGS)], how)
    for kind in kinds:
        calls = torture.reference(kind)[2]
        cases = [(call, n, error) for call in CALLS for n in range(1, calls[call] + 1) for error in ERRORS[call]]
        disks = [("write", n, "FULL") for n in range(1, calls["write"] + 1)]
        for case in chosen(cases, options.calls) + chosen(disks, options.disks):
            torture.fail(kind, *case)
        for kibibytes in chosen(list(range(8, 2049, 8)), options.tmpfs):
            torture.full_tmpfs(kind, kibibytes)
    counts = ", ".join(f"{count} {name}" for name, count in torture.counts.items())
    print(f"torture: {counts}: {len(torture.faults)} faults")
    if not options.keep and not torture.faults:
        shutil.rmtree(folder)
    return 1 if torture.faults else 0


if __name__ == "__main__":
    sys.exit(main())
