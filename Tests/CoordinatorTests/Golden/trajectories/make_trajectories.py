#!/usr/bin/env python3
"""Makes the golden trajectories of TrajectoryTests: whole runs of configs, computed with PyTorch in double precision.

Needs: pip install torch numpy.  Run in this folder; it writes NAME.safetensors for each case, or for those named on the
command line. A file holds the samples, the weights before and after, running statistics and the optimizer's vectors,
and in its metadata the config, every step's loss, rate and batch, and the run's last figures.

A config leaves out what its case wants to have by default. Its data set "npy" names tensors of the same file; "digits"
is the data set in the package.
"""
import gzip
import json
import sys
from pathlib import Path

import numpy as np
import torch

from reference import BatchNorm, Data, Reference, network

MLP = {"preset": "mlp", "hidden": [17, 9]}
TABLE, IMAGE = (13,), (2, 6, 5)


def dense(units, **more):
    return {"type": "dense", "units": units} | more


def conv(channels, **more):
    return {"type": "conv2d", "channels": channels, "kernel": 3, "padding": 1} | more


NORM, RELU, FLATTEN = {"type": "batchNorm"}, {"type": "relu"}, {"type": "flatten"}
CNN = {"layers": [conv(4), RELU, conv(5, stride=2), RELU, FLATTEN, dense(5)]}
CNN_WITH_NORMS = {"layers": [conv(4, bias=False), NORM, RELU, conv(5, stride=2, bias=False), NORM, RELU, FLATTEN,
                             dense(5)]}
MLP_WITH_NORMS = {"layers": [dense(17, bias=False), NORM, RELU, dense(9, bias=False), NORM, RELU, dense(5)]}

