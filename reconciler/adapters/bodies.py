"""Reads the body of an HTTP answer within limits, and as strict JSON."""

from __future__ import annotations

import json
import time
import zlib

import requests

from reconciler.errors import SourceFault

LARGEST_BODY = 32 * 1024 * 1024
"""Bytes after inflating, where nobody says otherwise: what a hundred busy migrations did fits, a bomb does not."""

_CHUNK = 64 * 1024
_GZIP = zlib.MAX_WBITS | 16


def read_body(response: requests.Response, until: float, largest: int = LARGEST_BODY) -> bytes:
    """Read a body that has not been read yet, as it comes in, so that a slow one is given up in time.

    Args:
        response: An answer that was asked for as a stream; its body comes plain or as gzip.
        until: When to give up, on the monotonic clock.
        largest: Bytes after inflating.

    Raises:
        SourceFault: The body is too large, cut off, late or in an encoding that nobody asked for.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise SourceFault("the answer is in an encoding that nobody asked for, expected gzip or none")
    inflate = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    body = bytearray()
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        body += _inflated(inflate, chunk, largest + 1 - len(body)) if inflate else chunk
        if len(body) > largest:
            raise SourceFault(f"the answer is larger than {largest // 1024**2} MiB")
        if time.monotonic() > until:
            raise SourceFault("the answer came too slowly")
    if inflate and (not inflate.eof or inflate.unused_data):
        raise SourceFault("the answer's gzip stream is cut off or has something behind it")
    return bytes(body)


def parse_json(body: bytes) -> object:
    """Parse JSON as its standard has it: no NaN, no infinity, no repeated key, UTF-8.

    Raises:
        SourceFault: The body is anything else.
    """
    try:
        document: object = json.loads(
            body.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_without_repeats
        )
    except (ValueError, RecursionError) as error:
        raise SourceFault(f"the answer is no strict JSON ({_short(error)})") from None
    return document


def _inflated(inflate: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    try:
        return inflate.decompress(chunk, most)
    except zlib.error:
        raise SourceFault("the answer says it is gzip and is not") from None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return document


def _short(error: Exception) -> str:
    # A decoder's message names place and kind; that of a bad byte would also hold the whole body.
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)[:100]
