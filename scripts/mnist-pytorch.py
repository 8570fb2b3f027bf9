#!/usr/bin/env python3
"""Trains dense networks and LeNet on MNIST with PyTorch: their speed for bench-peer.py, and the seconds to an accuracy.

The images lie in memory as floats, normalised; a step gathers a shuffled batch, and is the forward and backward pass, in
microbatches where that is faster, and a fused step of Nesterov SGD (momentum 0.9, weight decay 1e-4 on weights).

Speed: one JSON object with samples_per_second, the median over at least --seconds and three steps of the second epoch and
later. With --target, seeds are trained by the recipe of Configs/mnist-mlp.json (warmup over one epoch from 0.05 to
0.05 · B ÷ 256, a cosine over ten epochs, He's initialisation) until that share of the test images is right, with a look
after every --every steps, which does not count: one JSON object a seed with the seconds of its steps.

  mnist-pytorch.py --model mlp256 --batch 1024
  mnist-pytorch.py --model mlp --batch 1024 --target 0.98 --seeds 5

Needs: pip install torch numpy; the files of MNIST in --data, left out $ISOTHERM_DATA/mnist. On a CPU it takes tcmalloc
(Debian: libgoogle-perftools4) where that is installed.
"""
import argparse
import gzip
import json
import math
import os
import sys
import time

TCMALLOC = ["/usr/lib/x86_64-linux-gnu/libtcmalloc.so.4", "/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4"]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", choices=["logistic", "mlp256", "mlp", "lenet"], default="mlp",
                    help="mlp256: one hidden layer of 256; mlp: two of 1,024")
parser.add_argument("--data", default=os.path.join(os.environ.get("ISOTHERM_DATA", "."), "mnist"))
parser.add_argument("--batch", type=int, default=1024)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--seconds", type=float, default=6.0, help="timed seconds for each microbatch, without --target")
parser.add_argument("--micro", type=int, nargs="+", help="microbatches to try; left out, the batch, 512, 256, 128 and 64")
parser.add_argument("--target", type=float, help="the share of test images that ends a run, such as 0.98")
parser.add_argument("--every", type=int, default=10, help="steps between two looks at the test images")
parser.add_argument("--seeds", type=int, default=1)
options = parser.parse_args()

if "LD_PRELOAD" not in os.environ:
    library = next((path for path in TCMALLOC if os.path.exists(path)), None)
    if library:
        os.environ["LD_PRELOAD"] = library
        os.execv(sys.executable, [sys.executable] + sys.argv)

import numpy
import torch
from torch import nn
from torch.nn import functional

torch.set_num_threads(options.threads)
EPOCHS = 10


def bytes_of(name, header):
    """What an IDX file has behind its header, packed or not."""
    path = os.path.join(options.data, name)
    if os.path.exists(path + ".gz"):
        with gzip.open(path + ".gz") as file:
            content = file.read()
    else:
        with open(path, "rb") as file:
            content = file.read()
    return torch.tensor(numpy.frombuffer(content, dtype=numpy.uint8, offset=header))


def load():
    """Images [count, 784], normalised by the training pixels' mean and deviation, and labels, of training and test."""
    images = [bytes_of(part + "-images-idx3-ubyte", 16).reshape(-1, 784).float() for part in ("train", "t10k")]
    labels = [bytes_of(part + "-labels-idx1-ubyte", 8).long() for part in ("train", "t10k")]
    mean, deviation = images[0].mean(), images[0].std()
    return [(values - mean) / deviation for values in images], labels


def network():
    dense = {"logistic": [784, 10], "mlp256": [784, 256, 10], "mlp": [784, 1024, 1024, 10]}
    if options.model == "lenet":
        layers = [nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                  nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3136, 512),
                  nn.ReLU(), nn.Linear(512, 10)]
    else:
        sizes = dense[options.model]
        layers = []
        for inputs, outputs in zip(sizes, sizes[1:]):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        layers.pop()
    weighted = [layer for layer in layers if isinstance(layer, (nn.Linear, nn.Conv2d))]
    for layer in weighted:
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
    nn.init.normal_(weighted[-1].weight, std=0.01)
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


