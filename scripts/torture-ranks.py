#!/usr/bin/env python3
"""Disturbs runs over several ranks, which `isotherm launch` goes on with, and compares them with an undisturbed run.

Every run has 2 to 4 ranks, and is disturbed at random moments: a rank is killed, asked to go (SIGTERM) or stopped for longer
than the others wait; the launcher is killed, and the run resumed; with --hosts, a host's link is cut and mended again. In the
end its weights must have the digest of the run of one process. Prints what was done, and how much time was lost.

  scripts/torture-ranks.py --runs 10
  scripts/torture-ranks.py --runs 30 --hosts 10.0.0.1,10.0.0.2 --agent /opt/agent --cut "cut {}" --mend "mend {}" \
    --exec "on-first-host"

--cut and --mend are given the number of a host, counted from 1; --exec stands before the launcher's command.
"""

import argparse
import json
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
ISOTHERM = PACKAGE / ".build/release/isotherm"
CONFIG = {
    "data": {"dataset": "digits"}, "model": {"preset": "mlp", "hidden": [96, 64]},
    "batch": {"size": 64, "shards": 8}, "steps": 6000, "checkpoint": {"everySteps": 200},
    "evaluate": {"everySteps": 2000}, "optimizer": {"method": "adamw"},
}


def ranks(folder):
    """Ranks at work in a folder."""
    found = []
    for path in Path("/proc").iterdir():
        try:
            if path.name.isdigit() and (path / "comm").read_text() == "isotherm\n" \
                    and os.readlink(path / "cwd") == folder \
                    and (path / "cmdline").read_bytes().split(b"\0")[1] == b"train":
                found.append(int(path.name))
        except (OSError, IndexError):
            pass
    return sorted(found)


def digest(run):
    return json.loads((run / "summary.json").read_text())["weightsSHA256"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mpirun", default="mpirun")
    parser.add_argument("--hosts", default="")
    parser.add_argument("--agent")
    parser.add_argument("--launcher-options", default="")
    parser.add_argument("--cut")
    parser.add_argument("--mend")
    parser.add_argument("--exec", dest="before", default="")
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    environment = dict(
        os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_mpi_yield_when_idle="1",
        OMPI_MCA_btl_vader_single_copy_mechanism="none")
    hosts = [host for host in arguments.hosts.split(",") if host]
    counts = {}
    lost = total = 0.0
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = os.path.realpath(folder)
        config = Path(folder) / "config.json"
        config.write_text(json.dumps(CONFIG))
        subprocess.run(
            [ISOTHERM, "train", config, "--out", "alone", "--quiet", "--threads", "1"], cwd=folder, check=True,
            stdout=subprocess.DEVNULL)
        expected = digest(Path(folder) / "alone")
        for number in range(arguments.runs):
            run = Path(folder) / f"run{number}"
            each = random.randint(2, 4) if not hosts else random.randint(1, 2)
            launch = shlex.split(arguments.before) + [
                str(ISOTHERM), "launch", "--mpirun", arguments.mpirun, "--ranks-per-host", str(each), "--restarts", "50",
                "--silence", "3", "--look-every", "5"]
            if hosts:
                launch += ["--hosts", arguments.hosts]
            if arguments.agent:
                launch += ["--agent", arguments.agent]
            if arguments.launcher_options:
                launch += ["--launcher-options", arguments.launcher_options]
            errors = (Path(folder) / f"errors{number}").open("w+")

            def start(resuming):
                what = ["train", "--resume", str(run)] if resuming else ["train", str(config), "--out", str(run)]
                return subprocess.Popen(
                    launch + what + ["--quiet", "--threads", "1"], cwd=folder, env=environment,
                    stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True)

            begun = time.time()
            process = start(False)
            cut = None
            for _ in range(random.randint(1, 4)):
                time.sleep(random.uniform(0.3, 2.5))
                if process.poll() is not None:
                    break
                kinds = ["kill", "kill", "term", "stop", "launcher"] + (["cut", "cut"] if arguments.cut and hosts else [])
                kind = random.choice(kinds)
                victims = ranks(folder)
                if kind == "launcher":
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    for victim in ranks(folder):
                        try:
                            os.kill(victim, signal.SIGKILL)
                        except ProcessLookupError:
                            pass
                    saved = list(run.glob("checkpoints/step-*"))
                    if not saved:
                        subprocess.run(["rm", "-rf", str(run)], check=True)
                    process = start(bool(saved))
                elif kind == "cut":
                    if cut is not None:
                        subprocess.run(arguments.mend.format(cut), shell=True, check=True)
                    cut = random.randint(2, len(hosts))
                    subprocess.run(arguments.cut.format(cut), shell=True, check=True)
                elif victims:
                    numbers = {"kill": signal.SIGKILL, "term": signal.SIGTERM, "stop": signal.SIGSTOP}
                    victim = random.choice(victims)
                    try:
                        os.kill(victim, numbers[kind])
                    except ProcessLookupError:
                        continue
                    if kind == "stop":
                        time.sleep(5)
                        try:
                            os.kill(victim, signal.SIGCONT)
                        except ProcessLookupError:
                            pass
                else:
                    continue
                counts[kind] = counts.get(kind, 0) + 1
            if cut is not None:
                time.sleep(4)
                subprocess.run(arguments.mend.format(cut), shell=True, check=True)
            try:
                code = process.wait(timeout=300)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                code = "no end in 300 s"
            errors.seek(0)
            said = errors.read()
            for line in said.splitlines():
                if line.startswith("launch:") and "were lost" in line:
                    words = line.split()
                    lost += float(words[words.index("of") - 1])
            total += time.time() - begun
            if code != 0 or digest(run) != expected:
                faults += 1
                print(f"run {number}: exit code {code}; digest "
                      f"{digest(run)[:12] if (run / 'summary.json').exists() else 'none'} for {expected[:12]}\n{said[-3000:]}")
    done = ", ".join(f"{count} × {kind}" for kind, count in sorted(counts.items()))
    print(f"{arguments.runs} runs, {done}: {faults} faults; {lost:.0f} of {total:.0f} s were lost "
          f"({100 * lost / max(total, 1e-9):.0f} %)")
    return faults > 0


if __name__ == "__main__":
    sys.exit(main())
