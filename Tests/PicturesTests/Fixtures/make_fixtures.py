#!/usr/bin/env python3
"""Writes the pictures of this folder, and golden.json: what Pillow (and for 16 bits, the formula) makes of them.

Run in this folder with Pillow and numpy. The sizes are odd, so that no block or pass of a format is whole.
"""
import base64, io, json, struct, zlib

import numpy as np
from PIL import Image, ImageOps

H, W = 13, 17
golden = {}


def smooth(h, w, seed=0):
    """A smooth picture of three channels: what JPEG is made for."""
    y, x = np.mgrid[0:h, 0:w]
    c = [128 + 100 * np.sin(x / 5 + seed) * np.cos(y / 7), 255 * x / w, 255 * y / h]
    return np.stack(c, -1).clip(0, 255).astype(np.uint8)


def keep(name, image):
    image = image if image.mode in ("L", "RGB") else image.convert("RGB")
    pixels = np.asarray(image)
    channels = 1 if pixels.ndim == 2 else 3
    golden[name] = {
        "height": image.height, "width": image.width, "channels": channels,
        "bytes": base64.b64encode(pixels.tobytes()).decode()}


def save(name, image, **options):
    image.save(name, **options)
    with Image.open(name) as read:
        keep(name, ImageOps.exif_transpose(read))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, pixels, bits, color, extra=b"", interlaced=False):
    """A PNG by hand, for what Pillow does not write: pixels [h, w, channels] of 8 or 16 bits."""
    h, w, _ = pixels.shape
    pixels = pixels.astype(">u2" if bits == 16 else np.uint8)
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    passes = [(x, y, dx, dy) for x, y, dx, dy in passes] if interlaced else [(0, 0, 1, 1)]
    rows = b""
    for x, y, dx, dy in passes:
        part = pixels[y::dy, x::dx]
        if part.size:
            rows += b"".join(b"\0" + row.tobytes() for row in part)
    header = struct.pack(">IIBBBBB", w, h, bits, color, 0, 0, int(interlaced))
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    open(name, "wb").write(data)


rgb = smooth(H, W)
image = Image.fromarray(rgb)
grey = image.convert("L")
alpha = Image.fromarray((np.mgrid[0:H, 0:W][1] * 15).astype(np.uint8))

save("rgb444.jpg", image, quality=92, subsampling=0)
save("rgb420.jpg", image, quality=92, subsampling=2)
save("progressive.jpg", image, quality=90, progressive=True)
save("grey.jpg", grey, quality=90)
save("cmyk.jpg", image.convert("CMYK"), quality=92)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    save(f"exif{orientation}.jpg", image, quality=92, subsampling=0, exif=exif)

save("rgb.png", image)
save("grey.png", grey)
save("palette.png", image.quantize(16))
save("bilevel.png", grey.convert("1", dither=Image.Dither.NONE))
rgba = image.copy()
rgba.putalpha(alpha)
save("rgba.png", rgba)
transparent = image.quantize(8)
save("paletteAlpha.png", transparent, transparency=3)
greyAlpha = grey.convert("LA")
greyAlpha.putalpha(alpha)
greyAlpha.save("greyAlpha.png")
keep("greyAlpha.png", grey)
# Pillow reads 1 bit as 0 and 255 of mode "1".
keep("bilevel.png", grey.convert("1", dither=Image.Dither.NONE).convert("L"))
exif = Image.Exif()
exif[0x0112] = 6
save("exif6.png", image, exif=exif)

png("interlaced.png", rgb, 8, 2, interlaced=True)
keep("interlaced.png", Image.open("interlaced.png"))
wide = (rgb.astype(np.uint32) * 257 + np.arange(W)[None, :, None] * 7 % 120).clip(0, 65535)
png("rgb16.png", wide, 16, 2)
keep("rgb16.png", Image.fromarray(((wide + 128) // 257).astype(np.uint8)))
png("grey16.png", wide[:, :, :1], 16, 0)
keep("grey16.png", Image.fromarray(((wide[:, :, 0] + 128) // 257).astype(np.uint8)))
# Gamma 1: the numbers are amounts of light, and sRGB's curve makes bytes of them.
light = wide / 65535
curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
png("linear16.png", wide, 16, 2, extra=chunk(b"gAMA", struct.pack(">I", 100000)))
keep("linear16.png", Image.fromarray((curve * 255 + 0.5).astype(np.uint8)))

save("lossy.webp", image, quality=85)
save("lossless.webp", image, lossless=True)
save("alpha.webp", rgba, lossless=True, exact=True)
save("exif8.webp", image, lossless=True, exif=(lambda e: (e.__setitem__(0x0112, 8), e)[1])(Image.Exif()))
image.save("animated.webp", save_all=True, append_images=[image.rotate(180)], lossless=True)

# Sizes for the triangle filter, and torchvision's Resize + CenterCrop.
large = Image.fromarray(smooth(23, 31, 1) ^ (np.mgrid[0:23, 0:31][0] % 3 * 40).astype(np.uint8)[:, :, None])
save("large.png", large)
for h, w in [(23, 12), (13, 31), (16, 16), (7, 5), (1, 1), (29, 40), (23, 32)]:
    keep(f"large.png {h}x{w}", large.resize((w, h), Image.Resampling.BILINEAR))
for side in [10, 16, 23, 27]:
    from torchvision import transforms

    both = transforms.Compose([transforms.Resize(side), transforms.CenterCrop(side)])
    keep(f"large.png cover {side}", both(large))
    keep(f"turned cover {side}", both(large.transpose(Image.Transpose.TRANSPOSE)))
keep("large.png grey", large.convert("L"))

json.dump(golden, open("golden.json", "w"), indent=0)
