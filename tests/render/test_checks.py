import pytest

from reconciler.errors import RenderError
from reconciler.model.stage import Stage
from reconciler.render.manifests import render_manifests
from tests.render.examples import PROD, SOURCE_FILES, TARGET_FILES, TEMPLATES, migration

VIRTUAL_SERVICE, DESTINATION_RULE, CONFIG_MAP = "virtualservice.yaml.j2", "destinationrule.yaml.j2", "configmap.yaml.j2"


def rendered(name: str, old: str, new: str, stage: Stage = Stage.CANARY) -> dict[str, bytes]:
    text = TEMPLATES[name]
    assert old in text, "the test changes what is no longer there"
    return render_manifests(
        migration(),
        PROD,
        stage,
        1,
        source_files=SOURCE_FILES,
        target_files=TARGET_FILES,
        templates={**TEMPLATES, name: text.replace(old, new)},
    )


@pytest.mark.parametrize(
    ("template", "old", "new", "complaint"),
    [
        (VIRTUAL_SERVICE, "{{ side.weight }}", "50", r"http\[4\]\.route\[0\]\.weight is 50, must be 90"),
        (VIRTUAL_SERVICE, "{{ side.weight }}", '"90"', r"weight is \"90\", must be 90"),
        (VIRTUAL_SERVICE, "{{ side.weight }}", "90.0", r"weight is 90.0, must be 90"),
        (VIRTUAL_SERVICE, "weight: {{ side.weight }}", "# none", r"weight is absent, must be 90"),
        (VIRTUAL_SERVICE, "{% for side in sides %}", "{% for side in sides|sort(attribute='weight') %}", "source"),
        (VIRTUAL_SERVICE, "subset: {{ side.side }}", "subset: canary", 'subset is "canary", must be "source"'),
        (VIRTUAL_SERVICE, "host: {{ host }}", "host: evil", 'host is "evil", must be "rex'),
        (VIRTUAL_SERVICE, "subset: {{ pin.side }}", "subset: target", 'subset is "target", must be "source"'),
        (VIRTUAL_SERVICE, "{{ pin.header }}:", "X-Reconciler-Side:", "X-Reconciler-Side"),
        (
            VIRTUAL_SERVICE,
            '- name: "weighted"',
            "- match: [{uri: {prefix: /}}]",
            r"http\[4\]\.match is .*, must be absent",
        ),
        (VIRTUAL_SERVICE, '- name: "weighted"', "- fault: {abort: {}}", r"http\[4\] has fault, may have"),
        (VIRTUAL_SERVICE, "{% if mirror_percentage %}", "{% if true %}", r"mirror is .*, must be absent"),
        (VIRTUAL_SERVICE, "timeout: {{ timeout }}", "timeout: soon", r'http\[0\]\.timeout: "soon" is no duration'),
        (VIRTUAL_SERVICE, "timeout: {{ timeout }}", "timeout: 0s", "shorter than 1 ms"),
        (
            VIRTUAL_SERVICE,
            "{% if timeout %}",
            "{% if timout %}",
            r"virtualservice\.yaml\.j2:\d+: 'timout' is undefined",
        ),
        (VIRTUAL_SERVICE, "name: {{ name }}", "name: other", 'metadata.name is "other", must be "rex"'),
        (VIRTUAL_SERVICE, "{{ namespace }}", "kube-system", 'namespace is "kube-system", must be "agents"'),
        (VIRTUAL_SERVICE, "kind: VirtualService", "kind: Gateway", 'kind is "Gateway", must be "VirtualService"'),
        (VIRTUAL_SERVICE, "istio.io/v1", "istio.io/v1beta1", "apiVersion"),
        (VIRTUAL_SERVICE, "managed-by: reconciler", "managed-by: helm", "managed-by"),
        (VIRTUAL_SERVICE, "  labels:", "  finalizers: [a]\n  labels:", "metadata has finalizers"),
        (VIRTUAL_SERVICE, "  labels:", "  labels:\n    a: 1", "labels.a is 1, must be a string"),
        (VIRTUAL_SERVICE, "  labels:", "  labels:\n    on: a", "has the key True"),
        (VIRTUAL_SERVICE, "spec:", "spec:\n  tcp: []", "spec has tcp"),
        (VIRTUAL_SERVICE, "spec:", "status: {}\nspec:", "has status"),
        (VIRTUAL_SERVICE, "spec:", "---\nspec:", "cannot be read back as one YAML document"),
        (VIRTUAL_SERVICE, "spec:", "spec: {}\nspec:", "duplicate key 'spec'"),
        (VIRTUAL_SERVICE, "  gateways:", "  gateways:\n    - public", "gateways"),
        (VIRTUAL_SERVICE, "{{ side.cookie }}", '"a=b"', r'set-cookie is "a=b"'),
        (DESTINATION_RULE, "{{ side.version }}", "v2", 'version is "v2", must be "claude"'),
        (DESTINATION_RULE, "- name: {{ side.side }}", "- name: a", 'name is "a", must be "source"'),
        (DESTINATION_RULE, "host: {{ host }}", "host: evil", "spec.host"),
        (DESTINATION_RULE, "{% for side in sides %}", "{% for side in [sides|first] %}", "absent, must be"),
        (DESTINATION_RULE, 'interval: "10s"', "interval: 10", 'interval: "10" is no duration'),
        (DESTINATION_RULE, 'interval: "10s"', "interval: 1:30", 'interval: "90" is no duration'),
        (CONFIG_MAP, "{{ file.key }}: {{ file.value }}", "a: {{ file.value }}", "duplicate key"),
        (CONFIG_MAP, "{% if binary %}", "{% if false %}", "binaryData is absent"),
        (CONFIG_MAP, "{% if text %}\ndata:", "{% if text %}\ndata:\n  extra: b", 'data.extra is "b", must be absent'),
        (CONFIG_MAP, "{{ digest }}", "sha256:0", "config-digest"),
        (CONFIG_MAP, "kind: ConfigMap", "kind: ConfigMap\nimmutable: true", "has immutable"),
        (CONFIG_MAP, "kind: ConfigMap", "kind: Secret", "kind"),
    ],
)
def test_a_template_cannot_move_traffic_or_name_other_objects(
    template: str, old: str, new: str, complaint: str
) -> None:
    with pytest.raises(RenderError, match=complaint) as caught:
        rendered(template, old, new)
    assert str(caught.value).startswith("prod/rex: ")