class Training:
    def __init__(self, images, labels, micro):
        self.images, self.labels, self.micro = images, labels, micro
        self.model = network()
        weights = [p for p in self.model.parameters() if p.dim() > 1]
        biases = [p for p in self.model.parameters() if p.dim() == 1]
        self.optimizer = torch.optim.SGD([{"params": weights, "weight_decay": 1e-4}, {"params": biases}], lr=0.01,
                                         momentum=0.9, nesterov=True, fused=True)
        # What does not fill a batch at the end of an epoch is left out, as Isotherm does.
        self.epoch_steps = len(images) // options.batch
        self.taken = 0

    def step(self, rate):
        if self.taken % self.epoch_steps == 0:
            self.order = torch.randperm(len(self.images))
        first = self.taken % self.epoch_steps * options.batch
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        for start in range(first, first + options.batch, self.micro):
            chosen = self.order[start:start + self.micro]
            outputs = self.model(self.images[chosen])
            (functional.cross_entropy(outputs, self.labels[chosen], reduction="sum") / options.batch).backward()
        self.optimizer.step()
        self.taken += 1

    def rate(self):
        """Of the step to come, by the recipe."""
        full, epoch = 0.05 * options.batch / 256, self.taken / self.epoch_steps
        if epoch < 1:
            return 0.05 + (full - 0.05) * epoch
        return full * (1 + math.cos(math.pi * (epoch - 1) / (EPOCHS - 1))) / 2

    @torch.no_grad()
    def accuracy(self, images, labels):
        right = sum((self.model(some).argmax(1) == names).sum().item()
                    for some, names in zip(images.split(1000), labels.split(1000)))
        return right / len(images)


def speed(images, labels, micro):
    """Samples a second, median, once an epoch has passed."""
    torch.manual_seed(0)
    training, times = Training(images, labels, micro), []
    while training.taken < training.epoch_steps or sum(times) < options.seconds or len(times) < 3:
        start = time.perf_counter()
        training.step(0.01)
        if training.taken > training.epoch_steps:
            times.append(time.perf_counter() - start)
    return options.batch / sorted(times)[len(times) // 2]


def seconds_to_target(images, labels, tests, test_labels, micro, seed):
    """Seconds of steps, samples, and the accuracy where it ends; seconds are None where it never gets there."""
    torch.manual_seed(seed)
    training, seconds, accuracy = Training(images, labels, micro), 0.0, 0.0
    while training.taken < EPOCHS * training.epoch_steps:
        start = time.perf_counter()
        training.step(training.rate())
        seconds += time.perf_counter() - start
        if training.taken % options.every == 0:
            accuracy = training.accuracy(tests, test_labels)
            if accuracy >= options.target:
                return seconds, training.taken * options.batch, accuracy
    return None, training.taken * options.batch, accuracy


def main():
    (images, tests), (labels, test_labels) = load()
    if not 1 <= options.batch <= len(images):
        parser.error(f"--batch: found {options.batch}; allowed: 1 to {len(images)}")
    micros = options.micro or [options.batch, 512, 256, 128, 64]
    micros = sorted({micro for micro in micros if 1 <= micro <= options.batch and options.batch % micro == 0})
    if not micros:
        parser.error(f"--micro: found {options.micro}; allowed: numbers that divide the batch, {options.batch}")
    fastest, micro = max((speed(images, labels, micro), micro) for micro in micros)
    facts = {"peer": f"torch {torch.__version__}", "mode": "tuned", "model": options.model + " on MNIST",
             "batch": options.batch, "threads": options.threads, "micro": micro,
             "tcmalloc": "tcmalloc" in os.environ.get("LD_PRELOAD", "")}
    if options.target is None:
        print(json.dumps(facts | {"samples_per_second": round(fastest, 1)}), flush=True)
        return
    for seed in range(1, options.seeds + 1):
        seconds, samples, accuracy = seconds_to_target(images, labels, tests, test_labels, micro, seed)
        print(json.dumps(facts | {"seed": seed, "seconds": seconds and round(seconds, 3), "samples": samples,
                                  "accuracy": accuracy}), flush=True)


main()
