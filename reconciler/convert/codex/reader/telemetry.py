"""Reads where Codex sends its own telemetry from the user's ``config.toml``. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reconciler.convert import secrets
from reconciler.convert.agent import Role, Setting, Telemetry, Value
from reconciler.convert.documents import Origin
from reconciler.convert.formats.strict_json import Node

_SIGNALS = {"exporter": "logs", "metrics_exporter": "metrics", "trace_exporter": "traces"}


def read_telemetry(path: str, node: Node) -> Iterator[Telemetry | Setting]:
    """Give the telemetry, and as a setting each key that it has no place for.

    An exporter that sends to another place than the first one is such a key.

    Raises:
        JsonFault: A key has not the type that Codex expects.
    """
    keys = node.members()
    telemetry = Telemetry(enabled=False)
    for key, member in keys.items():
        place = {f"setting:otel.{key}": Origin(path, member.line)}
        if key == "log_user_prompt" and isinstance(member.value, bool):
            telemetry = replace(telemetry, log_prompts=member.value, origins={**telemetry.origins, **place})
        elif key in _SIGNALS and (added := _with_exporter(telemetry, _SIGNALS[key], member)):
            telemetry = replace(added, origins={**telemetry.origins, **place})
        else:
            yield Setting(f"otel.{key}", Role.OTHER, Origin(path, member.line))
    if telemetry.origins:
        yield telemetry


def _with_exporter(telemetry: Telemetry, signal: str, node: Node) -> Telemetry | None:
    if node.value == "none":
        return telemetry
    exporters = node.value if isinstance(node.value, Mapping) else {}
    kind = next(iter(exporters), "")
    if kind not in _PROTOCOLS:
        return None
    keys = exporters[kind].members()
    endpoint = keys["endpoint"].text() if "endpoint" in keys else ""
    protocol = _PROTOCOLS[kind].get(keys["protocol"].text() if "protocol" in keys else "binary", "")
    sink = replace(
        telemetry,
        enabled=True,
        endpoint=endpoint.removesuffix(f"/v1/{signal}"),
        protocol=protocol,
        signals=telemetry.signals | {signal},
        headers=_headers(keys.get("headers")),
    )
    is_same = (sink.endpoint, sink.protocol, sink.headers) == (
        telemetry.endpoint,
        telemetry.protocol,
        telemetry.headers,
    )
    return sink if is_same or not telemetry.enabled else None


def _headers(node: Node | None) -> dict[str, Value]:
    texts = {name: member.text() for name, member in node.members().items()} if node else {}
    return {name: secrets.judge(name, text) or text for name, text in texts.items()}


_PROTOCOLS = {
    "otlp-http": {"json": "http/json", "binary": "http/protobuf"},
    "otlp-grpc": {"binary": "grpc"},
}
