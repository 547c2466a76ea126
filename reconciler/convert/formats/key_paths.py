"""Says which keys of a document its format defines, and which are its user's own. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

Path = tuple[str | int, ...]
"""Keys and indices from the root of a document."""


class KeyPaths:
    """A set of dotted paths in JSON's spelling, where ``*`` stands for any one key or index.

    >>> keys = KeyPaths(["mcpServers", "mcpServers.*.timeoutMs"])
    >>> keys.spelling(("mcp_servers", "myServer", "timeout_ms")), keys.spelling(("mcp_servers", "myServer"))
    ('timeoutMs', None)
    """

    def __init__(self, paths: Collection[str] = ()) -> None:
        self._patterns = [tuple(path.split(".")) for path in paths]

    def __contains__(self, path: Path) -> bool:
        return self._pattern(path) is not None

    def spelling(self, path: Path) -> str | None:
        """Give JSON's spelling of the last key of a path in either spelling; None for a key that is its user's own."""
        found = self._pattern(path)
        return None if found is None or found[-1] == "*" else found[-1]

    def _pattern(self, path: Path) -> tuple[str, ...] | None:
        for pattern in self._patterns:
            if len(pattern) == len(path) and all(
                wanted == "*" or key in {wanted, snake_case(wanted)} for wanted, key in zip(pattern, path, strict=True)
            ):
                return pattern
        return None


def snake_case(name: str) -> str:
    """Write a camelCase name as TOML formats do.

    >>> snake_case("startupTimeoutMs"), snake_case("baseURL")
    ('startup_timeout_ms', 'base_url')
    """
    return _HUMP.sub("_", name).lower()


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
