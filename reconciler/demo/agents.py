"""The process in which the agents of the demo run: both sides of every migration, until its stdin closes."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from reconciler.demo.agent import AgentServer, Record
from reconciler.model.migration import MigrationId
from reconciler.model.stage import Side


def main(arguments: list[str]) -> None:
    """Serve until stdin closes, which it does when the process that started us is gone, however it went.

    Args:
        arguments: ``--addresses FILE`` (written once all of them listen), optionally ``--ledger FILE`` instead of
            exposed metrics, and the migrations as ENVIRONMENT/NAME.
    """
    parser = argparse.ArgumentParser(prog="reconciler.demo.agents")
    parser.add_argument("--addresses", type=Path, required=True)
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("migrations", nargs="+")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    servers = _servers([MigrationId(*text.split("/")) for text in options.migrations], options.ledger)
    for server in servers.values():
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ports = {name: server.server_address[1] for name, server in servers.items()}
    unfinished = options.addresses.with_suffix(".tmp")
    unfinished.write_text(json.dumps(ports))
    unfinished.replace(options.addresses)
    sys.stdin.read()


def _servers(migrations: list[MigrationId], ledger: Path | None) -> dict[str, AgentServer]:
    record, text = _recording(migrations, ledger)
    return {
        f"{migration}/{side}": AgentServer(migration, side, record, text) for migration in migrations for side in Side
    }


def _recording(migrations: list[MigrationId], ledger: Path | None) -> tuple[Record, Callable[[], bytes] | None]:
    """Say where outcomes go; only what is in use is imported, since the metrics library is an extra."""
    if ledger is not None:
        from reconciler.demo.bookkeeping import Bookkeeper  # noqa: PLC0415 - see above

        return Bookkeeper(ledger).record, None
    from reconciler.demo.exposition import Exposition  # noqa: PLC0415 - see above

    exposition = Exposition(migrations)
    return exposition.record, exposition.text


if __name__ == "__main__":
    main(sys.argv[1:])
