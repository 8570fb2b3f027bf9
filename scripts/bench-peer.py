#!/usr/bin/env python3
"""Compares the training speed of Isotherm with another program's, in the same minutes on the same machine.

Rounds alternate: the peer, Isotherm, the peer … Each gives the median over its timed steps; the result is the
medians over the rounds and the ratio of these. Both get the same number of threads.

  bench-peer.py --peer ../shared/peers/torch_step.py --model resnet20 --batch 1024
  bench-peer.py --peer ../shared/peers/torch_step.py --rows resnet20:64,256 lenet:1024 --minutes 20
  bench-peer.py --peer ../shared/peers/torch_step.py --rows all --json > ratios.json
  bench-peer.py --peer ../shared/peers/torch_step.py --rows mlp-mnist:64,1024,4096

A model with a hyphen, such as mlp-mnist, is one on a real data set, which Isotherm looks for as `isotherm train` does: its
second epoch is timed. The peer trains the model before the hyphen; a program that multiplies zeros like all numbers is as
fast on any data.

The peer is a Python program with the options --model, --batch, --threads and --seconds (and --mode, --micro if it
knows them) that prints a JSON object with samples_per_second, timed over at least three steps. Needs nothing but
Python.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# Every ratio that the page of benchmarks shows when it is made anew.
ALL_ROWS = ["mlp:64,1024,4096", "mlp-mnist:64,1024,4096", "mlp256-mnist:1024", "logistic-mnist:1024",
            "lenet:256,1024,4096,16384", "lenet-mnist:256,1024", "resnet20:64,256,1024,4096,16384", "resnet50:32"]
# Where the batch is so large that memory and time forbid a choice, the peer's microbatch is that of Isotherm's config.
PEER_MICROBATCHES = {"resnet50": 8}
# Models that the peers' program need not know: this one has them.
OWN_PEER = os.path.join(ROOT, "scripts/mnist-pytorch.py")
OWN_MODELS = ["logistic", "mlp256"]
# From this batch on, the peer's fastest microbatch no longer depends on the batch: it is looked for once.
SETTLED_BATCH = 1024

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--peer", required=True, help="the peer's program")
parser.add_argument("--python", default=sys.executable, help="the Python that runs the peer")
parser.add_argument("--isotherm", default=os.path.join(ROOT, ".build/release/isotherm"))
parser.add_argument("--model", default="mlp", help="a config of Configs/bench, and the peer's name for that network")
parser.add_argument("--batch", type=int, default=1024)
parser.add_argument("--rows", nargs="+", metavar="MODEL:B,B",
                    help="models with their batches, in place of --model and --batch; all: " + " ".join(ALL_ROWS))
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=3, help="at most; --minutes may leave fewer")
parser.add_argument("--seconds", type=float, default=6.0, help="timed seconds a round, for each of the two")
parser.add_argument("--minutes", type=float,
                    help="for everything; a row that has used up its part stops after fewer rounds, one at least")
parser.add_argument("--peer-mode", default="tuned", help="passed on as --mode; empty for a peer without modes")
parser.add_argument("--peer-micro", type=int, nargs="+", help="the peer's microbatches to try, in place of its own list")
parser.add_argument("--json", action="store_true", help="prints the result as JSON on standard output")
options = parser.parse_args()


def peers_model(model):
    """What the peer calls a network."""
    return model.partition("-")[0]


def is_real(model):
    """Whether a config trains on a data set rather than on synthetic samples."""
    return "-" in model


def parse_rows():
    """Pairs of model and batch."""
    if not options.rows:
        return [(options.model, options.batch)]
    rows = []
    for row in ALL_ROWS if options.rows == ["all"] else options.rows:
        model, colon, batches = row.partition(":")
        try:
            rows += [(model, int(batch)) for batch in batches.split(",")]
        except ValueError:
            parser.error(f"--rows: found {row!r}; allowed: MODEL:B or MODEL:B,B,…, with whole numbers B")
    return rows


def fail(message, process):
    sys.exit(f"bench-peer: {message}\n{process.stderr.strip()[-2000:]}")


def log(text):
    print(text, file=sys.stderr, flush=True)


def run_peer(model, batch, micros):
    """One round of the peer: its last JSON object."""
    peer = OWN_PEER if peers_model(model) in OWN_MODELS else options.peer
    command = [options.python, peer, "--model", peers_model(model), "--batch", str(batch),
               "--threads", str(options.threads), "--seconds", str(options.seconds)]
    if options.peer_mode and peer != OWN_PEER:
        command += ["--mode", options.peer_mode]
    if micros:
        command += ["--micro"] + [str(micro) for micro in micros]
    process = subprocess.run(command, capture_output=True, text=True)
    lines = [line for line in process.stdout.splitlines() if line.startswith("{")]
    if process.returncode != 0 or not lines:
        fail(f"the peer failed ({process.returncode}): {' '.join(command)}", process)
    return json.loads(lines[-1])


def run_isotherm(model, batch, steps):
    """One round of Isotherm: the median samples a second over its steps, the first two left out, or over the second epoch
    of a data set."""
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "run")
        command = [options.isotherm, "train", os.path.join(ROOT, "Configs/bench", model + ".json"),
                   "--set", f"batch.size={batch}", "--threads", str(options.threads), "--out", run, "--json", "--quiet"]
        if not is_real(model):
            command += ["--set", f"data.samples={batch}", "--set", f"steps={steps}"]
        process = subprocess.run(command, capture_output=True, text=True)
        if process.returncode != 0:
            fail(f"isotherm failed ({process.returncode}): {' '.join(command)}", process)
        with open(os.path.join(run, "metrics.jsonl")) as file:
            lines = [json.loads(line) for line in file]
        steps_taken = [line for line in lines if "learningRate" in line]
        timed = [line for line in steps_taken if line["epoch"] > 1] if is_real(model) else steps_taken[2:]
        speeds = [line["samplesPerSecond"] for line in timed]
        return statistics.median(speeds), json.loads(process.stdout)


def timed_steps(speed, batch):
    """Steps that fill a round; three at least, as the peer takes them."""
    return max(3, round(speed * options.seconds / batch))


def measure(model, batch, seconds, micros, speed):
    """All rounds of one row.

    seconds: when to stop before --rounds, or None. micros: what the peer tries in the first round, or None for its
    own list. speed: samples a second of Isotherm, roughly, or None.
    """
    start = time.monotonic()
    if speed is None:
        # A short run tells how many steps fill a round; it warms the machine up, too.
        speed, _ = run_isotherm(model, batch, 4)
    peers, isotherms, longest = [], [], 0
    while len(peers) < options.rounds:
        begin = time.monotonic()
        if peers and seconds is not None and begin - start + longest > seconds:
            log(f"{model}, B = {batch}: {len(peers)} of {options.rounds} rounds in the time that --minutes leaves it")
            break
        peer = run_peer(model, batch, micros)
        micro = peer.get("micro")
        # The first round's choice is everybody's.
        micros = [micro] if micro else micros
        peers.append(peer["samples_per_second"])
        steps = timed_steps(speed, batch)
        speed, summary = run_isotherm(model, batch, steps + 2)
        isotherms.append(speed)
        # The first round may have tried several microbatches; the others are shorter.
        longest = (time.monotonic() - begin) if len(peers) > 1 or not longest else longest
        log(f"{model}, B = {batch}, round {len(peers)}: {peer.get('peer', 'peer')} {peers[-1]:.1f}, "
            f"isotherm {speed:.1f} samples/s, ratio {speed / peers[-1]:.2f}")
    ratios = [ours / theirs for ours, theirs in zip(isotherms, peers)]
    return {
        "model": model, "batch": batch, "threads": options.threads, "rounds": len(peers),
        "peer": peer.get("peer", os.path.basename(options.peer)), "peerMode": peer.get("mode"),
        "peerMicrobatch": micro,
        "peerStepsEachRound": peer.get("steps", timed_steps(peers[-1], batch)),
        "stepsEachRound": summary["steps"] // 2 if is_real(model) else steps,
        "peerSamplesPerSecond": statistics.median(peers), "samplesPerSecond": statistics.median(isotherms),
        "ratio": statistics.median(isotherms) / statistics.median(peers),
        "lowestRatio": min(ratios), "highestRatio": max(ratios),
        "peakMemoryBytes": summary["peakMemoryBytes"], "peerRounds": peers, "isothermRounds": isotherms,
    }


def machine():
    """The processor and how many of its cores this process may use."""
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"processor": names[0] if names else "unknown", "cores": cores}


def table(rows):
    """The rows as text, in aligned columns."""
    header = ["model", "B", "threads", "peer samples/s", "n", "steps", "isotherm samples/s", "steps", "rounds", "ratio",
              "from", "to"]
    lines = [header] + [
        [row["model"], f"{row['batch']:,}", str(row["threads"]), f"{row['peerSamplesPerSecond']:,.1f}",
         str(row["peerMicrobatch"] or ""), str(row["peerStepsEachRound"]), f"{row['samplesPerSecond']:,.1f}",
         str(row["stepsEachRound"]), str(row["rounds"]), f"{row['ratio']:.2f}", f"{row['lowestRatio']:.2f}",
         f"{row['highestRatio']:.2f}"]
        for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(line, widths)))
        for line in lines)


pairs = parse_rows()
end = time.monotonic() + options.minutes * 60 if options.minutes else None
settled, speeds, results = {}, {}, []
for index, (model, batch) in enumerate(pairs):
    seconds = (end - time.monotonic()) / (len(pairs) - index) if end else None
    micros = options.peer_micro
    if not micros and model in PEER_MICROBATCHES:
        micros = [PEER_MICROBATCHES[model]]
    if not micros and batch >= SETTLED_BATCH:
        micros = settled.get(model)
    result = measure(model, batch, seconds, micros, speeds.get(model))
    if batch >= SETTLED_BATCH and result["peerMicrobatch"]:
        settled[model] = [result["peerMicrobatch"]]
    speeds[model] = result["samplesPerSecond"]
    results.append(result)

report = {
    "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"), **machine(),
    "threads": options.threads, "secondsEachRound": options.seconds, "rows": results,
}
if options.json:
    print(json.dumps(report, indent=2))
    log(table(results))
else:
    print(f"{report['processor']}, {report['cores']} cores; peer: {results[0]['peer']}"
          f"{', ' + results[0]['peerMode'] if results[0]['peerMode'] else ''}\n"
          f"samples a second: medians over rounds of medians over steps; n: the peer's microbatch\n\n{table(results)}")
