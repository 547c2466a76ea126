"""What two other converters reach with Codex as the target: published figures, not measured by this benchmark.

Shares of the agents with the feature in which all of it is kept, in percent, over 75 public agents in November 2026, by
rulesync 17.0.0 and by ruler 0.3.44, judged by Codex 0.169.0. Ruler has no importer and was fed by hand.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """The shares of rulesync and of ruler, in percent; None where nothing was measured."""

    rulesync: int | None
    ruler: int | None


SOURCE = "published November 2026, for Codex: rulesync 17.0.0, ruler 0.3.44 (given its files by hand)"
PEERS = {
    "whole instruction set, judged by the CLI": Published(63, 56),
    "nested memory in its folder": Published(19, 19),
    "standing files of the target": Published(30, 100),
    "fenced blocks verbatim": Published(100, 100),
    "memory bytes outside imports": Published(93, 99),
    "MCP servers judged by Codex": Published(100, 100),
    "MCP variables judged by Codex": Published(0, 0),
    "permission rules in the target": Published(3, 0),
    "deny rules in the target": Published(0, 0),
    "hooks present": Published(50, 0),
    "command bodies": Published(0, 0),
    "subagent bodies": Published(50, 53),
    "skill bodies": Published(63, 100),
    "skill helper files": Published(40, 100),
}
