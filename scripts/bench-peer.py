#!/usr/bin/env python3
"""Compares the training speed of Isotherm with another program's, in the same minutes on the same machine.

Rounds alternate: the peer, Isotherm, the peer … Each gives the median over its timed steps; the result is the
medians over the rounds and the ratio of these. Both get the same number of threads.

  bench-peer.py --peer ../shared/peers/torch_step.py --model resnet20 --batch 1024

The peer is a Python program with the options --model, --batch, --threads and --seconds (and --mode, --micro if it
knows them) that prints a JSON object with samples_per_second. Needs nothing but Python.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--peer", required=True, help="the peer's program")
parser.add_argument("--python", default=sys.executable, help="the Python that runs the peer")
parser.add_argument("--isotherm", default=os.path.join(ROOT, ".build/release/isotherm"))
parser.add_argument("--model", default="mlp", help="a config of Configs/bench, and the peer's name for that network")
parser.add_argument("--batch", type=int, default=1024)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--seconds", type=float, default=6.0, help="timed seconds a round, for each of the two")
parser.add_argument("--peer-mode", default="tuned", help="passed on as --mode; empty for a peer without modes")
parser.add_argument("--json", action="store_true", help="prints the result as JSON on standard output")
options = parser.parse_args()


def fail(message, process):
    sys.exit(f"bench-peer: {message}\n{process.stderr.strip()[-2000:]}")


def run_peer(micro):
    """One round of the peer: its last JSON object. It tries several microbatches in the first round only."""
    command = [options.python, options.peer, "--model", options.model, "--batch", str(options.batch),
               "--threads", str(options.threads), "--seconds", str(options.seconds)]
    if options.peer_mode:
        command += ["--mode", options.peer_mode]
    if micro:
        command += ["--micro", str(micro)]
    process = subprocess.run(command, capture_output=True, text=True)
    lines = [line for line in process.stdout.splitlines() if line.startswith("{")]
    if process.returncode != 0 or not lines:
        fail(f"the peer failed ({process.returncode}): {' '.join(command)}", process)
    return json.loads(lines[-1])


def run_isotherm(steps):
    """One round of Isotherm: the median samples a second over its steps, the first two left out."""
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "run")
        command = [options.isotherm, "train", os.path.join(ROOT, "Configs/bench", options.model + ".json"),
                   "--set", f"batch.size={options.batch}", "--set", f"data.samples={options.batch}",
                   "--set", f"steps={steps}", "--threads", str(options.threads), "--out", run, "--json", "--quiet"]
        process = subprocess.run(command, capture_output=True, text=True)
        if process.returncode != 0:
            fail(f"isotherm failed ({process.returncode}): {' '.join(command)}", process)
        with open(os.path.join(run, "metrics.jsonl")) as file:
            lines = [json.loads(line) for line in file]
        speeds = [line["samplesPerSecond"] for line in lines if "learningRate" in line][2:]
        return statistics.median(speeds), json.loads(process.stdout)


def log(text):
    print(text, file=sys.stderr, flush=True)


# A short run tells how many steps fill a round; it warms the machine up, too.
speed, _ = run_isotherm(5)
peers, isotherms, micro = [], [], None
for round_number in range(1, options.rounds + 1):
    peer = run_peer(micro)
    micro = peer.get("micro")
    peers.append(peer["samples_per_second"])
    steps = max(5, round(speed * options.seconds / options.batch)) + 2
    speed, summary = run_isotherm(steps)
    isotherms.append(speed)
    log(f"round {round_number}: {peer.get('peer', 'peer')} {peers[-1]:.1f}, isotherm {speed:.1f} samples/s, "
        f"ratio {speed / peers[-1]:.2f}")

result = {
    "model": options.model, "batch": options.batch, "threads": options.threads, "rounds": options.rounds,
    "peer": peer.get("peer", os.path.basename(options.peer)), "peerMicrobatch": micro,
    "peerSamplesPerSecond": statistics.median(peers), "samplesPerSecond": statistics.median(isotherms),
    "ratio": statistics.median(isotherms) / statistics.median(peers),
    "peakMemoryBytes": summary["peakMemoryBytes"], "peerRounds": peers, "isothermRounds": isotherms,
}
if options.json:
    print(json.dumps(result, indent=2))
else:
    print(f"{options.model}, B = {options.batch}, {options.threads} threads, medians of {options.rounds} rounds:\n"
          f"  {result['peer']:<20} {result['peerSamplesPerSecond']:>12.1f} samples/s\n"
          f"  {'isotherm':<20} {result['samplesPerSecond']:>12.1f} samples/s\n"
          f"  ratio                {result['ratio']:>12.2f}")
