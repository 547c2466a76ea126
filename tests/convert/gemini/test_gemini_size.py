"""Five times the bytes take at most three times as long for each of them."""

import time
from collections.abc import Callable

import pytest

from reconciler.convert.gemini.dotenv import parse
from reconciler.convert.gemini.prompts import to_claude, to_gemini
from reconciler.convert.gemini.references import escape

MANY = 5
SLOWEST = 3
CLOCK = 0.02

TEXTS = {
    "lines": b"\n" * 20_000,
    "open quotes": b"A='\\'x\n" * 4_000,
    "quotes": b"'#" * 20_000,
    "names": b"export\n" * 10_000,
    "a value far below": b"A=" + b"\n" * 40_000 + b"'x",
    "backtick": b"`" * 20_001,
    "backticks": b" ".join(b"`" * (number % 200) for number in range(500)),
    "words": b"`a @x " * 5_000,
    "backslashes": b" " + b"\\" * 20_000 + b"@x",
    "braces": b"!{" * 10_000 + b"}" * 10_000,
    "arguments": b"$1 !`a` @b {{args}} " * 2_000,
}


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(parse, id="variables"),
        pytest.param(escape, id="references"),
        pytest.param(lambda text: to_gemini(text.decode()), id="prompt-written"),
        pytest.param(lambda text: to_claude(text.decode()), id="prompt-read"),
    ],
)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_time_for_a_byte_hardly_grows(text: bytes, work: Callable[[bytes], object]) -> None:
    assert _seconds(work, text * MANY) <= MANY * SLOWEST * (_seconds(work, text) + CLOCK)


def _seconds(work: Callable[[bytes], object], text: bytes) -> float:
    taken = []
    for _ in range(2):
        before = time.process_time()
        work(text)
        taken.append(time.process_time() - before)
    return min(taken)