# Name: (samples, shape of a sample, numbers of shards to train with, config).
CASES = {
    "lars-warmup-cosine": (40, TABLE, [1, 3, 6], {
        "data": {"order": "sequential"},
        "model": MLP,
        "batch": {"size": 12, "microbatch": 2},
        "optimizer": {"method": "lars", "weightDecay": 0.05},
        "learningRate": {"reference": 0.2, "referenceBatch": 4, "warmup": {"kind": "gradual", "steps": 5},
                         "decay": {"kind": "cosine"}},
        "steps": 16}),
    "lars-clipping-batchnorm": (40, TABLE, [1, 2, 3], {
        "data": {"order": "sequential"},
        "model": MLP_WITH_NORMS,
        "batch": {"size": 12, "microbatch": 4},
        "optimizer": {"method": "lars", "momentum": 0.8, "trust": 0.02, "weightDecay": 0.1, "clipNorm": 0.9},
        "learningRate": {"reference": 0.3, "referenceBatch": 4},
        "epochs": 5}),
    "adamw-clipping-warmup-cosine": (40, TABLE, [1, 2, 6], {
        "data": {"order": "sequential"},
        "model": MLP,
        "batch": {"size": 12, "microbatch": 2},
        "optimizer": {"method": "adamw", "weightDecay": 0.5, "clipNorm": 0.62},
        "learningRate": {"reference": 0.004, "referenceBatch": 4, "warmup": {"epochs": 1.5},
                         "decay": {"kind": "cosine"}},
        "epochs": 5}),
    "adam-scaled-with-batch": (40, TABLE, [1, 3, 4], {
        "data": {"order": "sequential"},
        "model": MLP,
        "batch": {"size": 12, "microbatch": 3},
        "optimizer": {"method": "adam", "beta1": 0.8, "epsilon": 0.01, "weightDecay": 0.05, "scaleWithBatch": True},
        "learningRate": {"reference": 0.006, "referenceBatch": 4, "warmup": {"kind": "none"}},
        "steps": 12}),
    "lamb-clipping-batchnorm": (40, TABLE, [1, 2, 3], {
        "data": {"order": "sequential"},
        "model": MLP_WITH_NORMS,
        "batch": {"size": 12, "microbatch": 4},
        "optimizer": {"method": "lamb", "weightDecay": 0.1, "clipNorm": 0.9},
        "learningRate": {"reference": 0.02, "referenceBatch": 4, "warmup": {"epochs": 1}},
        "epochs": 5}),
    "lamb-scaled-with-batch": (40, TABLE, [1, 3, 4], {
        "data": {"order": "sequential"},
        "model": MLP,
        "batch": {"size": 12, "microbatch": 3},
        "optimizer": {"method": "lamb", "beta1": 0.8, "epsilon": 0.01, "scaleWithBatch": True},
        "learningRate": {"referenceBatch": 4, "warmup": {"kind": "none"}},
        "steps": 12}),
    "averaged-weights": (40, TABLE, [1, 2, 3], {
        "model": MLP_WITH_NORMS,
        "batch": {"size": 12, "microbatch": 4},
        "optimizer": {"weightDecay": 0.02, "average": {"decay": 0.4}},
        "learningRate": {"reference": 0.1, "referenceBatch": 4},
        "epochs": 4}),
    "nesterov-smoothing-clipping": (40, TABLE, [1, 2, 4], {
        "data": {"order": "sequential"},
        "model": MLP,
        "loss": {"labelSmoothing": 0.2},
        "batch": {"size": 8, "microbatch": 2},
        "optimizer": {"nesterov": True, "weightDecay": 0.02, "clipNorm": 0.42},
        "learningRate": {"reference": 0.05, "referenceBatch": 16},
        "epochs": 3}),
    "step-decay-kept-last-batch": (31, TABLE, [1, 2, 3], {
        "seed": 9007199254740991,
        "data": {"lastBatch": "keep"},
        "model": MLP,
        "batch": {"size": 12, "microbatch": 5},
        "optimizer": {"method": "sgd", "weightDecay": 0.03},
        "learningRate": {"reference": 0.04, "referenceBatch": 6, "warmup": {"steps": 5},
                         "decay": {"kind": "step", "epochs": [1, 2.34], "factor": 0.3}},
        "epochs": 4}),
    "batch-growth": (60, TABLE, [1, 3, 5], {
        "seed": 11,
        "model": MLP,
        "batch": {"size": 6, "microbatch": 1},
        "optimizer": {"momentum": 0.5, "weightDecay": 0.01},
        "learningRate": {"reference": 0.1, "referenceBatch": 4, "warmup": {"epochs": 0.7},
                         "decay": {"kind": "batch", "epochs": [1, 2, 3], "factor": 1.7, "maximumBatch": 19}},
        "epochs": 4}),
    "augmented-reshuffled": (30, IMAGE, [1, 2, 4], {
        "seed": 12345678901,
        "data": {"augment": [{"type": "padCrop", "padding": 2}, {"type": "flip"}]},
        "model": CNN,
        "batch": {"size": 8, "microbatch": 2},
        "optimizer": {"weightDecay": 0.01},
        "learningRate": {"reference": 0.05, "referenceBatch": 8},
        "epochs": 4}),
    "augmented-independent-draws": (30, IMAGE, [1, 2, 4], {
        "data": {"order": "iid", "lastBatch": "keep",
                 "augment": [{"type": "flip"}, {"type": "padCrop", "padding": 1}, {"type": "padCrop", "padding": 2}]},
        "model": CNN,
        "batch": {"size": 8, "microbatch": 2},
        "optimizer": {"momentum": 0, "weightDecay": 0.02},
        "learningRate": {"reference": 0.1, "referenceBatch": 8, "decay": {"kind": "step", "steps": [5, 9]}},
        "epochs": 4}),
    "mixup-images": (30, IMAGE, [1, 2, 4], {
        "seed": 77,
        "data": {"lastBatch": "keep",
                 "augment": [{"type": "padCrop", "padding": 1}, {"type": "flip"}, {"type": "mixup", "alpha": 0.3}]},
        "model": CNN,
        "loss": {"labelSmoothing": 0.1},
        "batch": {"size": 8, "microbatch": 2},
        "optimizer": {"weightDecay": 0.01},
        "learningRate": {"reference": 0.05, "referenceBatch": 8},
        "epochs": 4}),
    "mixup-independent-draws": (40, TABLE, [1, 2, 3], {
        "data": {"order": "iid", "augment": [{"type": "mixup", "alpha": 1.5}]},
        "model": MLP_WITH_NORMS,
        "batch": {"size": 12, "microbatch": 4},
        "learningRate": {"reference": 0.05, "referenceBatch": 12},
        "epochs": 4}),
    "regression-constant-warmup-polynomial": (40, TABLE, [1, 2, 5], {
        "data": {"order": "sequential"},
        "model": MLP,
        "loss": {"kind": "meanSquaredError"},
        "batch": {"size": 10, "microbatch": 2},
        "optimizer": {"momentum": 0.7},
        "learningRate": {"reference": 0.08, "referenceBatch": 4, "scaling": "sqrt",
                         "warmup": {"kind": "constant", "epochs": 1}, "decay": {"kind": "polynomial", "power": 1.5}},
        "steps": 14}),
    # Standardised by the training set's statistics, then padded with zeros; nearly all keys have their defaults.
    "digits": (None, (1, 8, 8), [1, 2, 7], {
        "data": {"augment": [{"type": "padCrop"}]},
        "model": {"preset": "mlp", "hidden": [12]},
        "batch": {"size": 400},
        "epochs": 6}),
    "batchnorm-uneven-microbatches": (28, IMAGE, [1, 2, 3], {
        "seed": 3,
        "data": {"lastBatch": "keep", "augment": [{"type": "flip"}]},
        "model": CNN_WITH_NORMS,
        "batch": {"size": 11, "microbatch": 4},
        "optimizer": {"nesterov": True, "weightDecay": 0.02},
        "learningRate": {"reference": 0.02, "referenceBatch": 4},
        "epochs": 4}),
}
# Fine-tuning: what is frozen has no gradient in PyTorch, groups are its parameter groups.
CASES |= {
    "frozen-groups-clipping": (40, TABLE, [1, 2, 3], {
        "model": MLP_WITH_NORMS,
        "batch": {"size": 12, "microbatch": 4},
        "optimizer": {"nesterov": True, "weightDecay": 0.05, "clipNorm": 0.5, "freeze": ["0.*", "1.*", "!1.bias"],
                      "groups": [{"tensors": ["6.*"], "rate": 5, "weightDecay": 0.2},
                                 {"tensors": ["3.weight"], "rate": 0.1}]},
        "learningRate": {"reference": 0.02, "referenceBatch": 4},
        "epochs": 4}),
    "frozen-groups-adamw": (40, TABLE, [1, 2, 6], {
        "model": MLP,
        "batch": {"size": 12, "microbatch": 2},
        "optimizer": {"method": "adamw", "weightDecay": 0.5, "freeze": ["*", "!4.*", "!2.weight"],
                      "groups": [{"tensors": ["4.*"], "rate": 3, "weightDecay": 0}], "average": {"decay": 0.7}},
        "learningRate": {"reference": 0.004, "referenceBatch": 4},
        "epochs": 4}),
    "frozen-groups-lamb": (40, TABLE, [1, 3], {
        "model": MLP,
        "batch": {"size": 12, "microbatch": 2},
        "optimizer": {"method": "lamb", "weightDecay": 0.1, "clipNorm": 0.6, "freeze": ["0.*"],
                      "groups": [{"tensors": ["?.bias"], "rate": 0.5}, {"tensors": ["4.weight"], "weightDecay": 0.3}]},
        "learningRate": {"reference": 0.02, "referenceBatch": 4},
        "epochs": 4}),
    "frozen-groups-lars": (40, TABLE, [1, 2], {
        "model": MLP,
        "batch": {"size": 12, "microbatch": 2},
        "optimizer": {"method": "lars", "momentum": 0.8, "trust": 0.02, "weightDecay": 0.1, "freeze": ["2.weight"],
                      "groups": [{"tensors": ["0.*"], "rate": 0.25, "weightDecay": 0.4}]},
        "learningRate": {"reference": 0.3, "referenceBatch": 4},
        "epochs": 4}),
}
# The parts of airbench94 (Jordan 2024) together: whitened patches stay as they are and their bias is trained for an epoch
# and a half, γ stays at its first number, biases of batch norms decay, Lookahead leads at the end.
CASES |= {
    "airbench-parts": (30, (2, 8, 7), [1, 2], {
        "seed": 9,
        "data": {"augment": [{"type": "flip", "alternate": True},
                             {"type": "padCrop", "padding": 2, "mode": "reflect"}]},
        "model": {"layers": [
            {"type": "conv2d", "channels": 16, "kernel": 2, "init": "whitening"}, {"type": "gelu"},
            conv(5, bias=False, init="dirac"), {"type": "maxPool", "size": 2},
            {"type": "batchNorm", "epsilon": 1e-3, "momentum": 0.4, "scale": False}, {"type": "gelu"},
            conv(6, bias=False, init="dirac"),
            {"type": "batchNorm", "epsilon": 1e-3, "momentum": 0.4, "scale": False}, {"type": "gelu"},
            FLATTEN, dense(5, bias=False, init="uniform"), {"type": "scale", "factor": 0.25}]},
        "loss": {"labelSmoothing": 0.2},
        "batch": {"size": 12, "microbatch": 4},
        "optimizer": {"momentum": 0.85, "nesterov": True, "weightDecay": 0.05,
                      "groups": [{"tensors": ["4.bias", "7.bias"], "rate": 8, "weightDecay": 0.01, "decayBiases": True},
                                 {"tensors": ["0.bias"], "decayBiases": True, "trainEpochs": 1.5}],
                      "lookahead": {"every": 3, "decay": 0.75, "power": 3}},
        "learningRate": {"reference": 0.05, "referenceBatch": 12,
                         "warmup": {"kind": "ramp", "start": 0.2, "share": 0.23},
                         "decay": {"kind": "polynomial", "floor": 0.07}},
        "evaluate": {"views": {"mirror": True, "shifts": [[1, 1], [-1, -1]]}},
        "epochs": 7}),
}
CLASSES, TEST_SAMPLES = 5, 9


