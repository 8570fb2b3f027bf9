#!/usr/bin/env python3
"""Trains ResNet-20 on CIFAR-10 with PyTorch as Configs/resnet20-cifar10.json does, for the table of docs/cifar10.md.

Shortcuts without parameters, every scale of batch norm one at first, He's initialisation by fan-in, SGD with Nesterov
momentum 0.9, weight decay 1e-4 but not on biases and batch norm, cosine decay from 0.1, B = 128, pad-crop and flip. The
last layer begins as PyTorch begins it. --zero-init-residual is the config's model.zeroInitResidual.

  cifar10-pytorch.py ISOTHERM_DATA/cifar10/cifar-10-batches-bin --epochs 3
  cifar10-pytorch.py ISOTHERM_DATA/cifar10/cifar-10-batches-bin --epochs 3 --crop batch
  cifar10-pytorch.py ISOTHERM_DATA/cifar10/cifar-10-batches-bin --epochs 3 --zero-init-residual
"""
import argparse
import math
import os

import numpy
import torch
from torch import nn
from torch.nn import functional

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("data", help="the directory of data_batch_1.bin and the others")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--crop", choices=["sample", "batch"], default="sample", help="what shares an offset of the crop")
parser.add_argument("--zero-init-residual", action="store_true", help="start the last scale of a block at zero")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--steps", type=int, default=390, help="of an epoch; fewer for a try")
options = parser.parse_args()
torch.manual_seed(0)
torch.set_num_threads(options.threads)
BATCH = 128


def load(name):
    rows = numpy.fromfile(os.path.join(options.data, name), dtype=numpy.uint8).reshape(-1, 3073)
    return torch.tensor(rows[:, 1:].reshape(-1, 3, 32, 32)).float(), torch.tensor(rows[:, 0]).long()


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        if options.zero_init_residual:
            nn.init.zeros_(self.second_norm.weight)
        self.stride, self.padding = stride, outputs - inputs

    def forward(self, x):
        y = functional.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        shortcut = x[:, :, ::self.stride, ::self.stride]
        if self.padding:
            half = self.padding // 2
            shortcut = functional.pad(shortcut, (0, 0, 0, 0, half, self.padding - half))
        return functional.relu(y + shortcut)


def network():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    inputs = 16
    for outputs in (16, 32, 64):
        for place in range(3):
            layers.append(Block(inputs, outputs, 2 if place == 0 and outputs > 16 else 1))
            inputs = outputs
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
    return model.to(memory_format=torch.channels_last)


def augment(images):
    images = functional.pad(images, (4, 4, 4, 4))
    if options.crop == "batch":
        y, x = torch.randint(0, 9, (2,)).tolist()
        images = images[:, :, y:y + 32, x:x + 32]
    else:
        corners = torch.randint(0, 9, (len(images), 2)).tolist()
        images = torch.stack([image[:, y:y + 32, x:x + 32] for image, (y, x) in zip(images, corners)])
    flips = torch.rand(len(images)) < 0.5
    images = torch.where(flips[:, None, None, None], images.flip(3), images)
    return images.contiguous(memory_format=torch.channels_last)


images, labels = map(torch.cat, zip(*[load(f"data_batch_{number}.bin") for number in range(1, 6)]))
test_images, test_labels = load("test_batch.bin")
mean, deviation = images.mean((0, 2, 3), keepdim=True), images.std((0, 2, 3), keepdim=True)
images, test_images = (images - mean) / deviation, (test_images - mean) / deviation

model = network()
decayed = [parameter for parameter in model.parameters() if parameter.dim() > 1]
others = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
optimizer = torch.optim.SGD(
    [{"params": decayed, "weight_decay": 1e-4}, {"params": others, "weight_decay": 0}],
    lr=0.1, momentum=0.9, nesterov=True)
step = 0
for epoch in range(options.epochs):
    order, total = torch.randperm(len(images)), 0.0
    for index in range(options.steps):
        for group in optimizer.param_groups:
            group["lr"] = 0.05 * (1 + math.cos(math.pi * step / (options.epochs * options.steps)))
        chosen = order[index * BATCH:(index + 1) * BATCH]
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(model(augment(images[chosen])), labels[chosen])
        loss.backward()
        optimizer.step()
        total += loss.item()
        step += 1
    model.eval()
    with torch.no_grad():
        right = sum((model(test_images[first:first + 500]).argmax(1) == test_labels[first:first + 500]).sum().item()
                    for first in range(0, len(test_images), 500))
    model.train()
    print(f"epoch {epoch + 1}: training loss {total / options.steps:.4f}, "
          f"test accuracy {100 * right / len(test_images):.2f} %", flush=True)
