#!/usr/bin/env python3
"""Trains CIFAR-10 with PyTorch by the recipe of Configs/cifar10-94.json, airbench94 (Jordan 2024, arXiv 2404.00498).

For docs/cifar10.md: the accuracy and the time that Isotherm is held against, on the same files. One JSON object a seed:
accuracy of the last weights over the six views and over the plain images, and seconds of training. A part is left out
by the options that name it; --statistics N takes batch norm's statistics over N samples in place of the whole batch,
as Isotherm's microbatches do.

  cifar10-94-pytorch.py ISOTHERM_DATA/cifar10/cifar-10-batches-bin --seeds 2 --threads 2
  cifar10-94-pytorch.py ISOTHERM_DATA/cifar10/cifar-10-batches-bin --device cuda --seeds 20 --statistics 128
  cifar10-94-pytorch.py ISOTHERM_DATA/cifar10/cifar-10-batches-bin --seconds 60     # speed alone: a minute of steps

Needs: pip install torch numpy. On a CPU, run it with tcmalloc (Debian: libgoogle-perftools4) in LD_PRELOAD, which makes
its steps faster.
"""
import argparse
import json
import math
import os
import statistics
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

BATCH = 1024
MOMENTUM = 0.85
TEST_SHIFTS = [(0, 0), (-1, -1), (1, 1)]


def load(folder, names):
    """Images [count, 3, 32, 32] with values 0 to 1, and labels [count]."""
    rows = numpy.concatenate([numpy.fromfile(os.path.join(folder, name), dtype=numpy.uint8) for name in names])
    rows = rows.reshape(-1, 3073)
    return torch.tensor(rows[:, 1:].reshape(-1, 3, 32, 32)).float() / 255, torch.tensor(rows[:, 0]).long()


class GroupedBatchNorm(nn.Module):
    """Batch norm whose scale stays 1 and whose statistics span `samples` samples of a batch."""

    def __init__(self, channels, samples):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))
        self.register_buffer("scale", torch.ones(channels), persistent=False)
        self.samples = samples

    def forward(self, x):
        if not self.training or self.samples >= len(x):
            return functional.batch_norm(x, self.mean, self.variance, self.scale, self.bias, self.training, 0.4, 1e-12)
        groups = x.split(self.samples)
        with torch.no_grad():
            # What is kept for evaluation follows the mean of the groups' statistics.
            variances, means = zip(*[torch.var_mean(group.float(), (0, 2, 3)) for group in groups])
            self.mean.lerp_(torch.stack(means).mean(0), 0.4)
            self.variance.lerp_(torch.stack(variances).mean(0), 0.4)
        return torch.cat([functional.batch_norm(group, None, None, self.scale, self.bias, True, 0, 1e-12) for group in groups])


