"""Lists what a configuration counts on and does not bring: variables, programs and tools. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reconciler.convert.agent import AgentConfig, McpServer
from reconciler.model.migration import Cli
from reconciler.model.validation import Finding


def needed_variables(config: AgentConfig) -> Iterator[Finding]:
    """Name the environment variables that the servers take, one line a server."""
    for server in config.servers:
        texts = [one for one in _values(server) if isinstance(one, str)]
        names = sorted({match[1] for text in texts for match in _REFERENCE.finditer(text)})
        if names and server.enabled:
            yield Finding(
                str(server.origin), f"mcp:{server.name} needs {', '.join(names)}", "set them in the target's pods"
            )


def needed_programs(config: AgentConfig) -> Iterator[Finding]:
    """Name the programs that the servers and hooks start, which the target's image has to hold."""
    wanted: dict[str, str] = {}
    for server in config.servers:
        if isinstance(server.command, str) and server.command and server.enabled:
            wanted.setdefault(server.command, str(server.origin))
    for program, where in wanted.items():
        if not program.startswith((".", "$")) and program not in _EVERYWHERE:
            yield Finding(where, f"needs the program {program}", "the target's image must hold it")


def unknown_tools(source: AgentConfig, target: Cli) -> Iterator[Finding]:
    """Name the tools that commands and subagents count on and the target has not."""
    lacking = _LACKING.get(target, frozenset())
    named: Iterable[tuple[str, str, tuple[str, ...]]] = [
        *((f"subagent:{one.name}", str(one.origin), one.tools or ()) for one in source.subagents),
        *((f"command:{one.name}", str(one.origin), one.allowed_tools) for one in source.commands),
    ]
    for name, where, tools in named:
        missing = sorted({tool.partition("(")[0].strip() for tool in tools} & lacking)
        if missing:
            yield Finding(where, f"{name} counts on {', '.join(missing)}, which {target} has not")


def _values(server: McpServer) -> list[object]:
    return [
        server.command,
        server.url,
        server.cwd,
        *server.args,
        *server.env.values(),
        *server.headers.values(),
    ]


_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}")
_EVERYWHERE = frozenset({"sh", "env", "/bin/sh"})
_LACKING = {
    Cli.CODEX: frozenset({"NotebookEdit", "LSP", "Monitor", "ToolSearch", "KillShell", "BashOutput", "PowerShell"}),
    Cli.GEMINI: frozenset({"NotebookEdit", "LSP", "Monitor", "ToolSearch", "KillShell", "BashOutput", "PowerShell"}),
    Cli.OPENCODE: frozenset({"NotebookEdit", "Monitor", "ToolSearch", "KillShell", "BashOutput", "PowerShell"}),
}