def single(tensor):
    """Double precision, of numbers that single precision has."""
    return tensor.detach().float().double()


def made(count, shape, is_regression, seed):
    """Learnable samples: each near the mean of its class, or targets near a linear map."""
    generator = torch.Generator().manual_seed(seed)
    means = torch.randn(CLASSES, *shape, generator=generator)
    labels = torch.randint(0, CLASSES, (count + TEST_SAMPLES,), generator=generator)
    inputs = single(means[labels] + torch.randn(count + TEST_SAMPLES, *shape, generator=generator))
    targets = labels
    if is_regression:
        noise = torch.randn(count + TEST_SAMPLES, 3, generator=generator)
        targets = single(inputs.flatten(1).float() @ torch.randn(inputs[0].numel(), 3, generator=generator) / 4 + noise)
    return Data(inputs[:count], targets[:count], inputs[count:], targets[count:], 3 if is_regression else CLASSES)


def digits():
    """The package's digits, 540 of them for the test: of each class as large a share, spread evenly over the file."""
    path = Path(__file__).resolve().parents[4] / "Sources/Datasets/Resources/digits.csv.gz"
    with gzip.open(path, "rt") as file:
        table = np.loadtxt(file, delimiter=",")
    inputs, labels = torch.tensor(table[:, :64]).reshape(-1, 1, 8, 8), torch.tensor(table[:, 64]).long()
    counts = torch.bincount(labels)
    shares = counts * 540 // len(labels)
    remainders = (counts * 540 % len(labels)).tolist()
    for label in sorted(range(10), key=lambda label: (-remainders[label], label))[:540 - shares.sum().item()]:
        shares[label] += 1
    place = torch.tensor([(labels[:row] == label).sum() for row, label in enumerate(labels)])
    is_test = (place + 1) * shares[labels] // counts[labels] > place * shares[labels] // counts[labels]
    train = inputs[~is_test]
    inputs = (inputs - train.mean()) / train.std(unbiased=False)
    return Data(inputs[~is_test], labels[~is_test], inputs[is_test], labels[is_test], 10)


