import tomllib

from reconciler.convert.agent import AgentConfig, Scope, Secret, Telemetry
from reconciler.convert.codex.writer.environment import write_environment
from reconciler.convert.documents import Origin
from reconciler.convert.formats.toml_text import dumps
from reconciler.model.migration import Cli

TELEMETRY = Telemetry(
    enabled=True,
    endpoint="https://otel.e.test/",
    protocol="http/json",
    signals=frozenset({"metrics", "logs"}),
    headers={"team": "a", "authorization": Secret("token")},
    origins={"env:OTEL_EXPORTER_OTLP_ENDPOINT": Origin("settings.json", 3)},
)


def test_a_project_has_no_telemetry_of_its_own_in_codex() -> None:
    table, items = write_environment(AgentConfig(Cli.CLAUDE, telemetry=TELEMETRY))
    assert table == {}
    assert [(one.item, one.outcome.value) for one in items] == [("env:OTEL_EXPORTER_OTLP_ENDPOINT", "dropped")]
    assert "--scope user" in items[0].reason


def test_a_users_telemetry_goes_to_each_signals_own_address_and_takes_no_secret_along() -> None:
    table, items = write_environment(AgentConfig(Cli.CLAUDE, Scope.USER, telemetry=TELEMETRY))
    http = {"protocol": "json", "headers": {"team": "a"}}
    assert tomllib.loads(dumps(table))["otel"] == {
        "log_user_prompt": False,
        "exporter": {"otlp-http": {"endpoint": "https://otel.e.test/v1/logs", **http}},
        "metrics_exporter": {"otlp-http": {"endpoint": "https://otel.e.test/v1/metrics", **http}},
        "trace_exporter": "none",
    }
    assert "authorization left out" in items[0].reason
