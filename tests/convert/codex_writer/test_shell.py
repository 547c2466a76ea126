import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.convert.codex.writer.shell import REFERENCE, script

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "SET": "a b\"$x`y'\\", "EMPTY": ""}
PIECES = st.sampled_from(
    [
        "${SET}",
        "${UNSET:-a 'b' \"c\" $d `e`}",
        "${EMPTY:-z}",
        "x",
        " ",
        "'",
        '"',
        "$",
        "`",
        "\\",
        "$(x)",
        "*",
        "日本",
        "~",
    ]
)
TEXTS = st.lists(PIECES, max_size=5).map("".join)


def filled(text: str) -> str:
    return REFERENCE.sub(lambda match: ENVIRONMENT.get(match[1]) or match[2] or "", text)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
def test_the_shell_hands_on_every_word_as_the_source_would(words: list[str], value: str) -> None:
    line = script(["printf", "%s\\0", *words, "end"], "", {"MADE": value})
    ran = subprocess.run(["sh", "-c", f"{line}"], env=ENVIRONMENT, capture_output=True, check=True)
    assert ran.stdout.decode().split("\0")[:-1] == [*(filled(word) for word in words), "end"]


def test_the_folder_is_entered_and_a_variable_may_be_made_from_its_own_name() -> None:
    line = script(
        ["sh", "-c", "echo $EMPTY $A $B $PWD"], "${ROOT:-/}", {"EMPTY": "${EMPTY:-e}", "A": "1", "B": "${A:-b}"}
    )
    ran = subprocess.run(["sh", "-c", line], env=ENVIRONMENT, capture_output=True, check=True)
    assert ran.stdout.decode().split() == ["e", "1", "b", "/"]
