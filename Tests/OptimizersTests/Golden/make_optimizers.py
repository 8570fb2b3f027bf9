"""Makes optimizers.json: ten steps of PyTorch's optimizers on a small vector.

    python make_optimizers.py > optimizers.json

Inputs are single-precision numbers, the arithmetic is in double precision, so that the file holds the exact answer to
within what single precision can see. The learning rate changes halfway, as it does in training.
"""

import json
import sys

import torch

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
