"""The kinds of values in our files: for each one the rule that reads it and the JSON Schema that describes it. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

from reconciler.model.migration import Cli, Entry, Mesh, MigrationId
from reconciler.model.policy import Bound, Decide, OnBreach, Then
from reconciler.model.stage import Stage
from reconciler.model.status import HoldKind
from reconciler.spec import addresses, grammar, times
from reconciler.spec.expected import Expected
from reconciler.spec.grammar import WrittenLimit
from reconciler.spec.layout import LABEL_PATTERN
from reconciler.spec.limits import HOST_CHARACTERS, INTEGER, SCALAR_BYTES
from reconciler.spec.rules import Reads, exactly, one_of, whole, word


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise Expected("be true or false", hint="yes, no, on and off are strings in YAML 1.2")


def _amount(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise Expected("be a number, 0 or more")


def _migration_id(value: object) -> MigrationId:
    found = _ID.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Expected("be a migration such as staging/rex", hint="write the environment, a slash and the name")
    return MigrationId(found[1], found[2])


def _string(pattern: str) -> dict[str, str]:
    return {"type": "string", "pattern": f"^(?:{pattern})$"}


_LIMIT = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        *(_string(form) for form in (grammar.PERCENTAGE_PATTERN, grammar.TIMES_PATTERN, grammar.MARGIN_PATTERN)),
    ]
}
_ID = re.compile(rf"({LABEL_PATTERN})/({LABEL_PATTERN})")
_LABEL_HINT = "at most 63 characters, beginning and ending with a letter or digit"
_A_LABEL = "be a name of lower-case letters, digits and hyphens"
_A_HOST = "be a host name such as rex.agents.svc.cluster.local"
_A_MODEL = "be a model's name as its CLI spells it"
_A_VERSION = "be a Kubernetes label: letters, digits, -, _ and ."

Label = Annotated[str, word(LABEL_PATTERN, _A_LABEL, hint=_LABEL_HINT)]
Host = Annotated[str, word(rf"{LABEL_PATTERN}(\.{LABEL_PATTERN})*", _A_HOST, longest=HOST_CHARACTERS)]
ModelName = Annotated[str, word(r"[A-Za-z0-9][A-Za-z0-9._:/@+~\[\]-]*", _A_MODEL, longest=HOST_CHARACTERS)]
VersionLabel = Annotated[str, word(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", _A_VERSION, hint=_LABEL_HINT)]
Gateway = Annotated[
    str,
    word(
        rf"({LABEL_PATTERN}/)?{LABEL_PATTERN}(\.{LABEL_PATTERN})*",
        "be mesh, or an Istio gateway such as istio-system/public",
        longest=HOST_CHARACTERS,
    ),
]
CookieName = Annotated[str, word("[A-Za-z0-9][A-Za-z0-9_-]*", "be a cookie's name of letters, digits, - and _")]
HeaderName = Annotated[
    str,
    word(
        "[a-z0-9]([a-z0-9-]*[a-z0-9])?",
        "be a header's name in lower case such as x-agent-bucket",
        hint="Istio compares header names in lower case",
    ),
]
Text = Annotated[str, word(r"[^\x00]*\S[^\x00]*", "be a text", longest=SCALAR_BYTES)]
Words = Annotated[str, word(r"[^\x00]*", "be a text, which may be empty", longest=SCALAR_BYTES)]
BlobId = Annotated[str, word("[0-9a-f]{40}|[0-9a-f]{64}", "be a git blob id in quotes", longest=64)]
Variable = Annotated[
    str,
    word(
        "[A-Z_][A-Z0-9_]*",
        "be the name of an environment variable such as RECONCILER_WEBHOOK_URL",
        hint="keep the secret itself in the variable, never in a file",
        secret=True,
    ),
]
IndicatorName = Annotated[str, word("[a-z][a-z0-9_]*", "be an indicator's name such as error_rate")]
Flag = Annotated[bool, Reads(_flag, {"type": "boolean"})]
Percent = Annotated[int, whole(0, 100)]
Attempt = Annotated[int, whole(1, INTEGER - 1)]
Count = Annotated[int, whole(0, INTEGER - 1)]
Amount = Annotated[float, Reads(_amount, {"type": "number", "minimum": 0})]
Duration = Annotated[timedelta, Reads(grammar.duration, _string(grammar.DURATION_PATTERN))]
SomeTime = Annotated[timedelta, Reads(grammar.some_time, _string(f"(?=.*[1-9]){grammar.DURATION_PATTERN}"))]
Moment = Annotated[datetime, Reads(grammar.moment, _string(grammar.MOMENT_PATTERN))]
MaxLimit = Annotated[WrittenLimit, Reads(partial(grammar.limit, bound=Bound.MAX), _LIMIT)]
MinLimit = Annotated[WrittenLimit, Reads(partial(grammar.limit, bound=Bound.MIN), _LIMIT)]
Chance = Annotated[float, Reads(grammar.chance, _string(grammar.PERCENTAGE_PATTERN))]
RequiredMigration = Annotated[MigrationId, Reads(_migration_id, _string(_ID.pattern))]
OnBreachName = Annotated[OnBreach, one_of(OnBreach)]
DecideName = Annotated[Decide, one_of(Decide)]
ThenName = Annotated[Then, one_of(Then)]
Cron = Annotated[str, Reads(times.cron, _string(times.CRON_PATTERN))]
Zone = Annotated[str, Reads(times.zone, _string(times.ZONE_PATTERN))]
HoldKindName = Annotated[HoldKind, one_of(HoldKind)]
StageName = Annotated[Stage, one_of(Stage)]
CliName = Annotated[Cli, one_of(Cli)]
ProfileName = Annotated[str, word("agent|istio", "be agent or istio")]
MeshName = Annotated[Mesh, one_of(Mesh)]
EntryName = Annotated[Entry, one_of(Entry)]
PrometheusUrl = Annotated[str, Reads(addresses.prometheus_url, {"type": "string", "pattern": "^https?://[^@?#]+$"})]
LedgerUrl = Annotated[str, Reads(addresses.ledger_url, {"type": "string", "pattern": "^(sqlite|postgresql)://"})]
RepositoryPath = Annotated[str, Reads(addresses.repository_path, {"type": "string", "minLength": 1})]
ApiVersion = Annotated[str, exactly("reconciler/v1")]
