"""Writes archives of two small files into the folder that is its argument: as their makers would, and hostile ones."""

import io
import os
import sys
import tarfile
import zipfile

folder = sys.argv[1]
members = [("data/one.bin", bytes(range(256)) * 5), ("data/two.bin", b"two" * 100_000)]


def tar(name, entries):
    with tarfile.open(os.path.join(folder, name), "w:gz", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in entries:
            if content is None:
                info = tarfile.TarInfo(path)
                info.type = tarfile.SYMTYPE
                info.linkname = "/etc"
                archive.addfile(info)
                continue
            info = tarfile.TarInfo(path)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


tar("good.tar.gz", [("data/readme.html", b"x" * 700)] + members)
tar("hostile.tar.gz", [("../outside.bin", b"evil"), ("/tmp/outside.bin", b"evil"), ("data", None)] + members)
tar("lacking.tar.gz", members[:1])
with zipfile.ZipFile(os.path.join(folder, "good.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("../outside.bin", b"evil")
    for path, content in members:
        archive.writestr(path, content)
with open(os.path.join(folder, "good.zip"), "rb") as file:
    content = bytearray(file.read())
place = content.find(b"data/two.bin") + 40
content[place] ^= 0xFF
with open(os.path.join(folder, "damaged.zip"), "wb") as file:
    file.write(content)
