"""Makes optimizers.json: ten steps of PyTorch's optimizers, and of LARS and LAMB, which it has not, on a small vector.

    python make_optimizers.py > optimizers.json

Inputs are single-precision numbers, the arithmetic is in double precision, so that the file holds the exact answer to
within what single precision can see. The learning rate changes halfway, as it does in training.
"""

import json
import sys

import torch


class LARS(torch.optim.Optimizer):
    """You et al. 2017 with SGD's momentum buffer: u <- m u + r (g + b w); w <- w - rate u, r = trust |w| / (|g| + b |w|)."""

    def __init__(self, parameters, lr, momentum=0.9, trust=0.001, weight_decay=0.0):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "trust": trust, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for weights in group["params"]:
                size, slope = weights.norm().item(), weights.grad.norm().item()
                ratio = group["trust"] * size / (slope + group["weight_decay"] * size) if size > 0 and slope > 0 else 1.0
                direction = ratio * (weights.grad + group["weight_decay"] * weights)
                buffer = self.state[weights]["buffer"] = (
                    group["momentum"] * self.state[weights].get("buffer", 0) + direction)
                weights.sub_(group["lr"] * buffer)


class LAMB(torch.optim.Optimizer):
    """You et al. 2020, algorithm 2, with bias correction and the trust ratio |w| / |u| unbounded (1 if either is 0)."""

    def __init__(self, parameters, lr, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0):
        super().__init__(parameters, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            one, two = group["betas"]
            for weights in group["params"]:
                state = self.state[weights]
                t = state["step"] = state.get("step", 0) + 1
                mean = state["mean"] = one * state.get("mean", 0) + (1 - one) * weights.grad
                square = state["square"] = two * state.get("square", 0) + (1 - two) * weights.grad ** 2
                direction = mean / (1 - one ** t) / ((square / (1 - two ** t)).sqrt() + group["eps"])
                direction = direction + group["weight_decay"] * weights
                size, length = weights.norm().item(), direction.norm().item()
                ratio = size / length if size > 0 and length > 0 else 1.0
                weights.sub_(group["lr"] * ratio * direction)


STEPS = 10
generator = torch.Generator().manual_seed(5)
start = torch.randn(7, generator=generator)
gradients = torch.randn(STEPS, 7, generator=generator)
rates = [0.05] * 5 + [0.125] * 5

cases = {
    "plain": (torch.optim.SGD, {}),
    "plainDecay": (torch.optim.SGD, {"weight_decay": 0.01}),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "momentumDecay": (torch.optim.SGD, {"momentum": 0.9, "weight_decay": 0.01}),
    "nesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "nesterovDecay": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    "momentumClip": (torch.optim.SGD, {"momentum": 0.9, "clip": 1.5}),
    "adam": (torch.optim.Adam, {"betas": (0.9, 0.999), "eps": 1e-8}),
    "adamDecay": (torch.optim.Adam, {"betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.01}),
    "adamW": (torch.optim.AdamW, {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}),
    "adamWClip": (torch.optim.AdamW, {"betas": (0.8, 0.99), "eps": 1e-6, "weight_decay": 0.1, "clip": 1.5}),
    "lars": (LARS, {"weight_decay": 0.01}),
    "larsClip": (LARS, {"momentum": 0.5, "trust": 0.02, "weight_decay": 0.1, "clip": 1.5}),
    "lamb": (LAMB, {}),
    "lambDecay": (LAMB, {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1}),
    "lambClip": (LAMB, {"weight_decay": 0.01, "clip": 1.5}),
}

results = {}
for name, (optimizer_class, options) in cases.items():
    options = dict(options)
    clip = options.pop("clip", None)
    weights = torch.nn.Parameter(start.double())
    optimizer = optimizer_class([weights], lr=rates[0], **options)
    results[name] = []
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = rates[step]
        weights.grad = gradients[step].double()
        if clip is not None:
            torch.nn.utils.clip_grad_norm_([weights], clip)
        optimizer.step()
        results[name].append(weights.detach().tolist())

json.dump(
    {
        "torch": torch.__version__,
        "start": start.tolist(),
        "gradients": gradients.tolist(),
        "rates": rates,
        "weights": results,
    },
    sys.stdout,
    indent=1,
)
print()
