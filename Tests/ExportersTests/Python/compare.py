"""Runs exported models on the samples that lie beside them, and says how far they are from what predict says.

Reads manifest.json of a folder: a list of cases, each with the stem of its files and what is expected. For each prints
a line of JSON: the largest differences, and what the files say of themselves.
"""

import csv
import importlib.util
import io
import json
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.torch import load_file

torch.set_num_threads(1)


def difference(found, expected):
    """The largest difference; relative where numbers are larger than 1."""
    found = np.asarray(found, dtype=np.float64)
    if found.shape != expected.shape:
        return f"shape {found.shape}, expected {expected.shape}"
    largest = float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected)), initial=0))
    # JSON has no word for NaN.
    return largest if np.isfinite(largest) else str(largest)


def module(path):
    specification = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = loaded
    specification.loader.exec_module(loaded)
    return loaded


def in_units(values, expected, case):
    """Values over their deviations: what the network itself is told to predict."""
    return values / np.asarray(case["deviations"]), expected / np.asarray(case["deviations"])


def compare(folder, case):
    stem = case["stem"]
    result = {"stem": stem}
    x = np.load(folder / f"{stem}.input.npy")
    expected = np.load(folder / f"{stem}.expected.npy")
    program = module(folder / f"{stem}.py")
    if case["table"]:
        with open(folder / case["table"], newline="", encoding="utf-8") as table:
            rows = csv.DictReader(table, getattr(program, "COLUMN_NAMES", None))
            x = np.array([program.encode(row) for row in rows])

    # ONNX
    path = folder / f"{stem}.onnx"
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    kind = {"tensor(float)": np.float32, "tensor(double)": np.float64}[session.get_inputs()[0].type]
    outputs = dict(
        zip([o.name for o in session.get_outputs()], session.run(None, {"input": x.astype(kind)}))
    )
    single = session.run(None, {"input": x[:1].astype(kind)})[0]
    main = "probabilities" if "probabilities" in outputs else "values"
    result["outputs"] = sorted(outputs)
    result["inputType"] = session.get_inputs()[0].type
    result["inputShape"] = [str(size) for size in session.get_inputs()[0].shape]
    result["metadata"] = session.get_modelmeta().custom_metadata_map
    result["alone"] = difference(single, np.asarray(outputs[main][:1], dtype=np.float64))
    found, wanted = outputs[main], expected
    if case["deviations"]:
        found, wanted = in_units(found, expected, case)
    result["onnx"] = difference(found, wanted)

    # PyTorch
    model = program.load()
    state = model.state_dict()
    tensors = load_file(folder / f"{stem}.safetensors")
    result["missing"] = sorted(
        name for name in set(state) ^ set(tensors) if not name.endswith("num_batches_tracked")
    )
    with torch.no_grad():
        found, wanted = model.predict(x).numpy(), expected
    if case["deviations"]:
        found, wanted = in_units(found, expected, case)
    result["pytorch"] = difference(found, wanted)
    if "logits" in outputs:
        with torch.no_grad():
            logits = model(torch.from_numpy(x))
        result["logits"] = difference(outputs["logits"], logits.numpy().astype(np.float64))
    result["names"] = getattr(program, "CLASSES", getattr(program, "VALUES", None))
    result["classes"] = len([name for name in dir(program) if "Block" in name])
    result["modules"] = type(model).__mro__[1].__name__

    # NumPy
    with np.load(folder / f"{stem}.npz", allow_pickle=False) as arrays:
        result["arrays"] = sorted(set(tensors) ^ {n for n in arrays.files if n in tensors})
        result["equal"] = all(np.array_equal(arrays[n], tensors[n].numpy()) for n in tensors)
        result["texts"] = {n: str(arrays[n]) for n in arrays.files if n not in tensors}

    # What a reader of the text would see, and what the program prints.
    text = (folder / f"{stem}.py").read_text(encoding="utf-8")
    result["longest"] = max(map(len, text.split("\n")))
    result["lines"] = text.count("\n")
    result["hasTrailingBlanks"] = any(line != line.rstrip() for line in text.split("\n"))
    if case["runs"]:
        input = folder / (case["table"] or f"{stem}.input.npy")
        run = subprocess.run(
            [sys.executable, folder / f"{stem}.py", input], capture_output=True, text=True
        )
        result["printed"] = [row for row in csv.reader(io.StringIO(run.stdout))]
        result["error"] = run.stderr
    try:
        import black

        result["isBlack"] = black.format_str(text, mode=black.Mode()) == text
    except ImportError:
        result["isBlack"] = True
    return result


def main():
    folder = pathlib.Path(sys.argv[1])
    for case in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
        try:
            result = compare(folder, case)
        except Exception as error:  # each case says what is wrong with it, and the others are compared all the same
            result = {"stem": case["stem"], "failure": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
