#!/usr/bin/env python3
"""Times torchvision's ImageFolder with PyTorch's DataLoader: samples a second over whole epochs.

usage: torchvision_loader.py FOLDER [WORKERS] [EPOCHS] [crop|resized|jitter]
"""
import sys, time

import torch
from torchvision import datasets, transforms

folder = sys.argv[1]
workers = int(sys.argv[2]) if len(sys.argv) > 2 else 2
epochs = int(sys.argv[3]) if len(sys.argv) > 3 else 2
kind = sys.argv[4] if len(sys.argv) > 4 else "crop"
first = {
    "crop": [transforms.RandomCrop(32, padding=4, padding_mode="reflect")],
    "resized": [transforms.RandomResizedCrop(32)],
    "jitter": [transforms.RandomResizedCrop(32), transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)],
}[kind]
transform = transforms.Compose(
    first + [transforms.RandomHorizontalFlip(), transforms.ToTensor(),
             transforms.Normalize((0.49, 0.48, 0.45), (0.25, 0.24, 0.26))])
torch.set_num_threads(1)
data = datasets.ImageFolder(folder, transform)
loader = torch.utils.data.DataLoader(data, batch_size=128, shuffle=True, num_workers=workers)
for epoch in range(epochs):
    start = time.time()
    count = sum(len(labels) for _, labels in loader)
    seconds = time.time() - start
    print(f"{kind}: {count} samples, {workers} workers: {seconds:.1f} s, {count / seconds:.0f}/s", flush=True)
