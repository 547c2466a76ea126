import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reconciler.cli.convert import convert
from reconciler.errors import ReconcilerError


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "settings.json"
    path.write_text('{"servers": {"files": {"port": 1}},\n "none": null}')
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(convert, [str(argument) for argument in arguments])


def test_it_writes_beside_the_source_and_lists_what_is_lost(document: Path) -> None:
    result = run(document, "--to", "toml")
    place = document.with_suffix(".toml")
    assert (result.exit_code, result.stdout) == (0, f"wrote {place}\n")
    assert result.stderr == f"dropped   key:none  {document}:2: TOML has no null\n"
    assert place.read_text() == "[servers.files]\nport = 1\n"


def test_a_second_run_writes_nothing(document: Path) -> None:
    run(document, "--to", "toml")
    assert run(document, "--to", "toml").stdout == "nothing to write\n"


def test_the_way_back_is_the_same_document(tmp_path: Path) -> None:
    source = tmp_path / "a.toml"
    source.write_text("# why\na = 1.0\n")
    result = run(source, "--to", "json", "--output", "json")
    assert json.loads(result.stdout) == {
        "from": "toml",
        "to": "json",
        "written": [str(tmp_path / "a.json")],
        "items": [{"item": "comment", "source": f"{source}:1", "outcome": "dropped", "reason": "JSON has no comments"}],
    }
    assert (tmp_path / "a.json").read_text() == '{\n  "a": 1.0\n}\n'


@pytest.mark.parametrize(("out", "place"), [("b.toml", "b.toml"), ("there", "there/settings.toml")])
def test_it_writes_where_it_is_told(document: Path, out: str, place: str) -> None:
    document.with_name("there").mkdir()
    run(document, "--to", "toml", "--out", document.with_name(out))
    assert (document.parent / place).read_text() == "[servers.files]\nport = 1\n"


def test_a_dash_writes_the_document_and_nothing_else_to_stdout(document: Path) -> None:
    result = run(document, "--to", "toml", "--out", "-", "--output", "json")
    assert result.stdout == "[servers.files]\nport = 1\n"
    assert json.loads(result.stderr)["items"][0]["item"] == "key:none"
    assert list(document.parent.iterdir()) == [document]


def test_strict_ends_with_three_when_something_was_dropped(document: Path) -> None:
    assert run(document, "--to", "toml", "--strict").exit_code == 3
    document.with_name("b.json").write_text("{}")
    assert run(document.with_name("b.json"), "--to", "toml", "--strict").exit_code == 0


def test_a_secret_is_named_by_its_place_and_never_repeated(document: Path) -> None:
    secret = "ghp_" + "A1b2" * 9
    document.write_text(f'{{"a":\n "{secret}", "b": null}}')
    result = run(document, "--to", "toml")
    assert f"secret: {document}:2: looks like a GitHub token" in result.stderr
    assert secret not in result.stdout + result.stderr


def test_other_content_is_never_overwritten(document: Path) -> None:
    place = document.with_suffix(".toml")
    place.write_text("mine = 1\n")
    result = run(document, "--to", "toml")
    assert isinstance(result.exception, ReconcilerError)
    assert str(result.exception).startswith(f"{place}: found a file with other content, expected none")
    assert place.read_text() == "mine = 1\n"


def test_a_link_is_never_written_through(document: Path, tmp_path: Path) -> None:
    document.with_suffix(".toml").symlink_to(tmp_path / "elsewhere")
    assert isinstance(run(document, "--to", "toml").exception, ReconcilerError)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("name", "text", "target", "message"),
    [
        pytest.param("a.json", "[1]", "toml", "a.json:1: found a list, expected an object", id="root"),
        pytest.param("a.json", '{\n"a" 1}', "toml", 'a.json:2: found "1", expected ":"', id="no-json"),
        pytest.param("a.toml", "a = \n", "json", "a.toml:1: found no valid TOML (invalid value)", id="no-toml"),
        pytest.param("a.yaml", "a: 1", "toml", "a.yaml: found .yaml, expected .json for --to toml", id="other-format"),
        pytest.param("a.json", "{}", "json", "a.json: found .json, expected .toml for --to json", id="same-format"),
        pytest.param("a.json", " " * 2**20 + "{}", "toml", "found 1048578 bytes, expected at most", id="too-long"),
    ],
)
def test_what_cannot_be_converted_says_why(tmp_path: Path, name: str, text: str, target: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    error = run(tmp_path / name, "--to", target).exception
    assert isinstance(error, ReconcilerError)
    assert message in str(error)
    assert list(tmp_path.iterdir()) == [tmp_path / name]
