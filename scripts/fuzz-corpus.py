#!/usr/bin/env python3
"""Writes Tests/Corpus: small inputs for the fuzz targets, among them one of each kind that a reader once fell over.

    scripts/fuzz-corpus.py            writes all
    scripts/fuzz-corpus.py --check    exit 1 where a file is missing (what is packed depends on the version of zlib)

A name that begins with good- must be read, one with bad- must be refused; others may be either. Bombs (bomb in the name) are read, but not altered.
"""

import gzip
import io
import json
import struct
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "Tests" / "Corpus"
LARGEST = 2**63 - 1


def packed(content):
    """gzip without a date, the same bytes every day."""
    return gzip.compress(content, 9, mtime=0)


def zeros(count, head=b""):
    """A gzip file of a head and zeros, made in pieces."""
    work = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [work.compress(head)]
    block = bytes(1 << 20)
    while count > 0:
        parts.append(work.compress(block[: min(count, 1 << 20)]))
        count -= 1 << 20
    return b"".join(parts) + work.flush()


def idx(kind, dimensions, content):
    return bytes([0, 0, kind, len(dimensions)]) + b"".join(struct.pack(">I", d) for d in dimensions) + content


def npy(kind, shape, content, order="False", version=1):
    header = f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    prefix = 10 if version == 1 else 12
    header += b" " * (-(prefix + len(header) + 1) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(header)) + header + content


def archive(members, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as target:
        for name, content in members:
            target.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content, method)
    return file.getvalue()


def overlapping(count):
    """An archive whose directory names one member's bytes many times."""
    whole = archive([("x_train.npy", npy("|u1", "(4, 2)", bytes(range(8))))])
    start = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    entry = whole[start:end]
    directory = b"".join(entry.replace(b"x_train", b"x_%05d" % n) for n in range(count))
    tail = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, count, count, len(directory), start, 0)
    return whole[:start] + directory + tail


