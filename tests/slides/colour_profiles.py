"""A hand-made ICC profile whose colours visibly differ from sRGB."""

import struct


def linear_profile() -> bytes:
    """Return a matrix profile with sRGB's primaries and a straight tone curve."""
    primaries = {
        b"rXYZ": (0.4360, 0.2225, 0.0139),
        b"gXYZ": (0.3851, 0.7169, 0.0971),
        b"bXYZ": (0.1431, 0.0606, 0.7139),
        b"wtpt": (0.9642, 1.0, 0.8249),
    }
    tags = {name: b"XYZ \0\0\0\0" + _fixed(*xyz) for name, xyz in primaries.items()}
    straight = b"curv\0\0\0\0" + struct.pack(">IHxx", 1, 0x0100)
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), straight)
    return _assembled(tags)


def _fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _assembled(tags: dict[bytes, bytes]) -> bytes:
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    header = struct.pack(
        ">I4sI4s4s4s12x4s4s",
        offset + len(body),
        b"none",
        0x02100000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        b"acsp",
        b"none",
    )
    header = header.ljust(68, b"\0") + _fixed(0.9642, 1.0, 0.8249)
    return header.ljust(128, b"\0") + table + body
