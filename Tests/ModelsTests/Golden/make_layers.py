#!/usr/bin/env python3
"""Makes the golden values of layers with PyTorch, in double precision: a network's weights, samples, loss and gradients.

Needs: pip install torch.  Run in this folder; it writes NAME.json for each case. Samples are in Isotherm's order
[N, H, W, C], tensors in that of PyTorch's files. A case is the network in PyTorch, the same one in Isotherm's config,
the shape of a sample and how many there are; the last layer gives five classes.
"""
import json

import torch
import torch.nn as nn
import torch.nn.functional as F

CLASSES = 5


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def golden(name, network, layers, shape, count):
    torch.manual_seed(sum(map(ord, name)))
    for tensor in network.parameters():
        # Numbers that both precisions have; scales and shifts that are not 1 and 0.
        bound = 0.5 if tensor.dim() > 1 else 1
        tensor.data = torch.empty(tensor.shape).uniform_(-bound, bound)
    inputs = torch.randn(count, *shape)
    labels = torch.randint(0, CLASSES, (count,))
    network.double()
    loss = F.cross_entropy(network(inputs.double()), labels, reduction="sum")
    loss.backward()
    flat = inputs.permute(0, 2, 3, 1) if len(shape) == 3 else inputs
    parameters = dict(network.named_parameters())
    result = {
        "layers": layers,
        "shape": [shape[1], shape[2], shape[0]] if len(shape) == 3 else list(shape),
        "inputs": flat.flatten().tolist(),
        "labels": labels.tolist(),
        "loss": loss.item(),
        "tensors": {k: v.flatten().tolist() for k, v in parameters.items()},
        "gradients": {k: v.grad.flatten().tolist() for k, v in parameters.items()},
    }
    with open(name + ".json", "w") as file:
        json.dump(result, file, indent=None, separators=(",", ":"))
        file.write("\n")


def conv2d(channels, kernel, **keys):
    return {"type": "conv2d", "channels": channels, "kernel": kernel, **keys}


# Every kind of layer that was there before the others: the net under this script itself.
golden("residual", nn.Sequential(
    nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
    Residual(nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)), nn.Sequential(nn.Conv2d(4, 4, 1))),
    nn.ReLU(), nn.AvgPool2d(2, 1), nn.Flatten(), nn.Linear(24, CLASSES)), [
    conv2d(4, 3, padding=1, bias=False), {"type": "batchNorm"}, {"type": "relu"},
    {"type": "maxPool", "size": 3, "stride": 2, "padding": 1},
    {"type": "residual", "body": [conv2d(4, 3, padding=1), {"type": "batchNorm"}], "shortcut": [conv2d(4, 1)]},
    {"type": "relu"}, {"type": "averagePool", "size": 2, "stride": 1}, {"type": "flatten"},
    {"type": "dense", "units": CLASSES}], (3, 5, 7), 6)

golden("gelu", nn.Sequential(
    nn.Linear(7, 6), nn.GELU(), nn.Linear(6, 6), nn.GELU(approximate="tanh"), nn.Linear(6, CLASSES)), [
    {"type": "dense", "units": 6}, {"type": "gelu"}, {"type": "dense", "units": 6}, {"type": "gelu", "form": "tanh"},
    {"type": "dense", "units": CLASSES}], (7,), 9)

class Scale(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


# As in airbench94 (Jordan 2024), with narrow layers.
golden("airbench", nn.Sequential(
    nn.Conv2d(3, 8, 2), nn.GELU(), nn.Conv2d(8, 6, 3, padding=1, bias=False), nn.MaxPool2d(2),
    nn.BatchNorm2d(6, eps=1e-3, momentum=0.4), nn.GELU(), nn.Conv2d(6, 6, 3, padding=1, bias=False),
    nn.BatchNorm2d(6, eps=1e-12), nn.GELU(), nn.MaxPool2d(3), nn.Flatten(), nn.Linear(6, CLASSES, bias=False),
    Scale(1 / 9)), [
    conv2d(8, 2), {"type": "gelu"}, conv2d(6, 3, padding=1, bias=False), {"type": "maxPool", "size": 2},
    {"type": "batchNorm", "epsilon": 1e-3, "momentum": 0.4, "scale": False}, {"type": "gelu"},
    conv2d(6, 3, padding=1, bias=False), {"type": "batchNorm", "epsilon": 1e-12}, {"type": "gelu"},
    {"type": "maxPool", "size": 3}, {"type": "flatten"}, {"type": "dense", "units": CLASSES, "bias": False},
    {"type": "scale", "factor": 1 / 9}], (3, 8, 8), 6)

golden("groupNorm", nn.Sequential(
    nn.Conv2d(3, 6, 3, padding=1), nn.GroupNorm(2, 6), nn.ReLU(),
    Residual(nn.Sequential(nn.GroupNorm(6, 6), nn.ReLU(), nn.Conv2d(6, 6, 3, padding=1), nn.GroupNorm(3, 6)),
             nn.Sequential()),
    nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.GroupNorm(2, 6), nn.Linear(6, CLASSES)), [
    conv2d(6, 3, padding=1), {"type": "groupNorm", "groups": 2}, {"type": "relu"},
    {"type": "residual", "body": [{"type": "groupNorm", "groups": 6}, {"type": "relu"}, conv2d(6, 3, padding=1),
                                  {"type": "groupNorm", "groups": 3}]},
    {"type": "relu"}, {"type": "globalAveragePool"}, {"type": "flatten"}, {"type": "groupNorm", "groups": 2},
    {"type": "dense", "units": CLASSES}], (3, 4, 5), 4)

golden("layerNorm", nn.Sequential(
    nn.Conv2d(3, 4, 3, padding=1), nn.LayerNorm([4, 4, 5]), nn.ReLU(), nn.Flatten(), nn.LayerNorm(80),
    nn.Linear(80, 6), nn.LayerNorm(6), nn.ReLU(), nn.Linear(6, CLASSES)), [
    conv2d(4, 3, padding=1), {"type": "layerNorm"}, {"type": "relu"}, {"type": "flatten"}, {"type": "layerNorm"},
    {"type": "dense", "units": 6}, {"type": "layerNorm"}, {"type": "relu"}, {"type": "dense", "units": CLASSES}],
    (3, 4, 5), 4)
