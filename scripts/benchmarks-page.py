#!/usr/bin/env python3
"""Measures Isotherm on this machine and writes docs/benchmarks.md.

Three sections: kernels by layer shape, whole steps with one and with several threads, and the ratios to another
program's speed. Each keeps its figures, machine and date in docs/benchmarks.json, from which the page is written; a
section that is not measured now keeps its old figures. Run it at a quiet moment.

  benchmarks-page.py --peer ../shared/peers/torch_step.py --minutes 40
  benchmarks-page.py --sections kernels steps
  benchmarks-page.py --sections                    writes the page anew from docs/benchmarks.json

Needs the release build of isotherm, and of KernelBenchmarks for the kernels: `make benchmarks-page` sees to both.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SECTIONS = ["kernels", "steps", "peer"]
STEP_ROWS = [("mlp", 1024), ("lenet", 1024), ("resnet20", 1024), ("resnet50", 32)]
PASSES = [("forward", "forward"), ("inputGradient", "input gradient"), ("weightGradient", "weight gradient")]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--sections", nargs="*", choices=SECTIONS, help="what to measure; default: all, peer if --peer is there")
parser.add_argument("--peer", help="the peer's program, see bench-peer.py")
parser.add_argument("--python", default=sys.executable, help="the Python that runs the peer")
parser.add_argument("--isotherm", default=os.path.join(ROOT, ".build/release/isotherm"))
parser.add_argument("--kernels", default=os.path.join(ROOT, ".build/release/KernelBenchmarks"))
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--seconds", type=float, default=6.0, help="timed seconds a round, for whole steps and the peer")
parser.add_argument("--kernel-seconds", type=float, default=0.3, help="for each pass of each layer shape")
parser.add_argument("--minutes", type=float, default=45.0, help="for the peer's table, see bench-peer.py")
parser.add_argument("--rows", nargs="+", default=["all"], help="the peer's table, see bench-peer.py")
parser.add_argument("--data", default=os.path.join(ROOT, "docs/benchmarks.json"))
parser.add_argument("--page", default=os.path.join(ROOT, "docs/benchmarks.md"))
options = parser.parse_args()


def log(text):
    print(text, file=sys.stderr, flush=True)


def output(command):
    """What a command prints on standard output; its standard error passes through."""
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if process.returncode != 0:
        sys.exit(f"benchmarks-page: exit code {process.returncode} of {' '.join(command)}")
    return process.stdout


def measure_kernels():
    return json.loads(output([options.kernels, "--json", "--seconds", str(options.kernel_seconds), "--configs",
                              os.path.join(ROOT, "Configs/bench")]))


def step_speed(model, batch, threads, steps):
    """Median samples a second over the steps of one run, the first two left out, and its summary."""
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "run")
        summary = json.loads(output([
            options.isotherm, "train", os.path.join(ROOT, "Configs/bench", model + ".json"), "--set",
            f"batch.size={batch}", "--set", f"data.samples={batch}", "--set", f"steps={steps + 2}", "--threads",
            str(threads), "--out", run, "--json", "--quiet"]))
        with open(os.path.join(run, "metrics.jsonl")) as file:
            lines = [json.loads(line) for line in file]
    return statistics.median([line["samplesPerSecond"] for line in lines if "learningRate" in line][2:]), summary


def measure_steps():
    """One thread and several, in turn."""
    rows, machine = [], {}
    for model, batch in STEP_ROWS:
        speeds = {1: [], options.threads: []}
        steps = {threads: 3 for threads in speeds}
        for round_number in range(options.rounds + 1):
            for threads in speeds:
                speed, summary = step_speed(model, batch, threads, steps[threads])
                steps[threads] = max(3, round(speed * options.seconds / batch))
                # Round 0 tells how many steps fill the time.
                if round_number > 0:
                    speeds[threads].append(speed)
                    log(f"{model}, B = {batch}, {threads} threads, round {round_number}: {speed:.1f} samples/s")
        machine = summary.get("machine", {})
        rows.append({"model": model, "batch": batch, "microbatch": summary.get("microbatch"),
                     "peakMemoryBytes": summary["peakMemoryBytes"],
                     "speeds": [{"threads": threads, "samplesPerSecond": statistics.median(values),
                                 "stepsEachRound": steps[threads], "rounds": len(values)}
                                for threads, values in speeds.items()]})
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
            "processor": machine.get("cpuModel", "unknown"), "kernels": machine.get("kernelFamily"), "rows": rows}


def measure_peer():
    if not options.peer:
        sys.exit("benchmarks-page: --sections peer needs --peer, the peer's program")
    return json.loads(output([
        options.python, os.path.join(ROOT, "scripts/bench-peer.py"), "--peer", options.peer, "--python", options.python,
        "--isotherm", options.isotherm, "--threads", str(options.threads), "--rounds", str(options.rounds), "--seconds",
        str(options.seconds), "--minutes", str(options.minutes), "--rows", *options.rows, "--json"]))


def speed(value):
    """Samples a second; a decimal where there are few."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def table(header, rows, words=1):
    """A Markdown table; the first `words` columns hold words, the others numbers."""
    rule = ["---"] * words + ["---:"] * (len(header) - words)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, rule] + rows) + "\n"