def tar(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as target:
        for name, content, kind in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if kind == tarfile.SYMTYPE:
                info.linkname = content.decode()
                target.addfile(info)
            else:
                info.size = len(content)
                target.addfile(info, io.BytesIO(content))
    return file.getvalue()


def tensors(header, content=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(height, width, rows, more=b""):
    head = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def jpeg(height, width):
    """No more than the headers of a grey JPEG."""
    frame = struct.pack(">HBHHB3B", 11, 8, height, width, 1, 1, 0x11, 0)
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0" + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\xff\xd9"


def webp(height, width):
    """A lossless picture's header without its pixels."""
    bits = (width - 1) | (height - 1) << 14
    content = b"\x2f" + struct.pack("<I", bits) + bytes(8)
    return b"RIFF" + struct.pack("<I", 12 + len(content) + len(content) % 2) + b"WEBPVP8L" + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def line(**fields):
    return json.dumps(fields).encode() + b"\n"


def config(**more):
    text = {"data": {"dataset": "digits"}, "model": {"preset": "mlp", "hidden": [8]}}
    text.update(more)
    return json.dumps(text).encode()


def texts():
    deep = b'{"a":' * 99 + b"[" + b"1," * 4000 + b"1]" + b"}" * 99
    yield "config", "good-comments.json", b"\xef\xbb\xbf// a run\r\n" + config(epochs=2)[:-1] + b",\r\n/* all */ }"
    yield "config", "good-utf16.json", "\ufeff{ \"data\": { \"dataset\": \"digits\" }, \"model\": { \"preset\": \"logistic\" } }".encode("utf-16-le")
    yield "config", "good-layers.json", config(
        model={"layers": [{"type": "conv2d", "channels": 4, "kernel": 3, "padding": 1}, {"type": "flatten"},
                          {"type": "dense", "units": 10}]},
        optimizer={"method": "lars"}, batch={"size": 64, "shards": 4, "microbatch": 16}, target={"testAccuracy": 0.9})
    yield "config", "bad-number-of-8000-digits.json", b'{"seed":' + b"9" * 8000 + b"}"
    yield "config", "bad-deep.json", deep
    yield "config", "bad-deeper.json", b"[" * 5000
    yield "config", "bad-twice-deep.json", b'{"a":' * 60 + b'{"b":1,"\\u0062":2}' + b"}" * 60
    yield "config", "bad-surrogate.json", config(name="x").replace(b'"x"', b'"\\ud800"')
    yield "config", "bad-exponent.json", config().replace(b"[8]", b"[1e-9223372036854775808]")
    yield "config", "bad-half-utf16.json", b"\xff\xfe{"
    yield "config", "bad-yaml.json", b"data:\n  dataset: digits\n"
    yield "config", "bad-binary.json", bytes(range(256))
    yield "config", "bad-large-model.json", config(model={"layers": [
        {"type": "conv2d", "channels": 65536, "kernel": 9223372036854775807, "padding": 1024}]})
    yield "json", "good-numbers.json", b"[0, -0, -0.0, 1e18, 3.0, 3e0, 9223372036854775807, 9223372036854775808, 1e-400, 5e-324, 123456789012345678.0]"
    yield "json", "good-negative-zeros.json", b"[-0e9223372036854775808, -1e-400, -0.0e5, -0]"
    yield "json", "bad-infinite.json", b"1e400"
    yield "json", "bad-half.json", b'{"a": [1, 2'
    yield "override", "good-steps.txt", b"steps=7\nname=2026\noptimizer.method=lars"
    yield "override", "good-element.txt", b"model.hidden.0=16\nmodel.hidden.1=8"
    yield "override", "bad-index.txt", b"model.hidden.9223372036854775808=1"
    yield "override", "bad-deep.txt", b"a." * 400 + b"b=1"
    yield "override", "bad-empty.txt", b"..=\n="


def records():
    steps = b"".join(line(step=n, epoch=n / 4, loss=1 / n, learningRate=0.1, batch=32) for n in range(1, 9))
    odd = [5e-324, 1, 1e308, -1e308, 0, -0.0, 1.7976931348623157e308, 4.9e-324]
    losses = b"".join(line(step=n + 1, epoch=n / 2, loss=v, learningRate=abs(v), batch=1) for n, v in enumerate(odd))
    tests = b"".join(line(step=n + 1, epoch=n / 2, testLoss=v, testAccuracy=v) for n, v in enumerate(odd))
    yield "metrics", "plain.jsonl", steps + line(step=8, epoch=2, testLoss=0.5, testAccuracy=0.75)
    yield "metrics", "odd-losses.jsonl", losses + tests
    yield "metrics", "large-steps.jsonl", line(step=LARGEST, epoch=1e308, loss=1, learningRate=1e308, batch=LARGEST) + line(step=-LARGEST - 1, epoch=-1e308, loss=1, learningRate=0, batch=0)
    yield "metrics", "axis-beyond-all.jsonl", line(step=7, epoch=3.0, loss=odd[6], learningRate=odd[6], batch=1) + line(step=2, epoch=0.5, testLoss=1, testAccuracy=1) + line(step=3, epoch=1.0, testLoss=1e308, testAccuracy=1e308)
    yield "metrics", "cut.jsonl", steps[:-20]
    yield "metrics", "nulls.jsonl", line(step=1, epoch=None, loss=None, learningRate=None, batch=None)


def receipt(count, **changes):
    """The lines of a receipt whose digests are those of nothing."""
    previous, lines = {}, b""
    for number in range(1, count + 1):
        digest = f"{number:064x}"
        fields = dict(blas="SkylakeX", configurationSHA256="0" * 64, dataSHA256="1" * 64, kernels="avx512", **previous,
                      programSHA256="2" * 64, sha256=digest, stateSHA256="3" * 64, step=number, stepsSHA256="4" * 64)
        lines += line(**{**fields, **changes})
        previous = {"previous": digest}
    return lines


def failure(**changes):
    """The record of a run of a small network on the digits whose first update overflows."""
    fields = {
        "blasCore": "SkylakeX", "configurationSHA256": "0" * 64, "dataSHA256": "1" * 64,
        "data": {"classNames": [str(n) for n in range(10)], "shape": [8, 8, 1], "testSamples": 360, "trainingSamples": 1437},
        "epoch": 0.01, "history": [], "inputs": [{"count": 64, "fingerprint": "0", "infinite": 0, "maximum": 1, "minimum": 0, "notANumber": 0, "zeros": 0}], "isothermVersion": "0.1.0",
        "kernels": "avx512", "layers": [], "learningRate": 1e30, "name": "fuzz", "notes": [], "noticed": "trainingLoss",
        "noticedAtStep": 2, "place": {"layer": "1", "layerKind": "dense", "microbatch": 0, "part": "forward", "row": 0, "shard": 0},
        "samples": 5, "set": "training", "step": 2, "tensors": [],
    }
    return json.dumps({key: value for key, value in {**fields, **changes}.items() if value is not None}).encode()


def runs():
    steps = b"".join(line(step=n, epoch=n / 4, loss=1 / n, learningRate=0.1, batch=32) for n in range(1, 9))
    compact = b"".join(json.dumps({"step": n, "epoch": n, "loss": 0.5}, separators=(",", ":")).encode() + b"\n" for n in range(1, 9))
    yield "resume", "good-compact.jsonl", compact
    yield "resume", "good-out-of-order.jsonl", steps[200:] + steps[:200] + compact[:90]
    yield "resume", "good-cut.jsonl", compact[:-9]
    yield "resume", "good-numbers.jsonl", b"".join(b'{"step":%s,"epoch":%s,"loss":%s}\n' % v for v in [
        (b"01", b"1", b"1"), (b"1", b"1.", b".5"), (b"1e0", b"1E0", b"-0"), (b"2", b"1e400", b"+1"), (b"9223372036854775808", b"1", b"0x1")])
    yield "receipt", "good-chain.jsonl", receipt(6)
    yield "receipt", "good-cut.jsonl", receipt(3)[:-7]
    yield "receipt", "good-backwards.jsonl", receipt(3, step=-LARGEST - 1) + receipt(2, step=LARGEST)
    yield "receipt", "good-null.jsonl", receipt(2, sha256=None, blas="\u0000\ud83d\ude00")
    yield "events", "good-names.txt", b"".join(b"events.out.tfevents.%d.host.%d.isotherm\n" % (1795806000 + n, n) for n in range(4))
    yield "events", "good-last.txt", b"events.out.tfevents.9999999998.a\nevents.out.tfevents.9999999999.b\nevents.out.tfevents.9223372036854775808.c"
    yield "events", "good-odd.txt", "events.out.tfevents.-1\nevents.out.tfevents.\u0661\u0662\nevents.out.tfevents.1\u00b2.x\nevents.out.tfevents.\n\nmetrics.jsonl".encode()
    yield "failure", "good-pass.json", failure()
    yield "failure", "good-weights.json", failure(set=None, place={"part": "weights", "tensor": "1.weight"})
    yield "failure", "bad-update.json", failure(set=None, place={"part": "update", "tensor": "1.weight"})
    yield "failure", "bad-huge-data.json", failure(data={"shape": [1 << 30], "testSamples": 1 << 30, "trainingSamples": 1 << 30, "width": 1})
    yield "failure", "bad-wide-data.json", failure(set=None, place={"part": "weights", "tensor": "1.weight"}, data={"classNames": [str(n) for n in range(10)], "shape": [8, 8, 165536], "testSamples": 360, "trainingSamples": 1437})
    yield "failure", "bad-shape.json", failure(data={"shape": [LARGEST, LARGEST, 3], "testSamples": 1, "trainingSamples": 1, "width": 1})
    yield "failure", "many-samples.json", failure(data={"classNames": [str(n) for n in range(10)], "shape": [8, 8, 1], "testSamples": (1 << 31) - 1, "trainingSamples": (1 << 31) - 1})
    yield "failure", "bad-other-classes.json", failure(data={"classNames": ["a", "b"], "shape": [8, 8, 1], "testSamples": 360, "trainingSamples": 1437})
    yield "failure", "bad-without-samples.json", failure(set=None, data={"classNames": ["a"], "shape": [1 << 30], "testSamples": 1, "trainingSamples": 1})
    yield "failure", "bad-place.json", failure(place={"part": "forward", "shard": LARGEST, "microbatch": -1, "row": -1})
    yield "failure", "bad-evaluation.json", failure(set="test", firstSample=LARGEST, samples=LARGEST)


def requests():
    host = b"Host: 127.0.0.1:8080\r\n"
    get = b"GET / HTTP/1.1\r\n"
    close = b"Connection: close\r\n\r\n"
    yield "request", "good-page.http", get + host + close
    yield "request", "good-pipelined.http", b"".join(b"GET /%s HTTP/1.1\r\n" % path + host + b"\r\n" for path in [
        b"metrics", b"live.js", b"live.css", b"report"]) + b"GET /events HTTP/1.1\r\n" + host + b"\r\n"
    yield "request", "good-head.http", b"\r\n\nHEAD http://[::1]:80/metrics.jsonl?token=a&b HTTP/1.0\r\n" + host + b"\r\n"
    yield "request", "good-upgrade.http", get + host + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"
    yield "request", "good-many.http", (get + host + b"\r\n") * 40
    yield "request", "bad-events-twice.http", (b"GET /events HTTP/1.1\r\n" + b"\r\n") * 2
    yield "request", "bad-http2.http", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    yield "request", "bad-http2-as-http1.http", b"PRI * HTTP/1.0\r\n\r\nSM\r\n\r\n"
    yield "request", "bad-tls.http", bytes([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]) + bytes(64)
    yield "request", "bad-body.http", b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 5\r\n\r\nhello" + get + host + close
    yield "request", "bad-smuggled.http", get + host + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /report HTTP/1.1\r\n" + host + b"\r\n"
    yield "request", "bad-host.http", get + b"Host: evil.example\r\n" + close
    yield "request", "bad-hosts.http", get + host + host + close
    yield "request", "bad-long.http", get + host + b"X: " + b"y" * 20000 + b"\r\n\r\n"
    yield "request", "bad-headers.http", get + host + b"".join(b"X%d: y\r\n" % n for n in range(400)) + b"\r\n"
    yield "request", "bad-half.http", get + host
    yield "request", "bad-folded.http", get + host + b" folded: x\r\n\r\n"
    yield "request", "bad-null.http", b"GET /\0 HTTP/1.1\r\n" + host + b"\r\n"


def arrays():
    images = idx(8, [4, 2, 2], bytes(range(16)))
    yield "idx", "good-images.idx", images
    yield "idx", "good-labels.idx", idx(8, [4], bytes([0, 1, 1, 0]))
    yield "idx", "good-doubles.idx", idx(14, [4, 2], b"".join(struct.pack(">d", v) for v in [1.5, -2, 0, 3, 4, 1e30, 5, 6]))
    yield "idx", "bad-dimensions.idx", idx(8, [2**32 - 1] * 8, b"")
    yield "idx", "bad-rank.idx", b"\x00\x00\x08\xff" + b"\x00\x00\x00\x01" * 60
    yield "idx", "bad-nan.idx", idx(13, [4, 1], struct.pack(">4f", 1, 2, float("nan"), float("inf")))
    yield "gzip", "good-images.idx.gz", packed(images)
    yield "gzip", "bad-cut.idx.gz", packed(images)[:-9]
    yield "gzip", "bad-sum.idx.gz", packed(images)[:-8] + bytes(8)
    yield "gzip", "two-streams.idx.gz", packed(images[:10]) + packed(images[10:])
    yield "gzip", "bad-bomb.idx.gz", zeros(16 << 20, idx(8, [1 << 31, 2], b""))
    table = [("<f4", "(4, 2)", struct.pack("<8f", *range(8)), "False", 1), ("|u1", "(4,)", bytes([0, 1, 1, 0]), "False", 1),
             (">i8", "(4, 2)", struct.pack(">8q", *range(8)), "True", 2), ("<U2", "(4,)", "".join("a\0b\0b\0a\0").encode("utf-32-le"), "False", 1)]
    for number, (kind, shape, content, order, version) in enumerate(table):
        yield "npy", f"form-{number}.npy", npy(kind, shape, content, order, version)
    yield "npy", "bad-shape.npy", npy("<f4", f"({LARGEST}, {LARGEST})", b"")
    yield "npy", "bad-negative.npy", npy("<f4", "(-1, 4)", bytes(16))
    yield "npy", "bad-length.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff"
    yield "npy", "bad-nested.npy", npy("[" * 3000, "(4,)", b"")
    members = [(f"{part}_{half}.npy", npy("|u1", "(4, 2)" if part == "x" else "(4,)", bytes(range(8)) if part == "x" else bytes([0, 1, 1, 0]))) for part in "xy" for half in ("train", "test")]
    yield "npz", "good-stored.npz", archive(members)
    yield "npz", "good-deflated.npz", archive(members, zipfile.ZIP_DEFLATED)
    yield "npz", "bad-overlapping.npz", overlapping(200)
    count = archive(members)
    end = count.index(b"PK\x05\x06")
    yield "npz", "bad-count.npz", count[: end + 8] + b"\xff" * 4 + count[end + 12 :]
    wide = b"PK\x06\x06" + struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, 2**32, 2**32, 46, 0) + b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    yield "npz", "bad-wide-count.npz", count[:end] + wide + b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 65535, 65535, 2**32 - 1, 2**32 - 1, 0)
    nest = archive([("x_train.npy", archive([("x.zip", archive([("y.zip", bytes(1000))], zipfile.ZIP_DEFLATED))], zipfile.ZIP_DEFLATED))], zipfile.ZIP_DEFLATED)
    yield "npz", "bad-nested.npz", nest
    yield "npz", "good-outside.npz", archive(members + [("../../outside.npy", b"x"), ("/etc/outside.npy", b"x")])
    yield "cifar", "good-record.bin", bytes([3]) + bytes(range(256))
    yield "cifar", "bad-label.bin", bytes([10]) + bytes(range(256))
    yield "cifar", "good-packed.bin.gz", zeros(3073 * 3)
    yield "cifar", "bad-cut.bin.gz", zeros(3073 * 3 - 1)
    rows = "".join(f"{n},{n * 0.5},{'ab'[n % 2]}\n" for n in range(12))
    yield "csv", "good-header.csv", ("first,second,label\n" + rows).encode()
    yield "csv", "good-semicolons.csv", ("\ufefferste;zweite;klasse\r\n" + "".join(f"{n},5;{n};{'ab'[n % 2]}\r\n" for n in range(12))).encode()
    yield "csv", "good-utf16.csv", ("a\tb\tlabel\n" + "".join(f"{n}\t2024-05-{n + 10}\t{'xy'[n % 2]}\n" for n in range(12))).encode("utf-16")
    yield "csv", "good-carriage-returns.csv", ("a,b\r" + "".join(f"{n},{n % 2}\r" for n in range(12))).encode()
    yield "csv", "good-quotes.csv", ('a,b\n' + "".join(f'"{n}","say ""{n % 2}"""\n' for n in range(12))).encode()
    yield "csv", "latin1.csv", ("a,b\n" + "".join(f"{n},caf\xe9{n % 2}\n" for n in range(12))).encode("latin-1")
    yield "csv", "missing.csv", ("a,b,c\n" + "".join(f"{n if n % 3 else ''},NA,{n % 2}\n" for n in range(12))).encode()
    yield "csv", "denormal.csv", ("a,b\n" + "".join(f"{v},{n % 2}\n" for n, v in enumerate(["5e-324", "1e-400", "1e308", "-1e308", "0", "1"] * 2))).encode()
    yield "csv", "bad-quote.csv", b'a,b\n1,"2\n3,4\n'
    yield "csv", "bad-numbers.csv", b"".join(b"%d,%d\n" % (10**400 + n, n) for n in range(4))
    yield "csv", "bad-bomb-commas.csv.gz", zeros(0, b"," * (3 << 20))
    yield "csv", "bad-bomb-cell.csv.gz", zeros(0, b"a,b\n" + b"7" * (66 << 20))


