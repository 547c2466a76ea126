import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler.errors import RenderError
from reconciler.model.migration import Arm, BucketAffinity, CookieAffinity, Environment, Mesh, Migration, MigrationId
from reconciler.model.stage import Stage
from reconciler.render.configmaps import ANNOTATIONS_LIMIT, annotations_size, config_digest, decode_key
from reconciler.render.manifests import render_manifests, render_routing
from tests.render.examples import (
    BUCKET,
    CASES,
    COOKIE,
    MANIFESTS,
    PROD,
    SOURCE_FILES,
    TARGET_FILES,
    TEMPLATES,
    migration,
)

GOLDEN = Path(__file__).parent / "cases"


def manifests(
    wanted: Migration, stage: Stage, attempt: int = 1, environment: Environment = PROD, **files: dict[str, bytes]
) -> dict[str, bytes]:
    return render_manifests(
        wanted,
        environment,
        stage,
        attempt,
        source_files=files.get("source_files", SOURCE_FILES),
        target_files=files.get("target_files", TARGET_FILES),
        templates=TEMPLATES,
    )


@pytest.mark.parametrize("case", CASES)
def test_every_stage_renders_the_reviewed_files(case: str) -> None:
    rendered = {
        f"{stage}/virtualservice.yaml": render_routing(CASES[case], PROD, stage, 1, TEMPLATES)
        for stage in Stage
        if stage is not Stage.ROLLED_BACK
    }
    rendered |= {name: manifests(CASES[case], Stage.PLANNING)[name] for name in MANIFESTS[1:]}
    folder = GOLDEN / case / "expected"
    if os.environ.get("UPDATE_CASES") == "1":
        for name, content in rendered.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    reviewed = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.yaml")}
    assert rendered == reviewed, "after a wanted change: UPDATE_CASES=1 pytest tests/render, and read the diff"


@pytest.mark.parametrize("case", CASES)
def test_only_the_virtual_service_differs_between_stages(case: str) -> None:
    planning = manifests(CASES[case], Stage.PLANNING)
    assert tuple(planning) == MANIFESTS
    for stage in Stage:
        rendered = manifests(CASES[case], stage)
        assert {name for name in MANIFESTS if rendered[name] != planning[name]} <= {"virtualservice.yaml"}
        assert rendered["virtualservice.yaml"] == render_routing(CASES[case], PROD, stage, 1, TEMPLATES)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("attempt", [1, 2])
def test_rolled_back_is_planning_byte_for_byte(case: str, attempt: int) -> None:
    rolled_back, planning = (manifests(CASES[case], stage, attempt) for stage in (Stage.ROLLED_BACK, Stage.PLANNING))
    assert rolled_back == planning


def test_an_attempt_shows_in_cookies_and_nowhere_else() -> None:
    for stage in Stage:
        changed = manifests(migration(COOKIE), stage, 1) != manifests(migration(COOKIE), stage, 2)
        assert changed is stage.splits_traffic
        assert manifests(migration(BUCKET), stage, 1) == manifests(migration(BUCKET), stage, 2)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("stage", Stage)
def test_no_manifest_tells_its_stage(case: str, stage: Stage) -> None:
    text = b"\n".join(manifests(CASES[case], stage, source_files={}, target_files={}).values())
    assert not [name for name in Stage if name.encode() in text]


def test_the_config_maps_give_back_every_file_and_its_digest() -> None:
    rendered = manifests(migration(), Stage.PLANNING)
    for side, files in (("source", SOURCE_FILES), ("target", TARGET_FILES)):
        document = yaml.safe_load(rendered[f"configmap-{side}.yaml"])
        assert {decode_key(key): text.encode() for key, text in document["data"].items()} == {
            path: content for path, content in files.items() if not path.endswith(".png")
        }
        assert document["metadata"]["annotations"] == {"reconciler.dev/config-digest": config_digest(files)}


def test_a_configuration_of_the_greatest_size_renders_and_one_byte_more_names_the_files() -> None:
    def sized(length: int) -> dict[str, bytes]:
        return {"big.md": b"<\n" * 30_000 + b"x" * length, "small.md": b"1"}

    first = yaml.safe_load(manifests(migration(), Stage.PLANNING, source_files=sized(0))["configmap-source.yaml"])
    room = ANNOTATIONS_LIMIT - annotations_size(first)
    assert manifests(migration(), Stage.PLANNING, source_files=sized(room))
    with pytest.raises(RenderError, match=r"^prod/rex: configmap-source\.yaml: takes 262,145 B .* largest: big\.md \("):
        manifests(migration(), Stage.PLANNING, source_files=sized(room + 1))


def test_a_far_too_large_configuration_names_its_three_largest_files() -> None:
    files = {name: b"\x01" * size for name, size in (("a", 10), ("b", 10**6), ("c", 2 * 10**6), ("d", 3 * 10**6))}
    with pytest.raises(RenderError, match=r"largest: d \(3,000,000 B\), c \(2,000,000 B\), b \(1,000,000 B\)"):
        manifests(migration(), Stage.PLANNING, target_files=files)


