"""What is read and checked, but has no effect yet, is said for every key that asks for it."""

from __future__ import annotations

import pytest

from reconciler.spec.pending import not_yet_supported
from tests.spec import examples


@pytest.mark.parametrize(
    ("text", "path", "keys"),
    [
        (examples.MIGRATION, examples.MIGRATION_PATH, ["shadow.percent"]),
        (examples.SHORT_MIGRATION, examples.MIGRATION_PATH, []),
        (examples.ENVIRONMENT, examples.ENVIRONMENT_PATH, ["approvers", "notify"]),
        (examples.SHORT_ENVIRONMENT, examples.ENVIRONMENT_PATH, ["mesh"]),
        (examples.POLICY, examples.POLICY_PATH, []),
        (f"{examples.SHORT_POLICY}decide: evidence\nrollback: graceful\n", examples.POLICY_PATH, []),
        ("a: [", examples.POLICY_PATH, []),
        (examples.POLICY, "README.md", []),
    ],
)
def test_keys_without_effect_are_named(text: str, path: str, keys: list[str]) -> None:
    notes = not_yet_supported(text.encode(), path)
    assert [note.message.split(": ")[:2] for note in notes] == [["not yet supported", key] for key in keys]
    assert all(note.line > 0 for note in notes)
