"""The one reader of YAML: bytes in, plain values with their lines out, or every mistake. Pure."""

from __future__ import annotations

import re

import yaml

from reconciler.errors import Mistake, ReconcilerError, SpecError
from reconciler.spec import limits
from reconciler.spec.composer import Composer
from reconciler.spec.document import Document, refuse


def read(data: bytes, path: str, *, most_bytes: int = limits.BLOB_BYTES) -> Document:
    """Read one YAML file strictly.

    The core types of YAML 1.2; no duplicate keys, anchors, aliases, tags, merge keys, directives or second documents;
    nothing that two YAML readers would read differently; nothing above the limits of ``limits``.

    Args:
        data: The file's bytes, UTF-8; one byte order mark is tolerated.
        path: The file, from the repository's root, for messages.
        most_bytes: How large it may be.

    Raises:
        SpecError: All mistakes up to the point where reading could not go on.
        ReconcilerError: PyYAML was installed without its C library.
    """
    if len(data) > most_bytes:
        message = f"the file has {len(data)} bytes, must have at most {most_bytes}"
        raise SpecError([Mistake(path, 0, message, "is it the right file?")])
    text = _decode(data, path)
    _refuse_characters(text, path)
    composer = Composer(path)
    _feed(composer, text)
    refuse(composer.mistakes)
    return composer.document(text)


def _decode(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8, the file must be UTF-8"
        raise SpecError([Mistake(path, line, message, "save the file as UTF-8")]) from None


def _refuse_characters(text: str, path: str) -> None:
    found = _NOT_FOR_YAML.search(text)
    if found is None:
        return
    line = text.count("\n", 0, found.start()) + 1
    character = f"U+{ord(found[0]):04X}"
    if found[0] in _LINE_BREAKS:
        message = f"{character} is a line break for some YAML readers and none for others, must not stand here"
        hint = f'write it as "\\u{ord(found[0]):04x}" inside double quotes'
    else:
        message = f"{character} is a control character, must not stand here"
        hint = "delete it; an editor that shows invisible characters helps"
    raise SpecError([Mistake(path, line, message, hint)])


def _feed(composer: Composer, text: str) -> None:
    if not yaml.__with_libyaml__:
        raise ReconcilerError(
            "PyYAML was installed without libyaml, its C library; reading would take seven times as long",
            hint="install a PyYAML wheel for this platform, or libyaml's headers and then PyYAML from source",
        )
    parser = yaml.CBaseLoader(text)
    try:
        for _ in range(limits.EVENTS):
            event = parser.get_event()
            if event is None:
                return
            composer.take(event)
        if parser.get_event() is not None:
            composer.stop(0, f"the file has more than {limits.EVENTS} parts, must have fewer", "split the file")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        hint = "look at the line above too: a quote, a bracket or the indentation may be wrong"
        composer.stop(mark.line + 1 if mark else 0, f"this is not YAML ({said})", hint)
    except yaml.YAMLError as error:
        composer.stop(0, f"this is not YAML ({error})", "")


_LINE_BREAKS = "\x85\u2028\u2029"
_NOT_FOR_YAML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
