"""Writes the archives of this folder: python3 make_arrays.py (NumPy 1.24 or later)."""

import os

import numpy as np

folder = os.path.dirname(os.path.abspath(__file__))

# The same numbers in every element type, byte order and memory order. types.npz is deflated.
numbers = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0], [0, 0, 1], [1, 0, 0]])
small = np.array([[0, 1, 2], [3, 50, 5], [6, 7, 100], [9, 10, 11], [12, 13, 120]])
arrays = {}
for kind in ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]:
    for order in "<>":
        for layout in "CF":
            array = np.array(small, dtype=order + kind, order=layout)
            arrays[f"small_{'little' if order == '<' else 'big'}_{kind}_{layout}"] = array
arrays["bits_b1_C"] = numbers.astype(bool)
arrays["bits_b1_F"] = np.asfortranarray(numbers.astype(bool))
np.savez_compressed(os.path.join(folder, "types.npz"), **arrays)

# Images [N, 3, 5, 6] whose pixel (y, x) of channel c in image n is 90 n + 30 c + 6 y + x modulo 256, named as MedMNIST
# names them, with labels [N, 1]; stored.
def images(count, first):
    n, c, y, x = np.meshgrid(np.arange(first, first + count), range(3), range(5), range(6), indexing="ij")
    return ((90 * n + 30 * c + 6 * y + x) % 256).astype(np.uint8)

np.savez(
    os.path.join(folder, "medical.npz"),
    train_images=images(6, 0),
    train_labels=np.array([[0], [1], [2], [0], [1], [2]], dtype=np.uint8),
    val_images=images(2, 6),
    val_labels=np.array([[2], [0]], dtype=np.uint8),
    test_images=np.asfortranarray(images(3, 8)),
    test_labels=np.array([[1], [0], [1]], dtype=np.uint8),
)

# Labels as text, one-hot, smoothed and as real numbers, for x [8, 2].
labels = np.array([2, 0, 1, 1, 0, 2, 2, 0])
one_hot = np.eye(3, dtype=np.float32)[labels]
np.savez_compressed(
    os.path.join(folder, "labels.npz"),
    x=np.arange(16, dtype=np.float32).reshape(8, 2),
    text=np.array(["bird", "cat", "élan", "dog"])[labels],
    bytes=np.array([b"bird", b"cat", b"dog"])[labels],
    one_hot=one_hot,
    smoothed=(one_hot * 0.9 + 0.1 / 3).astype(np.float32),
    several=np.array([[1, 1, 0]] * 8, dtype=np.uint8),
    real=labels.astype(np.float64),
    fractions=labels + 0.5,
    sparse=np.array([10**9, 7, 500, 500, 7, 10**9, 10**9, 7]),
    signs=np.array([-1, 1, 1, -1, 1, -1, -1, 1], dtype=np.int8),
    flags=np.array([True, False] * 4),
    objects=np.array(["a", 1, None, 2, 3, 4, 5, 6], dtype=object),
    records=np.zeros(8, dtype=[("a", "<i4"), ("b", "<f4")]),
    huge=np.array([2**63 + 5] * 8, dtype=np.uint64),
)
