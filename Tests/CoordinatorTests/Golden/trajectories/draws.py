"""What a run draws by counter: Philox4x32-10 (Salmon et al. 2011, §3.3), orders of samples, crops, flips and shares.

A number is a function of (seed, purpose, epoch or step, sample). Only the layout of key and counter is Isotherm's: the
key is the seed's two halves, the counter's last word is purpose · 2^24 + d.
"""
import math

import torch
import torch.nn.functional as F

ORDER, AUGMENTATION = 1, 2
WORD = 0xFFFFFFFF


def philox(counter, key):
    """Ten rounds over four 32-bit words."""
    a, b, c, d = counter
    k0, k1 = key
    for _ in range(10):
        left, right = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (right >> 32) ^ b ^ k0, right & WORD, (left >> 32) ^ d ^ k1, left & WORD
        k0, k1 = (k0 + 0x9E3779B9) & WORD, (k1 + 0xBB67AE85) & WORD
    return a, b, c, d


# Known answers of the authors' library Random123.
assert philox((0,) * 4, (0,) * 2) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
assert philox((WORD,) * 4, (WORD,) * 2) == (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)
assert philox((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)) == (
    0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)


def block(seed, purpose, a, b, c, d=0):
    return philox((a, b, c, purpose << 24 | d), (seed & WORD, seed >> 32))


def below(limit, high, low):
    """A number in 0..<limit: the integer part of limit times the 64-bit fraction."""
    return ((high << 32 | low) * limit) >> 64


def shuffled(seed, epoch, count):
    """The order of an epoch: a Fisher-Yates shuffle from the end, two exchanges a block."""
    order = list(range(count))
    for turn, last in enumerate(range(count - 1, 0, -1)):
        words = block(seed, ORDER, epoch, turn // 2, 1)
        chosen = below(last + 1, *(words[2:] if turn % 2 else words[:2]))
        order[last], order[chosen] = order[chosen], order[last]
    return order


def drawn(seed, step, index, count):
    """Sample `index` of a step's batch, drawn from the whole set."""
    return below(count, *block(seed, ORDER, step, index, 0)[:2])


def augmented(image, augmentations, seed, key):
    """An image [channels, height, width] after each augmentation in turn."""
    for entry, augmentation in enumerate(augmentations):
        if augmentation["type"] == "mixup":
            continue
        words = block(seed, AUGMENTATION, *key, entry)
        if augmentation["type"] == "flip":
            alternates = augmentation.get("alternate", False)
            if alternates:
                words = block(seed, AUGMENTATION, 0, key[1], entry)
            if (words[0] >= 1 << 31) != (alternates and key[0] % 2 == 1):
                image = torch.flip(image, [2])
        else:
            padding = augmentation.get("padding", 4)
            height, width = image.shape[1:]
            y, x = below(2 * padding + 1, *words[:2]), below(2 * padding + 1, *words[2:])
            mode = {"zero": "constant", "reflect": "reflect"}[augmentation.get("mode", "zero")]
            image = F.pad(image, (padding,) * 4, mode)[:, y:y + height, x:x + width]
    return image


def share(alpha, seed, key, entry):
    """A number from Beta(alpha, alpha): of Ulrich's polar method from 1/2 on, of Johnk's below."""
    attempt = 0
    while True:
        u, v = block(seed, AUGMENTATION, *key, entry, attempt)[:2]
        if alpha >= 0.5:
            square = 1 - ((u + 1) / 2 ** 32) ** (2 / (2 * alpha - 1)) if alpha > 0.5 else 1
            return 0.5 + 0.5 * math.cos(2 * math.pi * v / 2 ** 32) * math.sqrt(square)
        u, v = ((word + 1) / 2 ** 32 for word in (u, v))
        u, v = u ** (1 / alpha), v ** (1 / alpha)
        if u + v <= 1:
            return u / (u + v)
        attempt += 1