def start(config, data, seed):
    """A network whose every tensor, running statistics too, has telling numbers."""
    torch.manual_seed(seed)
    model = network(config["model"], tuple(data.inputs.shape[1:]), data.outputs)
    with torch.no_grad():
        for module in model:
            if isinstance(module, BatchNorm):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.3)
                module.running_mean.normal_(0, 0.3)
                module.running_var.uniform_(0.5, 2)
        for tensor in model.state_dict().values():
            tensor.copy_(single(tensor))
    return model


def stored(tensor):
    """As a file has it: images [count, height, width, channels] of single-precision numbers, or labels."""
    if tensor.dim() == 4:
        tensor = tensor.permute(0, 2, 3, 1)
    return tensor.float() if tensor.is_floating_point() else tensor


def write(path, tensors, metadata):
    """A safetensors file: the header's length, the header, the tensors' bytes."""
    types = {torch.float32: "F32", torch.int64: "I64"}
    header, data = {"__metadata__": metadata}, b""
    # Eight bytes a number first, so that all are aligned.
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].dtype != torch.int64, item[0])):
        content = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": types[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def rounding(config, data, model, exact):
    """How far single precision alone leads: the largest difference of a loss, relative to it."""
    single_data = Data(*(part.float() if torch.is_tensor(part) and part.is_floating_point() else part for part in data))
    result, _ = Reference(config, single_data, model.float()).train()
    return max(abs(loss / other - 1) for loss, other in zip(result["losses"], exact["losses"]))


