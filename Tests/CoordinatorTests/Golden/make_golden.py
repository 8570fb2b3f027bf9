#!/usr/bin/env python3
"""Makes the golden trajectories of the tests with PyTorch: weights in, ten losses, weights out.

Needs: pip install torch numpy safetensors.  Run in this folder; it writes NAME.safetensors for each case, and
resnet20.json, whose weights and samples follow from a formula that the test knows too.
Weight decay is applied to weights of dense layers and convolutions only, as in Isotherm.
"""
import json

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import save_file

STEPS = 10


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body(x) + self.shortcut(x)


def mlp():
    return nn.Sequential(nn.Linear(13, 17), nn.ReLU(), nn.Linear(17, 9), nn.ReLU(), nn.Linear(9, 5)), (13,)


def cnn():
    body = nn.Sequential(nn.Conv2d(6, 6, 3, 1, 1, bias=False), nn.BatchNorm2d(6), nn.ReLU(),
                         nn.Conv2d(6, 6, 3, 1, 1, bias=False), nn.BatchNorm2d(6))
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, 1, 1, bias=False), nn.BatchNorm2d(6), nn.ReLU(),
        Residual(body, nn.Sequential()), nn.ReLU(),
        nn.MaxPool2d(2), nn.Conv2d(6, 7, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(28, 5)), (3, 7, 7)


def case(name, make, batch, loss, **options):
    torch.manual_seed(sum(map(ord, name)))
    model, shape = make()
    inputs = torch.randn(STEPS * batch, *shape)
    tensors = {f"before.{k}": v.clone() for k, v in model.state_dict().items() if "num_batches" not in k}
    if loss == "mse":
        labels = torch.randn(STEPS * batch, 5)
        tensors["targets"] = labels
    else:
        labels = torch.randint(0, 5, (STEPS * batch,))
        tensors["labels"] = labels
    decay = options.pop("weight_decay", 0)
    smoothing = options.pop("label_smoothing", 0.0)
    optimizer = options.pop("optimizer", torch.optim.SGD)
    weights = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    opt = optimizer([{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0}], **options)
    losses = []
    for step in range(STEPS):
        x, y = inputs[step * batch:(step + 1) * batch], labels[step * batch:(step + 1) * batch]
        out = model(x)
        value = F.mse_loss(out, y) if loss == "mse" else F.cross_entropy(out, y, label_smoothing=smoothing)
        opt.zero_grad()
        value.backward()
        opt.step()
        losses.append(value.item())
    tensors["losses"] = torch.tensor(losses)
    # Images as Isotherm keeps them: height, width, channels.
    tensors["inputs"] = inputs.permute(0, 2, 3, 1).contiguous() if inputs.dim() == 4 else inputs
    tensors |= {f"after.{k}": v.clone() for k, v in model.state_dict().items() if "num_batches" not in k}
    save_file(tensors, f"{name}.safetensors")
    print(name, [round(v, 4) for v in losses])


case("mlp-plain", mlp, 8, "ce", lr=0.1)
case("mlp-momentum-decay", mlp, 8, "ce", lr=0.1, momentum=0.9, weight_decay=0.01)
case("mlp-nesterov-smoothing", mlp, 8, "ce", lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01,
     label_smoothing=0.1)
case("mlp-squared-error", mlp, 8, "mse", lr=0.05, momentum=0.9)
case("mlp-adamw", mlp, 8, "ce", lr=0.01, weight_decay=0.1, optimizer=torch.optim.AdamW)
case("cnn-momentum-decay", cnn, 6, "ce", lr=0.1, momentum=0.9, weight_decay=0.01)
case("cnn-nesterov-smoothing", cnn, 6, "ce", lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01,
     label_smoothing=0.1)


class Basic(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.short = (nn.Identity() if stride == 1 and cin == cout else
                      nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout)))

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.short(x))


def resnet20():
    layers, cin = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for cout, stride in ((16, 1), (32, 2), (64, 2)):
        for i in range(3):
            layers.append(Basic(cin, cout, stride if i == 0 else 1))
            cin = cout
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def words(count, stream):
    """32-bit words, a mixed function of index and stream."""
    h = (np.arange(count, dtype=np.uint64) * 2654435761 + stream * 40503 + 12345) & 0xFFFFFFFF
    for _ in range(2):
        h = ((h ^ (h >> np.uint64(16))) * 0x45D9F3B) & 0xFFFFFFFF
    return h ^ (h >> np.uint64(16))


def uniform(shape, stream, bound):
    """Numbers in [-bound, bound)."""
    count = int(np.prod(shape))
    return torch.tensor((((words(count, stream) / 2**31) - 1) * bound).astype(np.float32).reshape(shape))


def residual(batch=24, size=16, dtype=torch.float32):
    model = resnet20().to(dtype)
    with torch.no_grad():
        for stream, parameter in enumerate(p for p in model.parameters() if p.dim() > 1):
            fan_in = int(np.prod(parameter.shape[1:]))
            parameter.copy_(uniform(parameter.shape, stream, (6 / fan_in) ** 0.5))
        model[-1].bias.zero_()
        # With 1, PyTorch's own losses in single and double precision part after a few steps.
        for block in model[3:12]:
            block.bn2.weight.fill_(0.25)
    inputs = uniform((STEPS * batch, size, size, 3), 100, 1.5).permute(0, 3, 1, 2).to(dtype)
    labels = torch.tensor((words(STEPS * batch, 101) % 10).astype(np.int64))
    decaying = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.SGD([{"params": decaying, "weight_decay": 1e-3}, {"params": others}], lr=0.02,
                                momentum=0.9, nesterov=True)
    losses = []
    for step in range(STEPS):
        part = slice(step * batch, (step + 1) * batch)
        value = F.cross_entropy(model(inputs[part]), labels[part])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return model, losses


torch.manual_seed(0)
model, losses = residual()
_, exact = residual(dtype=torch.float64)
print("resnet20", losses, "against double precision:", max(abs(a / b - 1) for a, b in zip(losses, exact)))
with open("resnet20.json", "w") as file:
    names = [k for k in model.state_dict() if "num_batches" not in k]
    means = {k: v.mean().item() for k, v in model.state_dict().items() if "running" in k}
    json.dump({"losses": losses, "names": names, "means": means}, file, indent=1)