def files():
    one = {"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}
    yield "safetensors", "good-one.safetensors", tensors(one, struct.pack("<4f", 1, 2, 3, 4))
    yield "safetensors", "bad-overflow.safetensors", tensors({"a": {"dtype": "F32", "shape": [2305843009213693951], "data_offsets": [0, 9223372036854775804]}})
    yield "safetensors", "bad-unknown-type.safetensors", tensors({"a": {"dtype": "Q9", "shape": [1], "data_offsets": [0, LARGEST]}})
    yield "safetensors", "bad-gap.safetensors", tensors({"a": {"dtype": "U8", "shape": [1], "data_offsets": [4, 5]}}, bytes(5))
    yield "safetensors", "bad-length.safetensors", struct.pack("<Q", 2**64 - 1) + b"{}"
    yield "safetensors", "bad-nested.safetensors", tensors(b'{"a":' * 300)
    yield "safetensors", "bad-twice.safetensors", tensors(b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}')
    yield "safetensors", "good-empty-dimension.safetensors", tensors({"a": {"dtype": "U8", "shape": [0, LARGEST], "data_offsets": [0, 0]}})
    yield "picture", "good-grey.png", png(2, 3, b"\x00abc\x00def")
    yield "picture", "bad-bomb.png", png(9000, 9000, bytes(1000))
    yield "picture", "bad-largest.png", png(2**31 - 1, 2**31 - 1, b"")
    text = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(6 << 20), 9))
    yield "picture", "texts.png", png(2, 3, b"\x00abc\x00def", text * 3)
    yield "picture", "bad-bomb.jpg", jpeg(65535, 65535)
    yield "picture", "bad-wide.jpg", jpeg(9000, 9000)
    yield "picture", "bad-bomb.webp", webp(9000, 9000)
    yield "picture", "bad-largest.webp", webp(16384, 16384)
    plain = [("data/one.bin", b"one", tarfile.REGTYPE), ("data/two.bin", b"two", tarfile.REGTYPE)]
    hostile = [("../outside.bin", b"x", tarfile.REGTYPE), ("/tmp/outside.bin", b"x", tarfile.REGTYPE), ("data/one.bin", b"../outside.bin", tarfile.SYMTYPE)]
    yield "archive", "plain.tar.gz", packed(tar(plain))
    yield "archive", "hostile.tar.gz", packed(tar(hostile + plain))
    yield "archive", "plain.zip", archive([(name, content) for name, content, _ in plain], zipfile.ZIP_DEFLATED)
    yield "archive", "hostile.zip", archive([(name, content) for name, content, _ in hostile + plain])
    yield "archive", "bad-bomb.zip", archive([("data/one.bin", bytes(8 << 20))], zipfile.ZIP_DEFLATED)


def main():
    differing = []
    total = 0
    for part in (texts, records, runs, requests, arrays, files):
        for target, name, content in part():
            path = ROOT / target / name
            total += len(content)
            is_there = path.exists() and ("--check" in sys.argv or path.read_bytes() == content)
            if is_there:
                continue
            differing.append(path)
            if "--check" not in sys.argv:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    print(f"{total} bytes, {len(differing)} files {'missing' if '--check' in sys.argv else 'written'}")
    return 1 if differing and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
