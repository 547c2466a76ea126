from pathlib import Path

import pytest

from reconciler.demo.envoy import Envoy
from reconciler.demo.follower import Follower
from reconciler.demo.person import Person
from reconciler.demo.waiting import DemoError
from reconciler.model.stage import Stage
from reconciler.render.manifests import render_routing
from tests.demo.loopback import ask
from tests.render.examples import COOKIE, PROD, TEMPLATES, migration

pytestmark = pytest.mark.real

FOLDER = "environments/prod/rendered"
FILE = f"{FOLDER}/rex/virtualservice.yaml"


def routes(stage: Stage) -> bytes:
    return render_routing(migration(COOKIE), PROD, stage, 1, TEMPLATES)


@pytest.fixture
def author(tmp_path: Path) -> Person:
    bare = Person("Nobody", tmp_path / "remote.git")
    bare.clone.mkdir()
    bare.git("init", "--quiet", "--bare", "--initial-branch=main")
    author = Person("Ada", tmp_path / "ada")
    author.begin(bare.clone, {FILE: routes(Stage.PLANNING), "README.md": b"read me\n"}, "Begin")
    return author


def commit(author: Person, path: str, content: bytes) -> str:
    (author.clone / path).write_bytes(content)
    author.git("commit", "--quiet", "--all", "--message", "Change")
    return author.push()


def follow(envoy: Envoy, tmp_path: Path) -> Follower:
    return Follower(str(tmp_path / "remote.git"), FOLDER, envoy, tmp_path / "cache")


def test_envoy_routes_what_was_pushed_and_says_which_commit(author: Person, envoy: Envoy, tmp_path: Path) -> None:
    with follow(envoy, tmp_path) as follower:
        follower.reach(author.git("rev-parse", "HEAD"))
        assert {answer.side for answer in ask(envoy.port, [{}] * 20)} == {"source"}
        pushed = commit(author, FILE, routes(Stage.COMPLETE))
        assert follower.reach(pushed).weights == {"rex": 100}
        assert envoy.version() == pushed
        assert {answer.side for answer in ask(envoy.port, [{}] * 20)} == {"target"}


def test_a_commit_that_changes_no_route_is_followed_too(author: Person, envoy: Envoy, tmp_path: Path) -> None:
    with follow(envoy, tmp_path) as follower:
        pushed = commit(author, "README.md", b"read me again\n")
        follower.reach(pushed)
        assert envoy.version() == pushed


def test_files_that_are_not_pushed_are_not_followed(author: Person, envoy: Envoy, tmp_path: Path) -> None:
    with follow(envoy, tmp_path) as follower:
        (author.clone / FILE).write_bytes(routes(Stage.COMPLETE))
        follower.reach(author.git("rev-parse", "HEAD"))
        assert {answer.side for answer in ask(envoy.port, [{}] * 20)} == {"source"}


def test_a_manifest_that_cannot_be_followed_is_named(author: Person, envoy: Envoy, tmp_path: Path) -> None:
    with follow(envoy, tmp_path) as follower:
        pushed = commit(author, FILE, routes(Stage.COMPLETE).replace(b"subset:", b"subsett:"))
        with pytest.raises(DemoError, match=r"the follower stopped: .*rex/virtualservice\.yaml: .*subsett"):
            follower.reach(pushed)
