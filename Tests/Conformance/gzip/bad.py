"""Streams that break RFC 1952, or the bounds on what a body may decode to."""

import gzip
import zlib


def member(content, level=6):
    return gzip.compress(content, level, mtime=0)


def bomb(decoded, filler):
    """A member that decodes to so many bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(filler) for _ in range(decoded // len(filler))]
    return b"".join(parts) + packer.flush()


def streams(content):
    """By name: what the gateway must not take for a whole body. `content` is what it would have been."""
    packed = member(content)
    half = len(packed) // 2

    def flipped(position):
        return packed[:position] + bytes([packed[position] ^ 0x5A]) + packed[position + 1:]

    return {
        "cut in the middle": packed[:half],
        "cut in the trailer": packed[:-1],
        "without its trailer": packed[:-8],
        "cut after its header": packed[:10],
        "damaged in the middle": flipped(half),
        "of another method": flipped(2),
        "with reserved flags": packed[:3] + bytes([0xE0]) + packed[4:],
        "with a wrong checksum": flipped(len(packed) - 8),
        "with a wrong length": flipped(len(packed) - 4),
        "followed by garbage": packed + b"trailing",
        "followed by zeros": packed + bytes(512),
        "followed by half a member": packed + packed[:half],
        "followed by a damaged member": packed + flipped(len(packed) - 8),
        "not gzip at all": content or b"plain",
        "zlib in place of gzip": zlib.compress(content),
        "raw deflate": zlib.compress(content, wbits=-15),
    }
