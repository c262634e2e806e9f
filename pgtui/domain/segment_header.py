"""The first bytes of a WAL segment: whose it is, and where it belongs (source: xlog_internal.h)."""

import struct
from dataclasses import dataclass

HEADER_SIZE = 40
"""Bytes of the long page header that every segment begins with."""
_LONG_HEADER = 0x0002
_MAGIC_FAMILY = 0xD1
"""The upper byte of every version's page magic."""
# Magic, info, timeline, page address, remaining length, padding, system identifier, segment size, block size.
_FIELDS = struct.Struct("<HHIQIIQII")


@dataclass(frozen=True)
class SegmentHeader:
    """A long page header."""

    timeline: int
    address: int
    """Position of the segment's first byte."""
    system_identifier: str
    segment_size: int


def read_header(data: bytes) -> SegmentHeader | str:
    """Read a segment's first bytes; return what is wrong with them, in words, when they are no header."""
    if len(data) < HEADER_SIZE:
        return f"it has only {len(data)} bytes"
    if not any(data[:HEADER_SIZE]):
        return "it begins with zeros"
    magic, info, timeline, address, _, _, identifier, size, _ = _FIELDS.unpack_from(data)
    if magic >> 8 != _MAGIC_FAMILY or not info & _LONG_HEADER:
        return f"it does not begin with the header of a WAL segment (magic number {magic:04X})"
    return SegmentHeader(timeline, address, str(identifier), size)


def is_other_byte_order(data: bytes) -> bool:
    """Whether this may be a header that a machine of the other byte order wrote: it cannot be read here."""
    return len(data) >= 2 and data[0] == _MAGIC_FAMILY and data[1] != _MAGIC_FAMILY


def misplaced(header: SegmentHeader, timeline: int, number: int, segment_size: int) -> str:
    """Return in words why a header is not that of the segment its name says; "" when it is.

    Its timeline may be an older one: a timeline's first segment begins as a copy of its parent's.
    """
    if header.segment_size != segment_size:
        return f"it belongs to a cluster with segments of {header.segment_size} bytes"
    if header.address != number * segment_size:
        return (
            f"it begins at {header.address >> 32:X}/{header.address & 0xFFFFFFFF:X}, as another segment does"
        )
    if header.timeline > timeline:
        return f"it was written on timeline {header.timeline}"
    return ""
