"""Finds out what a repository's location means: an address, a bare repository, or a person's clone and its origin."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from reconciler.adapters.git_process import Runner
from reconciler.adapters.git_profiles import looking
from reconciler.adapters.git_words import redacted
from reconciler.errors import GitError

Settings = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Clone:
    """A person's clone, which is only ever read.

    Attributes:
        directory: The top of its work tree.
        objects: Its object folder.
    """

    directory: Path
    objects: Path


@dataclass(frozen=True, slots=True)
class Remote:
    """Where commits come from and go to.

    Attributes:
        fetch_url: Address to fetch from, without credentials.
        push_url: Address to push to, without credentials.
        protocols: The schemes that git may use, joined by colons.
        settings: Git settings that reach it, such as the clone's credential helper or extra header.
        secrets: Values in the settings that no message may hold.
        clone: The clone that was named, when one was.
        missing: The clone has no origin and stands for it, to be read only.
    """

    fetch_url: str
    push_url: str
    protocols: str
    settings: Settings = field(default=(), repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    clone: Clone | None = None
    missing: bool = False


def find_remote(location: str, timeout: timedelta) -> Remote:
    """Say what a location stands for.

    Args:
        location: A path or an address (https, ssh, file, ``user@host:path``).
        timeout: For one git process.

    Raises:
        GitError: It is neither.
    """
    if _NOT_A_PLACE.search(location) or location.startswith("-") or not location:
        raise GitError(f"repository is {location!r}, must be a path or an address")
    if _is_address(location):
        return _remote(location, location, None, ())
    return _from_path(Path(location), timeout)


def _from_path(path: Path, timeout: timedelta) -> Remote:
    git_dir, top = _discovered(path)
    if top is None:
        return _remote(str(git_dir), str(git_dir), None, ())
    runner = looking(top, timeout)
    objects = runner.output("rev-parse", "--path-format=absolute", "--git-path", "objects").decode().rstrip("\n")
    settings = _settings(runner)
    origin = [value for _, key, value in settings if key == "remote.origin.url"]
    if not origin:
        return replace(_remote(str(git_dir), str(git_dir), Clone(top, Path(objects)), ()), missing=True)
    push = [value for _, key, value in settings if key == "remote.origin.pushurl"] or origin
    kept = tuple(
        (key, value) for scope, key, value in settings if scope in {"local", "worktree"} and _TRANSPORT.match(key)
    )
    return _remote(_absolute(origin[0], top), _absolute(push[0], top), Clone(top, Path(objects)), kept)


def _discovered(path: Path) -> tuple[Path, Path | None]:
    """Give the git folder of a path, and the top of the work tree when it is no bare repository."""
    import git  # noqa: PLC0415 - costs 100 ms, which a command without git shall not pay

    try:
        with git.Repo(path.absolute(), search_parent_directories=True, expand_vars=False) as repository:
            top = repository.working_tree_dir
            return Path(repository.git_dir).resolve(), None if repository.bare or top is None else Path(top).resolve()
    except git.NoSuchPathError:
        raise GitError(f"{path}: no such folder, expected a git repository or an address") from None
    except git.InvalidGitRepositoryError:
        hint = "reconciler init makes a new repository; --repo names another one"
        raise GitError(f"{path}: no git repository, expected one", hint=hint) from None


def _settings(runner: Runner) -> list[tuple[str, str, str]]:
    """Read the settings that hold in a clone: scope, key and value, in git's order."""
    words = runner.output("config", "--list", "--show-scope", "--includes", "-z").decode("utf-8", "surrogateescape")
    fields = words.split("\0")
    pairs = ((scope, *item.partition("\n")) for scope, item in zip(fields[::2], fields[1::2], strict=False))
    return [(scope, key, value if separator else "true") for scope, key, separator, value in pairs]


def _remote(fetch: str, push: str, clone: Clone | None, settings: Settings) -> Remote:
    fetch_url, fetch_settings, fetch_secrets = _without_credentials(fetch)
    push_url, push_settings, push_secrets = _without_credentials(push)
    schemes = sorted({"file", "https", "ssh"} | {_checked_scheme(url) for url in (fetch_url, push_url)})
    extra = fetch_settings if push == fetch else (*fetch_settings, *push_settings)
    secrets = (*fetch_secrets, *push_secrets, *_secrets_of(settings))
    return Remote(fetch_url, push_url, ":".join(schemes), (*settings, *extra), secrets, clone)


def _checked_scheme(url: str) -> str:
    """Give the protocol of an address.

    Raises:
        GitError: We do not speak it. Plain http only reaches this machine: elsewhere it would show the token.
    """
    if "://" not in url:
        return "ssh" if _is_address(url) else "file"
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}:
        return "http"
    if parts.scheme in {"https", "ssh", "file"} and not (parts.hostname or "").startswith("-"):
        return parts.scheme
    raise GitError(
        f"repository is {redacted(url)}, must be https, ssh, file or a path",
        hint="plain http would show the token to the network" if parts.scheme == "http" else "",
    )


def _without_credentials(url: str) -> tuple[str, Settings, tuple[str, ...]]:
    """Move credentials out of an address into settings: everybody can read an address in ``ps``."""
    if "://" not in url or "@" not in url:
        return url, (), ()
    parts = urlsplit(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, (), ()
    user, colon, password = (unquote(part) for part in userinfo.partition(":"))
    if parts.scheme not in {"http", "https"}:
        bare = urlunsplit(parts._replace(netloc=f"{userinfo.partition(':')[0]}@{host}"))
        return bare, (), (password,)
    clean = urlunsplit(parts._replace(netloc=host))
    if not colon:
        return clean, ((f"credential.{clean}.username", user),), ()
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    header = (f"http.{clean}.extraHeader", f"Authorization: Basic {encoded}")
    return clean, (header,), (password, encoded)


def _secrets_of(settings: Settings) -> tuple[str, ...]:
    headers = [value for key, value in settings if key.lower().endswith(".extraheader")]
    return tuple(word for header in headers for word in header.partition(":")[2].split() if len(word) >= _SECRET)


def _absolute(url: str, top: Path) -> str:
    return url if _is_address(url) else str((top / Path(url).expanduser()).resolve())


def _is_address(location: str) -> bool:
    """Tell an address from a path by git's own rule: a scheme, or a colon before the first slash."""
    if "::" in location.partition("/")[0]:
        raise GitError(f"repository is {redacted(location)!r}, must be https, ssh, file or a path")
    return "://" in location or (":" in location.partition("/")[0] and not Path(location).exists())


_SECRET = 8
_NOT_A_PLACE = re.compile(r"[\x00-\x1f\x7f]")
_TRANSPORT = re.compile(r"(?:credential|http|url)\.|core\.sshcommand\Z|core\.gitproxy\Z|ssh\.variant\Z")
