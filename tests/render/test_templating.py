import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from reconciler.errors import RenderError
from reconciler.render.templating import OUTPUT_LIMIT, Lines, render


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("on", '"on"'),
        ("1e3", '"1e3"'),
        ("a\n---\nb", r'"a\n---\nb"'),
        (7, "7"),
        (0, "0"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_a_value_comes_out_as_yaml_that_reads_back_as_that_value(value: object, written: str) -> None:
    assert render({"a.j2": "{{ value }}"}, "a.j2", {"value": value}) == written


@pytest.mark.parametrize("value", [None, 1.5, ["a"], {"a": 1}, b"a", object()])
def test_a_value_without_one_clear_spelling_is_refused(value: object) -> None:
    with pytest.raises(RenderError, match=r"a\.j2:2: \w+ cannot be written as one YAML value"):
        render({"a.j2": "\n{{ value }}"}, "a.j2", {"value": value})


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("\n\n{{ hots }}", r"^a\.j2:3: 'hots' is undefined"),
        ("\n{{ value.hots }}", r"^a\.j2:2: .*hots"),
        ("\n{% if %}", r"^a\.j2:2: Expected an expression"),
        ("\n{% include 'b.j2' %}", r"^b\.j2:1: 'missing' is undefined"),
        ("{% include 'c.j2' %}", r"^a\.j2: there is no template c\.j2"),
        ("{% include 'a.j2' %}", "recursion"),
    ],
)
def test_an_error_names_template_and_line(template: str, complaint: str) -> None:
    with pytest.raises(RenderError, match=complaint):
        render({"a.j2": template, "b.j2": "{{ missing }}"}, "a.j2", {"value": {}})


@pytest.mark.parametrize(
    "template",
    [
        "{{ value.__class__.__mro__ }}",
        "{{ ''['__class__'] }}",
        "{{ value.format(1) }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ value|attr('__class__') }}",
        "{{ lipsum.__globals__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__ }}",
        "{{ things.append(1) }}",
        "{{ mapping.update({'a': 1}) }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 'a'.center(1000000000) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'a'|replace('a', 'aa') }}",
        "{% set a = value ~ value %}{% set a = a ~ a %}{{ a }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% filter upper %}a{% endfilter %}",
        "{% call value() %}{% endcall %}",
        "{% import 'a.j2' as a %}",
        "{{ value() }}",
    ],
)
def test_a_template_can_neither_reach_python_nor_grow_without_bound(template: str) -> None:
    with pytest.raises(RenderError):
        render({"a.j2": template}, "a.j2", {"value": "text", "things": [], "mapping": {}})


def test_a_template_text_in_a_value_is_text() -> None:
    assert render({"a.j2": "{{ value }}"}, "a.j2", {"value": "{{ 7 * 7 }}"}) == '"{{ 7 * 7 }}"'


@pytest.mark.parametrize(("size", "fits"), [(OUTPUT_LIMIT - 1, True), (OUTPUT_LIMIT, True), (OUTPUT_LIMIT + 1, False)])
def test_output_is_limited_in_bytes(size: int, fits: bool) -> None:  # noqa: FBT001 - a table
    text = "é" * (size // 2) + "a" * (size % 2)
    if fits:
        assert len(render({"a.j2": text}, "a.j2", {}).encode()) == size
    else:
        with pytest.raises(RenderError, match="more than 1,048,576 B"):
            render({"a.j2": text}, "a.j2", {})


def test_loops_that_multiply_stop_at_the_limit() -> None:
    loops = "{% for a in things %}" * 4 + "xxxx" + "{% endfor %}" * 4
    with pytest.raises(RenderError, match="more than 1,048,576 B"):
        render({"a.j2": loops}, "a.j2", {"things": list(range(200))})


@given(st.text(st.characters(codec="utf-8")))
def test_lines_read_back_as_the_same_text_by_yaml_1_1_and_1_2(text: str) -> None:
    written = render({"a.j2": "data:\n  key: {{ text }}\nafter: 1\n"}, "a.j2", {"text": Lines(text)})
    wanted = {"data": {"key": text}, "after": 1}
    assert yaml.load(written, yaml.CSafeLoader) == wanted
    assert YAML(typ="safe", pure=True).load(written) == wanted


def test_each_line_of_a_text_stands_on_a_line_of_its_own() -> None:
    written = render({"a.j2": "  {{ text }}\n"}, "a.j2", {"text": Lines("one\n\n  two\nthree")})
    assert written == '  "one\\n\\n\\\n    \\  two\\n\\\n    three"\n'
