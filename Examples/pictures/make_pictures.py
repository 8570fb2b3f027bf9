#!/usr/bin/env python3
"""Draws pictures to try an image folder with: FOLDER/SHAPE/NUMBER.png, noisy bright shapes of any size and place.

Needs Python alone. The same seed draws the same pictures.
"""

import argparse
import math
import random
import struct
import zlib
from pathlib import Path

SHAPES = {
    # Whether a point belongs to a shape of radius 1 around the origin.
    "circle": lambda x, y: x * x + y * y < 0.8,
    "square": lambda x, y: max(abs(x), abs(y)) < 0.8,
    "triangle": lambda x, y: -0.6 < y < 1 - 1.7 * abs(x),
    "cross": lambda x, y: min(abs(x), abs(y)) < 0.28 and max(abs(x), abs(y)) < 0.95,
    "ring": lambda x, y: 0.35 < x * x + y * y < 0.9,
    "star": lambda x, y: math.hypot(x, y) < 0.55 + 0.4 * math.cos(5 * math.atan2(x, y)),
}


def picture(shape, side, draw):
    """Rows of red, green and blue bytes."""
    inside = SHAPES[shape]
    radius = side * draw.uniform(0.24, 0.38)
    centre = [draw.uniform(1.05 * radius, side - 1.05 * radius) for _ in range(2)]
    turn = draw.uniform(-0.4, 0.4)
    cosine, sine = math.cos(turn) / radius, math.sin(turn) / radius
    back = [draw.uniform(10, 110) for _ in range(3)]
    front = [draw.uniform(120, 245) for _ in range(3)]
    rows = []
    for line in range(side):
        row = bytearray()
        for column in range(side):
            dx, dy = column - centre[0], line - centre[1]
            colour = front if inside(cosine * dx + sine * dy, cosine * dy - sine * dx) else back
            row += bytes(min(255, max(0, int(value + draw.gauss(0, 12)))) for value in colour)
        rows.append(bytes(row))
    return rows


def png(rows):
    """A PNG file of 8-bit RGB."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    lines = b"".join(b"\0" + row for row in rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shapes", default="circle,square,triangle", help="of " + ", ".join(SHAPES))
    parser.add_argument("--count", type=int, default=250, help="pictures of each shape")
    parser.add_argument("--side", type=int, default=32, help="height and width in pixels")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for shape in options.shapes.split(","):
        if shape not in SHAPES:
            parser.error(f"no shape {shape}; there are {', '.join(SHAPES)}")
        folder = options.folder / shape
        folder.mkdir(parents=True, exist_ok=True)
        draw = random.Random(f"{options.seed} {shape}")
        for number in range(options.count):
            (folder / f"{number:04}.png").write_bytes(png(picture(shape, options.side, draw)))
    print(f"{options.count} pictures of each of {options.shapes} in {options.folder}")


if __name__ == "__main__":
    main()
