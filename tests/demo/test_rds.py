import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml
from inline_snapshot import snapshot

from reconciler.demo.rds import route_configuration
from reconciler.model.migration import Affinity, Migration
from reconciler.model.stage import Stage
from reconciler.render.manifests import render_routing
from tests.render.examples import BUCKET, CASES, COOKIE, HOST, PROD, TEMPLATES, migration


def virtual_service(wanted: Migration, stage: Stage) -> dict[str, Any]:
    document = yaml.safe_load(render_routing(wanted, PROD, stage, 1, TEMPLATES))
    assert isinstance(document, dict)
    return document


def routes(wanted: Migration, stage: Stage) -> list[dict[str, Any]]:
    configuration = route_configuration({"rex": virtual_service(wanted, stage)}, version="abc")
    (host,) = configuration["resources"][0]["virtual_hosts"]
    found = host["routes"]
    assert isinstance(found, list)
    return found


def test_a_response_names_version_hosts_and_refuses_unknown_clusters() -> None:
    configuration = route_configuration({"rex": virtual_service(migration(), Stage.CANARY)}, version="abc")
    (resource,) = configuration["resources"]
    assert configuration["version_info"] == "abc"
    assert resource["validate_clusters"] is True
    assert resource["virtual_hosts"][0]["domains"] == [HOST, f"{HOST}:*"]


def test_the_canary_with_cookies_translates_rule_by_rule() -> None:
    source_cookie = "agent-side=source-1; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax"
    _, forced, sticky, _, weighted = routes(migration(COOKIE), Stage.CANARY)
    assert forced == snapshot(
        {
            "name": "forced-target",
            "match": {"prefix": "/", "headers": [{"name": "x-reconciler-side", "string_match": {"exact": "target"}}]},
            "route": {"cluster": "rex.agents.svc.cluster.local|target", "timeout": "1800.000s"},
        }
    )
    assert sticky["match"] == snapshot(
        {
            "prefix": "/",
            "headers": [
                {"name": "cookie", "string_match": {"safe_regex": {"regex": "(.*;\\s*)?agent-side=source-1(\\s*;.*)?"}}}
            ],
        }
    )
    clusters = weighted["route"].pop("weighted_clusters")["clusters"]
    assert [(cluster["name"], cluster["weight"]) for cluster in clusters] == [
        (f"{HOST}|source", 90),
        (f"{HOST}|target", 10),
    ]
    assert clusters[0]["response_headers_to_add"] == [
        {"header": {"key": "set-cookie", "value": source_cookie}, "append_action": "APPEND_IF_EXISTS_OR_ADD"}
    ]
    assert weighted == snapshot({"name": "weighted", "match": {"prefix": "/"}, "route": {"timeout": "1800.000s"}})


@pytest.mark.parametrize(
    ("stage", "side"), [(Stage.PLANNING, "source"), (Stage.ROLLED_BACK, "source"), (Stage.COMPLETE, "target")]
)
@pytest.mark.parametrize("affinity", [None, COOKIE, BUCKET])
def test_a_side_without_weight_is_left_out(stage: Stage, side: str, affinity: Affinity | None) -> None:
    default = routes(migration(affinity), stage)[-1]
    assert default["route"]["cluster"] == f"{HOST}|{side}"
    assert "weighted_clusters" not in default["route"]
    assert "response_headers_to_add" not in default


def test_the_mirror_is_a_share_of_a_million() -> None:
    *pinned, default = routes(migration(mirror=10), Stage.TESTING)
    assert default["route"]["request_mirror_policies"] == snapshot(
        [
            {
                "cluster": "rex.agents.svc.cluster.local|target",
                "runtime_fraction": {"default_value": {"numerator": 100000, "denominator": "MILLION"}},
            }
        ]
    )
    assert not [route for route in pinned if "request_mirror_policies" in route["route"]]


def test_retries_are_passed_on_only_when_asked_for() -> None:
    assert routes(CASES["plain"], Stage.CANARY)[-1]["route"]["retry_policy"] == snapshot(
        {"retry_on": "connect-failure,refused-stream", "num_retries": 2, "per_try_timeout": "1.500s"}
    )
    assert "retry_policy" not in routes(migration(), Stage.CANARY)[-1]["route"]


def test_a_task_without_a_deadline_has_none_in_envoy_either() -> None:
    endless = migration()
    endless = replace(endless, traffic=replace(endless.traffic, timeout=None))
    assert {route["route"]["timeout"] for route in routes(endless, Stage.CANARY)} == {"0s"}


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d.update(status={}), "rex has status"),
        (lambda d: d.update(kind="Gateway"), "rex: is Gateway"),
        (lambda d: d["spec"].update(tls=[]), "rex: spec has tls"),
        (lambda d: d["spec"].update(hosts=["a", "b"]), "rex: spec.hosts"),
        (lambda d: d["spec"].pop("http"), "rex: spec has no http"),
        (lambda d: d["spec"]["http"][0].update(fault={}), r"http\[0\] has fault"),
        (lambda d: d["spec"]["http"][0]["match"][0].update(uri={}), r"match\[0\] has uri"),
        (lambda d: d["spec"]["http"][0]["match"][0]["headers"].update(a={"prefix": "b"}), r"headers\.a is"),
        (lambda d: d["spec"]["http"][-1].update(timeout="soon"), r"timeout: \"soon\" is no duration"),
        (lambda d: d["spec"]["http"][-1].update(mirrorPercentage={"value": 5}), r"mirror has no host"),
        (lambda d: d["spec"]["http"][-1].update(mirror={"host": "a", "subset": "b"}), "mirrorPercentage has no value"),
        (lambda d: d["spec"]["http"][-1]["retries"].update(attempts=2), "retries has no retryOn"),
        (lambda d: d["spec"]["http"][-1]["route"][0].update(port=1), r"route\[0\] has port"),
        (lambda d: d["spec"]["http"][-1]["route"][0]["destination"].pop("subset"), r"destination has no subset"),
        (lambda d: d["spec"]["http"][-1]["route"][0]["headers"].update(request={}), r"headers has request"),
        (lambda d: d["spec"]["http"][-1]["route"][0]["headers"]["response"].update(set={}), "response has set"),
        (lambda d: [route.update(weight=0) for route in d["spec"]["http"][-1]["route"]], "no destination has a weight"),
    ],
)
def test_what_is_not_understood_is_refused_and_never_ignored(change: Change, complaint: str) -> None:
    document = copy.deepcopy(virtual_service(migration(), Stage.CANARY))
    change(document)
    with pytest.raises(ValueError, match=complaint):
        route_configuration({"rex": document}, version="abc")


def test_two_virtual_services_for_one_host_are_refused() -> None:
    document = virtual_service(migration(), Stage.CANARY)
    with pytest.raises(ValueError, match=r"^rex: spec\.hosts: .* by another VirtualService too"):
        route_configuration({"rex": document, "kit": document}, version="abc")
