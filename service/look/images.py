"""What kind of image some bytes are, and how large: SVG, PNG or WebP."""

import re
import struct

from lxml import etree

_SVG = "{http://www.w3.org/2000/svg}svg"
_NUMBER = r"\d{1,5}(?:\.\d{1,9})?"


class NoImage(Exception):
    """Not an image of one of the three kinds; the message says what is wrong."""


def media_type_and_size(data: bytes) -> tuple[str, int, int]:
    """The media type, and the width and height in pixels, at least 1 each. NoImage else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and len(data) > 24:
        media_type, size = "image/png", struct.unpack(">II", data[16:24])
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        media_type, size = "image/webp", _size_of_webp(data)
    else:
        media_type, size = "image/svg+xml", _size_of_svg(data)
    width, height = size
    if not (0 < width < 100_000 and 0 < height < 100_000):
        raise NoImage("says no width and height")
    return media_type, max(1, round(width)), max(1, round(height))


def _size_of_webp(data: bytes) -> tuple[int, int]:
    """As its first chunk says it (RFC 9649): lossy, lossless or extended."""
    kind, head = data[12:16], data[20:30]
    if len(head) == 10 and kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[6:])
        return width & 0x3FFF, height & 0x3FFF
    if len(head) == 10 and kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if len(head) == 10 and kind == b"VP8X":
        return (
            int.from_bytes(head[4:7], "little") + 1,
            int.from_bytes(head[7:10], "little") + 1,
        )
    raise NoImage("is a WebP file without an image")


def _size_of_svg(data: bytes) -> tuple[float, float]:
    """Of `width` and `height`, or else of the `viewBox`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise NoImage("must be an SVG, PNG or WebP image") from None
    if root.tag != _SVG:
        raise NoImage("must be an SVG, PNG or WebP image")
    sides = [re.fullmatch(rf"({_NUMBER})(?:px)?", root.get(name, "")) for name in SIDES]
    if sides[0] and sides[1]:
        return float(sides[0][1]), float(sides[1][1])
    box = re.fullmatch(rf"\s*\S+\s+\S+\s+({_NUMBER})\s+({_NUMBER})\s*", _plain_box(root))
    if not box:
        raise NoImage("needs a viewBox, or a width and height in pixels")
    return float(box[1]), float(box[2])


SIDES = ("width", "height")


def _plain_box(root: etree._Element) -> str:
    return root.get("viewBox", "").replace(",", " ")