def test_a_mesh_that_cannot_be_rendered_is_named() -> None:
    with pytest.raises(RenderError, match="mesh: none"):
        manifests(migration(), Stage.PLANNING, environment=replace(PROD, mesh=Mesh.NONE))


def test_a_missing_template_is_named() -> None:
    with pytest.raises(RenderError, match=r"there is no template virtualservice\.yaml\.j2"):
        render_routing(migration(), PROD, Stage.PLANNING, 1, {})


@pytest.mark.skipif(
    "RECONCILER_SHARED" not in os.environ, reason="RECONCILER_SHARED does not say where the schemas are"
)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["virtualservice", "destinationrule"])
def test_istio_knows_every_field(case: str, kind: str) -> None:
    schema = json.loads(Path(os.environ["RECONCILER_SHARED"], "schemas", f"istio-v1-{kind}.json").read_bytes())
    for stage in Stage:
        document = yaml.safe_load(manifests(CASES[case], stage)[f"{kind}.yaml"])
        jsonschema.validate(document, schema)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**document, "spec": {**document["spec"], "typo": 1}}, schema)


HOSTILE = st.one_of(
    st.sampled_from(
        [
            "a\nnamespace: kube-system",
            "\n---\nkind: ClusterRoleBinding",
            '"',
            "'",
            "\\",
            "{{ 7 * 7 }}",
            "{% raw %}",
            "#",
            "on",
            "1:30",
            "1e3",
            "~",
            "",
            " ",
            "<<",
            "*a",
            "😀",
            "\x00",
            "\x85",
            "\u2028",
            "\ufeff",
            "\ud800",
            "100\n    - destination: {host: evil}",
        ]
    ),
    st.text(),
)


@st.composite
def hostile_worlds(draw: st.DrawFn) -> tuple[Migration, Environment, dict[str, bytes]]:
    base = migration(
        draw(
            st.one_of(
                st.none(),
                HOSTILE.map(BucketAffinity),
                HOSTILE.map(lambda name: CookieAffinity(name, timedelta(hours=1))),
            )
        )
    )
    traffic = replace(base.traffic, host=draw(HOSTILE), gateways=tuple(draw(st.lists(HOSTILE, min_size=1, max_size=2))))
    wanted = replace(
        base,
        id=MigrationId(draw(HOSTILE), draw(HOSTILE)),
        source=Arm(base.source.cli, draw(HOSTILE), draw(HOSTILE), draw(HOSTILE)),
        target=Arm(base.target.cli, draw(HOSTILE), draw(HOSTILE)),
        traffic=traffic,
    )
    files = draw(st.dictionaries(HOSTILE, st.one_of(st.binary(), HOSTILE.map(_encoded)), max_size=3))
    return wanted, replace(PROD, name=draw(HOSTILE), namespace=draw(HOSTILE)), files


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


@given(hostile_worlds(), st.sampled_from(Stage))
def test_hostile_values_read_back_as_themselves_or_are_refused(
    world: tuple[Migration, Environment, dict[str, bytes]], stage: Stage
) -> None:
    wanted, environment, files = world
    try:
        rendered = manifests(wanted, stage, 1, environment, source_files=files)
    except RenderError:
        return
    documents = {name: _read_twice(content) for name, content in rendered.items()}
    for document in documents.values():
        assert document["metadata"]["namespace"] == environment.namespace
        assert document["metadata"]["labels"]["reconciler.dev/migration"] == wanted.id.name
    assert [document["metadata"]["name"].removeprefix(wanted.id.name) for document in documents.values()] == [
        "",
        "",
        "-source-config",
        "-target-config",
    ]
    spec = documents["virtualservice.yaml"]["spec"]
    assert (spec["hosts"], spec["gateways"]) == ([wanted.traffic.host], list(wanted.traffic.gateways))
    destinations = [route["destination"]["host"] for rule in spec["http"] for route in rule["route"]]
    assert set(destinations) == {wanted.traffic.host}
    subsets = documents["destinationrule.yaml"]["spec"]["subsets"]
    assert [subset["labels"]["version"] for subset in subsets] == [wanted.source.version, wanted.target.version]
    data = documents["configmap-source.yaml"].get("data", {})
    assert {decode_key(key): text.encode() for key, text in data.items()}.items() <= files.items()


def _read_twice(content: bytes) -> Any:
    as_yaml_1_1 = yaml.load(content, yaml.CSafeLoader)
    assert YAML(typ="safe", pure=True).load(content) == as_yaml_1_1
    return as_yaml_1_1


def test_a_plain_hostile_host_is_not_refused() -> None:
    wanted = migration(None)
    wanted = replace(wanted, traffic=replace(wanted.traffic, host="a\n---\n{{ b }} 😀"))
    document = _read_twice(manifests(wanted, Stage.CANARY)["virtualservice.yaml"])
    assert document["spec"]["hosts"] == ["a\n---\n{{ b }} 😀"]
