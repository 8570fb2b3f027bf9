#!/usr/bin/env python3
"""Writes the names and shapes of torchvision's residual networks, as their state_dicts hold them, a tensor a line.

Needs: pip install torch torchvision.  Run in this folder; it writes resnet18.txt, resnet34.txt and resnet50.txt.
"""
import torchvision.models as models

for name in ("resnet18", "resnet34", "resnet50"):
    with open(name + ".txt", "w") as file:
        for key, tensor in getattr(models, name)().state_dict().items():
            if not key.endswith("num_batches_tracked"):
                print(key, "x".join(map(str, tensor.shape)), file=file)