def make(name, samples, shape, shards, config):
    seed = sum(map(ord, name))
    is_digits = samples is None
    is_regression = config.get("loss", {}).get("kind") == "meanSquaredError"
    if is_digits:
        config["data"]["dataset"] = "digits"
        data = digits()
    else:
        config["data"] = {"dataset": "npy", "train": {"inputs": "train.inputs", "labels": "train.targets"},
                          "test": {"inputs": "test.inputs", "labels": "test.targets"},
                          "normalize": "none"} | config.get("data", {})
        data = made(samples, shape, is_regression, seed)

    model = start(config, data, seed)
    tensors = {f"before.{key}": tensor.float() for key, tensor in model.state_dict().items()}
    if not is_digits:
        tensors |= {"train.inputs": stored(data.inputs), "train.targets": stored(data.targets),
                    "test.inputs": stored(data.test_inputs), "test.targets": stored(data.test_targets)}
    run = Reference(config, data, model)
    result, after = run.train()
    tensors |= {f"after.{key}": tensor.detach().float() for key, tensor in after.items()}
    record = {"config": json.dumps(config), "shards": shards} | result
    path = Path(f"{name}.safetensors")
    write(path, tensors, {"trajectory": json.dumps(record)})
    print(f"{name}: {run.steps} steps, loss {result['losses'][0]:.4f} to {result['losses'][-1]:.4f}, "
          f"{run.clipped} clipped, batches {sorted(set(result['batches']))}, "
          f"rates {min(result['learningRates']):.4g} to {max(result['learningRates']):.4g}, "
          f"{path.stat().st_size // 1024} KiB, "
          f"in single precision within {rounding(config, data, start(config, data, seed), result):.1e}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in sys.argv[1:] or CASES:
        make(name, *CASES[name])
