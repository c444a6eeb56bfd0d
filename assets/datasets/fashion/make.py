"""Draws the built-in fashion set from the train-* files of Fashion-MNIST.

    python3 make.py FOLDER

FOLDER holds train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz. Writes,
beside this program:

    images.png   one grey strip, 28 pixels across: 12 000 images of 28 x 28, one below
                 the other, 10 000 for training and then 2 000 for validation
    labels.bin   12 000 bytes, the class of each image

Each class gives 1 000 training and 200 validation images. Within a class they are the
ones whose SHA-256 of "fashion INDEX" is smallest, so the draw needs no generator and is
the same everywhere; within each part they keep the order that they have in the source.
The test files (t10k-*) are not read. Standard library only.
"""

import gzip
import hashlib
import pathlib
import struct
import sys
import zlib

TRAIN, VALIDATION, CLASSES, SIDE = 1000, 200, 10, 28


def read_idx(path, dims):
    data = gzip.open(path, "rb").read()
    magic, *shape = struct.unpack(f">I{'I' * dims}", data[: 4 + 4 * dims])
    assert magic == 0x0800 + dims, path
    body = data[4 + 4 * dims :]
    size = 1
    for extent in shape:
        size *= extent
    assert len(body) == size, path
    return shape, body


def paeth(row, above):
    """One PNG row of type 4: each byte less its Paeth predictor (PNG specification, 9.4)."""
    out, left, corner = bytearray([4]), 0, 0
    for value, up in zip(row, above):
        estimate = left + up - corner
        near = (abs(estimate - left), abs(estimate - up), abs(estimate - corner))
        predictor = (left, up, corner)[near.index(min(near))]
        out.append((value - predictor) & 255)
        left, corner = value, up
    return bytes(out)


def png(pixels, width):
    rows = [pixels[i : i + width] for i in range(0, len(pixels), width)]
    packer = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_FILTERED)
    above, filtered = bytes(width), bytearray()
    for row in rows:
        filtered += paeth(row, above)
        above = row
    body = packer.compress(bytes(filtered)) + packer.flush()

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, len(rows), 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def main():
    source, here = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).resolve().parent
    shape, pixels = read_idx(source / "train-images-idx3-ubyte.gz", 3)
    _, labels = read_idx(source / "train-labels-idx1-ubyte.gz", 1)
    assert shape[1:] == [SIDE, SIDE] and shape[0] == len(labels)

    train, validation = [], []
    for wanted in range(CLASSES):
        members = [i for i, label in enumerate(labels) if label == wanted]
        members.sort(key=lambda i: hashlib.sha256(f"fashion {i}".encode()).digest())
        train += members[:TRAIN]
        validation += members[TRAIN : TRAIN + VALIDATION]
    order = sorted(train) + sorted(validation)

    stride = SIDE * SIDE
    strip = b"".join(pixels[i * stride : (i + 1) * stride] for i in order)
    (here / "images.png").write_bytes(png(strip, SIDE))
    (here / "labels.bin").write_bytes(bytes(labels[i] for i in order))


if __name__ == "__main__":
    main()