@pytest.mark.parametrize(
    ("template", "old", "new"),
    [
        (VIRTUAL_SERVICE, "timeout: {{ timeout }}", "timeout: 1h30m"),
        (VIRTUAL_SERVICE, '- name: "weighted"', '- name: "rest"\n      headers: {request: {set: {x-time: "1"}}}'),
        (VIRTUAL_SERVICE, "spec:", 'spec:\n  exportTo: ["."]'),
        (DESTINATION_RULE, "maxEjectionPercent: 50", "maxEjectionPercent: 100"),
        (DESTINATION_RULE, "spec:", "spec:\n  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}"),
        (CONFIG_MAP, "  labels:", "  labels:\n    team: agents"),
        (CONFIG_MAP, "  annotations:", '  annotations:\n    argocd.argoproj.io/sync-wave: "-2"'),
    ],
)
def test_a_template_may_change_what_does_not_decide_where_a_task_goes(template: str, old: str, new: str) -> None:
    assert rendered(template, old, new) != rendered(template, old, old)


def test_a_content_that_was_changed_is_not_shown() -> None:
    with pytest.raises(RenderError) as caught:
        rendered(CONFIG_MAP, "{{ file.value }}", '"' + "secret" * 40 + '"')
    assert "secret" not in str(caught.value)