def kernel_section(report):
    text = f"""## Kernels by layer shape

{report['processor']}, {report['kernels']} kernels, one thread, {report['date'][:10]}. The peak of one core, measured
with independent fused multiply-adds in registers just before: **{report['peakGFLOPs']:.0f} GFLOP/s**. GFLOP/s count
the multiplications and additions of a direct convolution whatever the algorithm does, so Winograd's can pass 100 % of
the peak. Each cell: algorithm, GFLOP/s, share of the peak; medians of repeated calls on one microbatch of n samples,
each pass first compared with another algorithm.

"""
    for model in dict.fromkeys(result["model"] for result in report["results"]):
        own = [result for result in report["results"] if result["model"] == model]
        rows = []
        for layer in dict.fromkeys(result["layer"] for result in own):
            passes = {result["pass"]: result for result in own if result["layer"] == layer}
            first = next(iter(passes.values()))
            rows.append([layer, str(first["layers"])] + [
                f"{passes[key]['algorithm']} {passes[key]['effectiveGFLOPs']:.0f} ({passes[key]['shareOfPeak']:.0%})"
                if key in passes else "" for key, _ in PASSES])
        text += f"**{model}**, n = {own[0]['microbatch']}\n\n"
        text += table(["layer", "layers"] + [name for _, name in PASSES], rows) + "\n"
    if report.get("updates"):
        text += f"""The second half of a step, one thread: the tree sum over k shards and the SGD update of
{report['updates'][0]['parameters']:,} parameters, without and with the squares that the noise scale is computed from; a
trainer measures always. Medians, the two in turn.

"""
        text += table(["k", "ms", "measuring, ms", "more"], [
            [str(row["shards"]), f"{row['seconds'] * 1e3:.2f}", f"{row['measuringSeconds'] * 1e3:.2f}",
             f"{row['measuringSeconds'] / row['seconds'] - 1:.1%}"] for row in report["updates"]], words=0) + "\n"
    return text


def step_section(report):
    rows = []
    for row in report["rows"]:
        one, many = row["speeds"][0], row["speeds"][-1]
        rows.append([row["model"], f"{row['batch']:,}", str(row["microbatch"] or "")] + [
            speed(own['samplesPerSecond']) for own in (one, many)] + [
            f"{row['batch'] / many['samplesPerSecond'] * 1e3:,.1f}",
            f"{many['samplesPerSecond'] / one['samplesPerSecond']:.2f}",
            f"{row['peakMemoryBytes'] / 2**20:,.0f}", f"{many['rounds']} × {many['stepsEachRound']}"])
    threads = report["rows"][0]["speeds"][-1]["threads"]
    return f"""## Whole steps

{report['processor']}, {report['kernels']} kernels, {report['date']}. Forward, backward, all-reduce and update on
synthetic samples ([Configs/bench](../Configs/bench)); runs with one thread and with {threads} in turn. Samples a
second: medians over rounds of medians over steps.

""" + table(["model", "B", "n", "1 thread, samples/s", f"{threads} threads, samples/s", f"ms a step, {threads} threads",
              "speedup", "peak memory, MiB", "rounds × steps"], rows) + "\n"


def peer_section(report):
    first = report["rows"][0]
    rows = [[row["model"], f"{row['batch']:,}", speed(row['peerSamplesPerSecond']), str(row["peerMicrobatch"] or ""),
             speed(row['samplesPerSecond']), f"**{row['ratio']:.2f}**",
             f"{row['lowestRatio']:.2f} to {row['highestRatio']:.2f}",
             f"{row['rounds']} × {row['peerStepsEachRound']} / {row['stepsEachRound']}"] for row in report["rows"]]
    mode = f" ({first['peerMode']})" if first.get("peerMode") else ""
    return f"""## Against {first['peer']}{mode}

{report['processor']}, {report['date']}, {report['threads']} threads each, the two programs in turn in the same
minutes; at least {report['secondsEachRound']:g} timed seconds and three steps a round. The ratio is that of the medians
over rounds, beside it the lowest and the highest of a single round. n is the microbatch that the peer was fastest with.

""" + table(["model", "B", "peer, samples/s", "peer's n", "Isotherm, samples/s", "ratio", "in single rounds",
              "rounds × steps, peer / Isotherm"], rows) + "\n"


def page(data):
    text = """# Benchmarks

Written by `make benchmarks-page` from the figures in [benchmarks.json](benchmarks.json); each section names its
machine and date. Times depend on the machine and on what else runs there: compare figures of one section only.

"""
    if "peer" in data:
        rows = data["peer"]["rows"]
        best, worst = max(rows, key=lambda row: row["ratio"]), min(rows, key=lambda row: row["ratio"])
        text += (f"Against {rows[0]['peer']} on the same {data['peer']['threads']} threads, training is between "
                 f"**{worst['ratio']:.1f}** times ({worst['model']}, B = {worst['batch']:,}) and **{best['ratio']:.1f}** "
                 f"times as fast ({best['model']}, B = {best['batch']:,}).\n\n")
    for key, section in [("peer", peer_section), ("steps", step_section), ("kernels", kernel_section)]:
        if key in data:
            text += section(data[key])
    return text.rstrip("\n") + "\n"


def write(path, text):
    """Replaces the file as a whole."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.replace(path + ".new", path)


sections = options.sections
if sections is None:
    sections = SECTIONS if options.peer else SECTIONS[:2]
data = {}
if os.path.exists(options.data):
    with open(options.data) as file:
        data = json.load(file)
for section in sections:
    log(f"measuring: {section}")
    data[section] = {"kernels": measure_kernels, "steps": measure_steps, "peer": measure_peer}[section]()
    # Kept at once: the next section may fail, or be stopped.
    write(options.data, json.dumps(data, indent=1) + "\n")
if not data:
    sys.exit(f"benchmarks-page: nothing measured, and no {options.data}")
write(options.page, page(data))
log(f"page: {options.page}")
