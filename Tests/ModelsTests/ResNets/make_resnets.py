#!/usr/bin/env python3
"""Makes resnets.json: what torchvision's ResNets put out, for ResNetLogitsTests.

Needs: pip install torch torchvision numpy.  Run in this folder.

Weights, running statistics and inputs follow from a formula that the test knows too, so that no weights are stored: the
element of number i of a tensor is a hash of i and of the tensor's name, made a number in -1 to 1, times and plus what suits
the tensor. The last scale of every block is small, so that logits are about 1.
"""
import json

import numpy as np
import torch
import torchvision

CLASSES, SAMPLES, SIZE = 10, 2, 64


def noise(name, count):
    """Numbers in -1 to 1, in double precision."""
    key = 2166136261
    for byte in name.encode():
        key = (key ^ byte) * 16777619 % 2 ** 32
    with np.errstate(over="ignore"):
        h = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(key)
        h ^= h >> np.uint32(16)
        h *= np.uint32(2246822519)
        h ^= h >> np.uint32(13)
    return (h >> np.uint32(8)).astype(np.float64) / 2 ** 23 - 1


def tensor(name, shape, last):
    """A tensor of a network; `last` is the last batch norm of a block."""
    values = noise(name, int(np.prod(shape)))
    if len(shape) > 1:
        values = values * np.sqrt(6 / np.prod(shape[1:])) * (0.25 if name.startswith("fc.") else 1)
    elif name.endswith("running_var"):
        values = 1 + 0.5 * values
    elif name.endswith("weight"):
        values = (0.3 if last in name else 1) * (1 + 0.3 * values)
    else:
        values = 0.2 * values
    return torch.from_numpy(values.astype(np.float32)).reshape(shape)


def logits(depth):
    model = getattr(torchvision.models, f"resnet{depth}")(weights=None, num_classes=CLASSES).eval()
    last = ".bn3." if depth >= 50 else ".bn2."
    for name, value in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            value.copy_(tensor(name, tuple(value.shape), last))
    images = noise("input", SAMPLES * 3 * SIZE * SIZE).astype(np.float32).reshape(SAMPLES, 3, SIZE, SIZE)
    with torch.no_grad():
        return model(torch.from_numpy(images)).tolist()


if __name__ == "__main__":
    result = {f"resnet{depth}": logits(depth) for depth in (18, 34, 50)}
    with open("resnets.json", "w") as file:
        json.dump({"classes": CLASSES, "size": SIZE, "logits": result}, file, indent=1)
    for name, rows in result.items():
        print(name, np.std(rows), np.abs(rows).max())
