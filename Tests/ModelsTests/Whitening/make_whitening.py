#!/usr/bin/env python3
"""Makes whitening.json: whitening filters as airbench94 has them (Jordan 2024), in double precision.

Needs: pip install torch.  Run in this folder. Images are in Isotherm's order [N, H, W, C], filters in that of PyTorch's
files, [out, in, k, k]. The filters' signs are those of Isotherm: the largest number of an eigenvector is positive.
"""
import json

import torch


def patches(images, size):
    """[N, C, H, W] to [count, C · size · size]."""
    return images.unfold(2, size, 1).unfold(3, size, 1).permute(0, 2, 3, 1, 4, 5).reshape(-1, images.shape[1] * size ** 2)


def whitening(images, size, epsilon):
    flat = patches(images, size)
    values, vectors = torch.linalg.eigh(flat.T @ flat / len(flat), UPLO="U")
    rows = vectors.T.flip(0)
    peaks = rows.gather(1, rows.abs().argmax(1, keepdim=True))
    rows = rows * peaks.sign() / torch.sqrt(values.flip(0) + epsilon)[:, None]
    return torch.cat((rows, -rows)).reshape(-1, images.shape[1], size, size)


torch.manual_seed(94)
cases = []
for size, epsilon in ((2, 5e-4), (3, 0.01)):
    # Neighbouring pixels and channels go together, as in pictures.
    images = torch.randn(20, 3, 9, 8).mul(16).round().div(16)
    images[:, :, 1:] += 0.9 * images[:, :, :-1]
    images[:, :, :, 1:] += 0.8 * images[:, :, :, :-1]
    images[:, 1] += images[:, 0]
    # Few digits, so that the file is small.
    images = images.mul(64).round().div(64).double()
    cases.append({"kernel": size, "epsilon": epsilon, "shape": [9, 8, 3],
                  "images": images.permute(0, 2, 3, 1).flatten().tolist(),
                  "filters": whitening(images, size, epsilon).flatten().tolist()})
with open("whitening.json", "w") as file:
    json.dump(cases, file, separators=(",", ":"))
    file.write("\n")