class Logits(nn.Module):
    """The dense layer, its outputs divided by nine."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.dense = nn.Linear(inputs, outputs, bias=False)

    def forward(self, x):
        return self.dense(x.flatten(1)) / 9


def convolution(inputs, outputs):
    layer = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    nn.init.dirac_(layer.weight.data[:inputs])
    return layer


def network(images, options):
    """The layers, the first of which whitens 2×2 patches of the first 5,000 of `images`."""
    first = nn.Conv2d(3, 24, 2)
    if options.whitening:
        patches = functional.unfold(images[:5000].cpu().double(), 2).transpose(1, 2).reshape(-1, 12)
        values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
        filters = (vectors / torch.sqrt(values + 5e-4)).T.float().reshape(12, 3, 2, 2)
        first.weight.data[:] = torch.cat([filters, -filters])
        first.weight.requires_grad = False
    layers, inputs = [first, nn.GELU()], 24
    for width in (64, 256, 256):
        layers += [convolution(inputs, width), nn.MaxPool2d(2), GroupedBatchNorm(width, options.statistics), nn.GELU(),
                   convolution(width, width), GroupedBatchNorm(width, options.statistics), nn.GELU()]
        inputs = width
    return nn.Sequential(*layers, nn.MaxPool2d(3), Logits(inputs, 10))


def crop(images, padding=2):
    """Every image moved by its own random offset, with mirrored edges."""
    padded = functional.pad(images, (padding,) * 4, mode="reflect")
    offsets = torch.randint(0, 2 * padding + 1, (2, len(images)), device=images.device)
    moved = torch.empty_like(images)
    for y in range(2 * padding + 1):
        for x in range(2 * padding + 1):
            chosen = (offsets[0] == y) & (offsets[1] == x)
            moved[chosen] = padded[chosen, :, y:y + 32, x:x + 32]
    return moved


def mirrored(images, generator_mask):
    return torch.where(generator_mask[:, None, None, None], images.flip(3), images)


@torch.no_grad()
def accuracies(model, images, labels):
    """Shares of `images` that are named rightly: over six views, half the weight on the unmoved ones, and plainly."""
    model.eval()
    viewed = plain = 0
    for chunk, names in zip(images.split(500), labels.split(500)):
        padded = functional.pad(chunk, (1,) * 4, mode="reflect")
        outputs = []
        for down, right in TEST_SHIFTS:
            view = padded[:, :, 1 + down:33 + down, 1 + right:33 + right].contiguous(memory_format=torch.channels_last)
            straight = model(view).float()
            if not outputs:
                plain += (straight.argmax(1) == names).sum().item()
            outputs.append((straight + model(view.flip(3)).float()) / 2)
        summed = outputs[0] / 2 + (outputs[1] + outputs[2]) / 4
        viewed += (summed.argmax(1) == names).sum().item()
    model.train()
    return viewed / len(images), plain / len(images)


class Training:
    """One seed's run."""

    def __init__(self, images, labels, options, seed):
        torch.manual_seed(seed)
        self.images, self.labels, self.options = images, labels, options
        self.epoch_steps = len(images) // BATCH
        self.steps = math.ceil(self.epoch_steps * options.epochs)
        self.model = network(images, options).to(images.device).to(memory_format=torch.channels_last)
        scale = BATCH * (1 + 1 / (1 - MOMENTUM))
        self.rate = 11.5 / scale
        decay = 0.0153 * BATCH / scale
        norms = [p for name, p in self.model.named_parameters() if name.endswith("bias") and not name.startswith("0.")]
        others = [p for p in self.model.parameters() if p.requires_grad and all(p is not norm for norm in norms)]
        self.optimizer = torch.optim.SGD(
            [{"params": norms, "base": 64 * self.rate, "weight_decay": decay / self.rate / 64},
             {"params": others, "base": self.rate, "weight_decay": decay / self.rate}],
            lr=self.rate, momentum=MOMENTUM, nesterov=True)
        self.slow = [value.detach().clone() for value in self.state()]

    def state(self):
        return [value for value in self.model.state_dict().values() if value.dtype.is_floating_point]

    def relative_rate(self, step):
        peak = math.floor(0.23 * self.steps)
        if step < peak:
            return 0.2 + 0.8 * step / peak
        return 1 + (0.07 - 1) * (step - peak) / (self.steps - peak)

    def follow(self, kept):
        """Lookahead: the slow weights take a part of the fast ones, which begin anew from there."""
        with torch.no_grad():
            for slow, value in zip(self.slow, self.state()):
                slow.lerp_(value, 1 - kept)
                value.copy_(slow)

    def epoch(self, number):
        """The images of one epoch before they are moved, and their order."""
        flip = self.options.flip
        device = self.images.device
        if flip == "random" or (flip == "alternate" and number == 0):
            self.mask = torch.rand(len(self.images), device=device) < 0.5
        mask = self.mask if flip != "none" else torch.zeros(len(self.images), dtype=torch.bool, device=device)
        if flip == "alternate" and number % 2 == 1:
            mask = ~mask
        return mask, torch.randperm(len(self.images), device=device)

    def run(self):
        """Trains; returns the seconds, and the medians of a step's if the time was limited."""
        model, options, step = self.model, self.options, 0
        precision = {"float32": None, "tf32": None, "bfloat16": torch.bfloat16}[options.precision]
        began, times = time.monotonic(), []
        for number in range(math.ceil(options.epochs)):
            mask, order = self.epoch(number)
            if model[0].bias is not None:
                model[0].bias.requires_grad = number < 3
            for index in range(self.epoch_steps):
                started = time.monotonic()
                chosen = order[index * BATCH:(index + 1) * BATCH]
                x = crop(mirrored(self.images[chosen], mask[chosen])).contiguous(memory_format=torch.channels_last)
                for group in self.optimizer.param_groups:
                    group["lr"] = group["base"] * self.relative_rate(step)
                with torch.autocast(x.device.type, dtype=precision, enabled=precision is not None):
                    outputs = model(x)
                loss = functional.cross_entropy(outputs.float(), self.labels[chosen], reduction="sum",
                                                label_smoothing=options.smoothing)
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                self.optimizer.step()
                step += 1
                if options.lookahead and step % 5 == 0:
                    self.follow(0.95 ** 5 * (step / self.steps) ** 3)
                times.append(time.monotonic() - started)
                if step == self.steps or (options.seconds and time.monotonic() - began > options.seconds and step > 3):
                    if options.lookahead:
                        self.follow(1)
                    if x.device.type == "cuda":
                        torch.cuda.synchronize()
                    return time.monotonic() - began, step, statistics.median(times[1:])
        raise AssertionError("an epoch too few")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="the directory of data_batch_1.bin and the others")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--epochs", type=float, default=9.9)
    parser.add_argument("--statistics", type=int, default=BATCH, help="samples that batch norm's statistics span")
    parser.add_argument("--flip", choices=["alternate", "random", "none"], default="alternate")
    parser.add_argument("--smoothing", type=float, default=0.2)
    parser.add_argument("--no-whitening", dest="whitening", action="store_false")
    parser.add_argument("--no-lookahead", dest="lookahead", action="store_false")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=["float32", "tf32", "bfloat16"], default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, help="ends a run after so many, for its speed alone")
    return parser.parse_args()


def main():
    options = parsed()
    torch.set_num_threads(options.threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.benchmark = True
    images, labels = load(options.data, [f"data_batch_{number}.bin" for number in range(1, 6)])
    test_images, test_labels = load(options.data, ["test_batch.bin"])
    mean, deviation = images.mean((0, 2, 3), keepdim=True), images.std((0, 2, 3), keepdim=True)
    images, test_images = [((values - mean) / deviation).to(options.device) for values in (images, test_images)]
    labels, test_labels = labels.to(options.device), test_labels.to(options.device)
    results = []
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        training = Training(images, labels, options, seed)
        seconds, steps, median = training.run()
        result = {"seed": seed, "steps": steps, "of_steps": training.steps, "seconds": round(seconds, 2),
                  "median_step_seconds": round(median, 4)}
        if steps == training.steps:
            result["accuracy"], result["plain_accuracy"] = accuracies(training.model, test_images, test_labels)
            results.append((result["accuracy"], result["plain_accuracy"]))
        print(json.dumps(result), flush=True)
    if len(results) > 1:
        both = [[100 * value for value in values] for values in zip(*results)]
        print(json.dumps({
            "seeds": len(results),
            "mean": round(statistics.mean(both[0]), 3), "deviation": round(statistics.stdev(both[0]), 3),
            "plain_mean": round(statistics.mean(both[1]), 3), "plain_deviation": round(statistics.stdev(both[1]), 3)}))


if __name__ == "__main__":
    main()
