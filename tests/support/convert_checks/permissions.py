"""Makes a truth table of the Bash rules: what Claude Code decides of sample commands, and what the target may say."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reconciler.model.conversion import Outcome
from tests.support.convert_checks.agents import Converted
from tests.support.convert_checks.layout import kind
from tests.support.convert_checks.score import Score

Decide = Callable[[list[str]], str]
"""Says what the target decides of a command's words: ``forbidden``, ``prompt``, ``allow``, or empty for nothing."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A command and what the source decides of it: deny, ask, allow, or empty when no rule speaks of it.

    Attributes:
        may_be_stricter: Whether the ledger says that a deny or an ask near it reaches further than in the source.
    """

    words: tuple[str, ...]
    decision: str
    may_be_stricter: bool


def truth_table(converted: Converted, decide: Decide) -> Score:
    """No sample is decided more weakly than by the source, and none that the source allows is kept from running."""
    table = samples(converted)
    faults = []
    for sample in table:
        answer = decide(list(sample.words))
        if answer not in _FITTING[sample.decision] | (_STRICT if sample.may_be_stricter else set()):
            faults.append(f"{' '.join(sample.words)}: {answer or 'nothing'} for {sample.decision or 'nothing'}")
    return Score.of(table, faults)


def samples(converted: Converted) -> list[Sample]:
    """Give sample commands for every Bash rule that the ledger has kept: what it names, and one word more."""
    rules = list(_rules(converted))
    commands = {words for _, spec, kept in rules if kept for words in _commands(spec)}
    wider = [_literal_words(spec) for decision, spec, kept in rules if decision != "allow" and not kept]
    return [
        Sample(words, _decision(rules, " ".join(words)), any(words[: len(stem)] == stem for stem in wider))
        for words in sorted(commands)
    ]


def deny_enforced(converted: Converted) -> Score:
    """Deny rules, whatever their tool, for which something stands in the target."""
    denied = [item for item in converted.items("permission") if item.item.startswith("permission:deny:")]
    return Score.of(denied, [f"{one.item}: {one.reason}" for one in denied if one.outcome is Outcome.DROPPED])


def in_target(converted: Converted) -> Score:
    """Permission rules, whatever they decide, for which something stands in the target."""
    rules = converted.items("permission")
    return Score.of(rules, [f"{one.item}: {one.reason}" for one in rules if one.outcome is Outcome.DROPPED])


def _rules(converted: Converted) -> Iterator[tuple[str, str, bool]]:
    kept = {item.item for item in converted.items("permission") if item.outcome is Outcome.KEPT}
    for path, data in converted.source.items():
        try:
            table = json.loads(data).get("permissions", {}) if kind(path) == "settings" else {}
        except ValueError:
            continue
        for decision in ("deny", "ask", "allow"):
            for rule in table.get(decision, []):
                match = re.fullmatch(r"Bash\((.*)\)", rule, re.DOTALL)
                if match:
                    yield decision, match[1], f"permission:{decision}:{rule}" in kept or decision == "allow"


def _commands(spec: str) -> Iterator[tuple[str, ...]]:
    if _SHELL.search(spec):
        return
    stem = re.sub(r"(?::\*| \*)$", "", spec).replace("*", "word")
    try:
        words = tuple(shlex.split(stem))
    except ValueError:
        return
    if words:
        yield words
        yield (*words, "more")


def _literal_words(spec: str) -> tuple[str, ...]:
    words = spec.split()
    return tuple(words[: next((n for n, word in enumerate(words) if "*" in word), len(words))])


def _decision(rules: list[tuple[str, str, bool]], command: str) -> str:
    decisions = {decision for decision, spec, _ in rules if _fits(spec, command)}
    return next((one for one in ("deny", "ask", "allow") if one in decisions), "")


def _fits(spec: str, command: str) -> bool:
    if match := re.fullmatch(r"(.*?)(?::\*| \*)", spec, re.DOTALL):
        stem = match[1].replace("[", "[[]")
        return fnmatchcase(command, stem) or fnmatchcase(command, f"{stem} *")
    return fnmatchcase(command, spec.replace("[", "[[]"))


_SHELL = re.compile(r"[|&;<>()$`\\\n\"'{}~=]")
_STRICT = {"prompt", "forbidden"}
_FITTING = {"deny": {"forbidden"}, "ask": _STRICT, "allow": {"", "allow"}, "": {"", *_STRICT}}
"""The target's words that are as strict as the source's decision; an allow may also need no rule."""
