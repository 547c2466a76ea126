"""Reads Codex's rules files as far as they are plain lists of rules; nothing in them is ever run. Pure."""

from __future__ import annotations

import ast
import itertools
import re
import shlex
import warnings
from collections.abc import Iterator

from reconciler.convert.agent import Permission, PermissionRule, Unreadable
from reconciler.convert.codex.prefix import command_prefix
from reconciler.convert.documents import Origin
from reconciler.convert.text import fault_of_text, without_bom

MAX_SIZE = 256 * 1024
MAX_RULES = 100
"""How many rules the alternatives of one call may stand for."""


class _NotPlainError(Exception):
    """A statement is no plain rule."""


def read_rules(path: str, data: bytes) -> Iterator[PermissionRule | Unreadable]:
    """Read each ``prefix_rule(...)`` whose arguments are literals, in Claude Code's grammar.

    Args:
        path: The file's path.
        data: Its bytes, in Starlark.

    Yields:
        The rules, one for each alternative; and what is no such call, with its line.
    """
    try:
        statements = _statements(data)
    except _NotPlainError as fault:
        yield Unreadable(f"file:{path}", Origin(path, fault.args[0]), fault.args[1])
        return
    for statement in statements:
        origin = Origin(path, statement.lineno)
        try:
            yield from _rules(statement, origin)
        except _NotPlainError as fault:
            yield Unreadable(f"permission:{path}", origin, fault.args[0])


def _statements(data: bytes) -> list[ast.stmt]:
    if fault := fault_of_text(data):
        raise _NotPlainError(*fault)
    if len(data) > MAX_SIZE:
        raise _NotPlainError(1, f"found more than {MAX_SIZE} bytes, expected at most that")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an unknown escape, which Starlark refuses too
        try:
            return ast.parse(without_bom(data)).body
        except SyntaxError as error:
            raise _NotPlainError(error.lineno or 1, "found no Starlark, expected prefix_rule(...) calls") from None
        except (RecursionError, MemoryError, ValueError):
            raise _NotPlainError(1, "found Starlark too deep to read, expected prefix_rule(...) calls") from None


def _rules(statement: ast.stmt, origin: Origin) -> Iterator[PermissionRule]:
    arguments = _arguments(statement)
    decision = _DECISIONS.get(str(arguments.get("decision", "allow")))
    if decision is None:
        raise _NotPlainError("found an unknown decision, expected allow, prompt or forbidden")
    justification = arguments.get("justification")
    for words in _prefixes(arguments.get("pattern")):
        text = _written(decision, words, str(justification)) or _text(decision, words)
        yield PermissionRule(decision, text, origin, "Bash", text[len("Bash(") : -1] if text.endswith(")") else None)


def _arguments(statement: ast.stmt) -> dict[str, object]:
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id != "prefix_rule":
        raise _NotPlainError("found something else than prefix_rule(...), which is never run")
    named = [(keyword.arg, keyword.value) for keyword in call.keywords]
    try:
        values = [ast.literal_eval(node) for node in call.args]
        return dict(zip(_PARAMETERS, values, strict=False)) | {str(key): ast.literal_eval(node) for key, node in named}
    except (ValueError, TypeError, RecursionError, MemoryError):
        raise _NotPlainError("found a rule that is computed, expected literals only") from None


def _prefixes(pattern: object) -> Iterator[tuple[str, ...]]:
    elements = pattern if isinstance(pattern, list) else []
    choices = [one if isinstance(one, list) else [one] for one in elements]
    if not choices or not all(words and all(_is_word(word) for word in words) for words in choices):
        raise _NotPlainError("found no useful pattern, expected a list of words and of lists of words")
    found = list(itertools.islice(itertools.product(*choices), MAX_RULES + 1))
    if len(found) > MAX_RULES:
        raise _NotPlainError(f"found more than {MAX_RULES} alternatives, expected fewer")
    yield from found


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.isprintable()


def _written(decision: Permission, words: tuple[str, ...], justification: str) -> str:
    """Give the rule that a conversion wrote down as the reason, if it still means this prefix."""
    match = _REASON.fullmatch(justification)
    is_ours = match and match[1] == decision and tuple(command_prefix(match[3] or "*")[0]) == words
    return match[2] if match and is_ours else ""


def _text(decision: Permission, words: tuple[str, ...]) -> str:
    text = shlex.join(words)
    means = tuple(command_prefix(f"{text}:*")[0])
    if decision is Permission.ALLOW and means != words:
        raise _NotPlainError("found a word with a character that is a pattern elsewhere: it would allow more")
    return f"Bash({text}:*)"


_PARAMETERS = ("pattern", "decision", "match", "not_match", "justification")
_DECISIONS = {"allow": Permission.ALLOW, "prompt": Permission.ASK, "forbidden": Permission.DENY}
_REASON = re.compile(r"(allow|ask|deny) (Bash(?:\((.*)\))?)", re.DOTALL)
