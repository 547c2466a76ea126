"""Packs the configuration of one side into a ConfigMap: keys, text or binary, digest and size. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping

from reconciler.errors import RenderError

ANNOTATIONS_LIMIT = 262_144
"""Bytes of all annotations of one object together; the API server refuses more."""

DIGEST_ANNOTATION = "reconciler.dev/config-digest"


def encode_key(path: str) -> str:
    """Give the ConfigMap key of a path: each byte outside ``[A-Za-z0-9.-]`` as ``_`` and two hex digits.

    Raises:
        RenderError: Kubernetes takes no such key: empty, over 253 characters, ``.`` or beginning with ``..``.

    >>> encode_key(".claude/skills/a_b.md")
    '.claude_2fskills_2fa_5fb.md'
    """
    try:
        key = "".join(_escaped(byte) for byte in path.encode())
    except UnicodeEncodeError as error:
        raise RenderError(f"{path!r}: the path is not Unicode, so a ConfigMap cannot hold the file") from error
    if not key or key == "." or key.startswith("..") or len(key) > _KEY_LIMIT:
        message = f'{path!r}: gives the ConfigMap key "{key}" of {len(key)} characters'
        raise RenderError(
            f'{message}, must be 1 to {_KEY_LIMIT}, not "." and not begin with ".."',
            hint="shorten or rename the file; each character but letters, digits, dot and hyphen takes three",
        )
    return key


def decode_key(key: str) -> str:
    """Give back the path of a ConfigMap key.

    Raises:
        RenderError: No path has this key.

    >>> decode_key(".claude_2fskills_2fa_5fb.md")
    '.claude/skills/a_b.md'
    """
    try:
        path = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), key.encode()).decode()
    except UnicodeError as error:
        raise RenderError(f'ConfigMap key "{key}": does not decode to UTF-8') from error
    if encode_key(path) != key:
        raise RenderError(f'ConfigMap key "{key}": is not what any path is written as')
    return path


def split_files(files: Mapping[str, bytes]) -> tuple[dict[str, str], dict[str, str]]:
    """Sort files into a ConfigMap's ``data`` and ``binaryData``, both by key.

    Returns:
        Text that is UTF-8 without control characters, and everything else in base64.
    """
    text: dict[str, str] = {}
    binary: dict[str, str] = {}
    for path in sorted(files):
        content = files[path]
        try:
            decoded = content.decode()
        except UnicodeDecodeError:
            decoded = "\0"
        if _CONTROL.search(decoded):
            binary[encode_key(path)] = base64.b64encode(content).decode()
        else:
            text[encode_key(path)] = decoded
    return dict(sorted(text.items())), dict(sorted(binary.items()))


def config_digest(files: Mapping[str, bytes]) -> str:
    """Name this configuration by its content: the pods that serve with it report the same digest.

    Returns:
        ``sha256:`` and 64 hex digits over the files in the order of their paths, each path and each content
        preceded by its length in bytes and a colon.
    """
    digest = hashlib.sha256()
    for path, content in sorted((path.encode(), content) for path, content in files.items()):
        for part in (path, content):
            digest.update(b"%d:%b" % (len(part), part))
    return f"sha256:{digest.hexdigest()}"


def refuse_oversize(manifest: Mapping[str, object], files: Mapping[str, bytes], name: str) -> None:
    """Refuse a ConfigMap that ``kubectl apply`` could not write.

    Client-side apply keeps the whole object as JSON in an annotation, so that JSON (as Go writes it) and the
    other annotations count together. An annotation that a delivery tool adds on its own is not known here.

    Args:
        manifest: The object, with ``metadata.annotations``.
        files: What it holds, for the message.
        name: The manifest's file name.

    Raises:
        RenderError: It is too large; the message names the largest files.
    """
    size = annotations_size(manifest)
    if size <= ANNOTATIONS_LIMIT:
        return
    largest = sorted(files, key=lambda path: (-len(files[path]), path))[:3]
    listed = ", ".join(f"{path} ({len(files[path]):,} B)" for path in largest)
    raise RenderError(
        f"{name}: takes {size:,} B as kubectl stores it, must be at most {ANNOTATIONS_LIMIT:,} B; largest: {listed}",
        hint="move what the agent does not need out of its configuration folder",
    )


def annotations_size(manifest: Mapping[str, object]) -> int:
    """Count the bytes of all annotations after a client-side apply, kubectl's own one included."""
    metadata = manifest.get("metadata")
    annotations = metadata.get("annotations", {}) if isinstance(metadata, dict) else {}
    own = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    return own + len(_LAST_APPLIED) + _go_json_size(manifest)


def _go_json_size(value: object) -> int:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # Go escapes these three for HTML and the two separators for JavaScript, and ends with a line feed.
    html, separators = len(re.findall(r"[<>&]", text)), len(re.findall("[\u2028\u2029]", text))
    short = len(re.findall(r"\\[bf]", text.replace(r"\\", "")))  # older Go has no \b and \f and writes 000c
    return len(text.encode()) + 5 * html + 3 * separators + 4 * short + 1


def _escaped(byte: int) -> str:
    return chr(byte) if byte in _PLAIN else f"_{byte:02x}"


_KEY_LIMIT = 253
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-")
_ESCAPE = re.compile(rb"_([0-9a-f]{2})")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
