import subprocess
from pathlib import Path

import pytest

from reconciler.adapters.git_values import blob_id
from reconciler.adapters.packaged import packaged_templates


def test_the_templates_of_all_manifests_are_packaged() -> None:
    assert {"virtualservice.yaml.j2", "destinationrule.yaml.j2", "configmap.yaml.j2"} <= packaged_templates().keys()


@pytest.mark.parametrize("content", [b"", b"a", b"a\r\n\0\xff" * 1000])
def test_a_blob_id_is_gits_own(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    command = ["git", "hash-object", "--no-filters", "file"]
    said = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert blob_id(content) == said.stdout.strip()


def test_a_templates_text_has_the_id_of_its_file() -> None:
    folder = Path(__file__).parents[2] / "templates"
    for name, text in packaged_templates().items():
        assert text.encode() == (folder / name).read_bytes()
