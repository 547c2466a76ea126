"""Golden conversions: each folder of cases holds an input and what must come of it.

After a wanted change run with UPDATE_CASES=1 and read the difference in review.
"""

import json
import os
import shutil
from pathlib import Path

import pytest

from reconciler.model.conversion import Conversion
from tests.convert.folders import read_folder, to_codex

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_a_configuration_converts_to_its_golden_files_and_ledger(case: str) -> None:
    conversion = to_codex(read_folder(CASES / case / "input"), model="gpt-5.5", front_matter=True)
    expected = CASES / case / "expected"
    actual = {f"files/{path}": data for path, data in conversion.files.items()} | {"ledger.txt": _ledger(conversion)}
    if os.environ.get("UPDATE_CASES") == "1":
        shutil.rmtree(expected, ignore_errors=True)
        for path, data in actual.items():
            (expected / path).parent.mkdir(parents=True, exist_ok=True)
            (expected / path).write_bytes(data)
    assert actual == read_folder(expected)


def _ledger(conversion: Conversion) -> bytes:
    lines = [
        f"{item.outcome} | {item.item} | {item.source} | {item.target} | {item.reason}".rstrip(" |")
        for item in conversion.items
    ]
    return "\n".join([*lines, *(json.dumps(problem.where) for problem in conversion.problems), ""]).encode()
