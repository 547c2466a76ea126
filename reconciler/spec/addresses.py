"""Reads addresses in our files: URLs without secrets, and paths that stay inside the repository. Pure."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from reconciler.spec.expected import Expected


def prometheus_url(value: object) -> str:
    """Read the address of a Prometheus.

    Raises:
        Expected: It is no http(s) URL, or it carries a user, a password, a query or a fragment.

    >>> prometheus_url("http://prometheus.monitoring:9090")
    'http://prometheus.monitoring:9090'
    """
    url = _split(value)
    if not url or url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        raise Expected("be a URL such as http://prometheus.monitoring:9090", secret=True)
    if "@" in url.netloc:
        raise Expected("carry no user and no password", hint=_NO_SECRETS, secret=True)
    return str(value)


def ledger_url(value: object) -> str:
    """Read the address of a ledger database.

    Raises:
        Expected: It is no sqlite or postgresql URL, or it carries a password.

    >>> ledger_url("sqlite:///outcomes.db")
    'sqlite:///outcomes.db'
    """
    url = _split(value)
    good = url and ((url.scheme == "sqlite" and url.path.strip("/")) or (url.scheme == "postgresql" and url.hostname))
    if not url or not good:
        must = "be a database's URL such as sqlite:///outcomes.db or postgresql://ledger.agents/outcomes"
        raise Expected(must, secret=True)
    if url.password is not None:
        raise Expected("carry no password", hint=_NO_SECRETS, secret=True)
    return str(value)


def repository_path(value: object) -> str:
    """Read a path from the repository's root, without ``.`` and ``..``.

    Raises:
        Expected: It is none, or it leaves the repository.
    """
    if not isinstance(value, str) or not value:
        raise Expected("be a path from the repository's root such as policies/allowed_signers")
    return resolve("", value)


def config_path(environment: str, value: str) -> str:
    """Resolve a migration's ``source.config`` to a path from the repository's root.

    Args:
        environment: The environment whose folder a relative path begins in.
        value: The path as it is written; a leading slash means the repository's root.

    Raises:
        Expected: The path leaves the repository, or names all of it.

    >>> config_path("prod", "agents/rex"), config_path("prod", "../shared/rex"), config_path("prod", "/agents/rex")
    ('environments/prod/agents/rex', 'environments/shared/rex', 'agents/rex')
    """
    return resolve("" if value.startswith("/") else f"environments/{environment}", value.lstrip("/"))


def resolve(folder: str, relative: str) -> str:
    """Resolve a path by its words alone; nothing is looked up.

    Raises:
        Expected: It leaves the repository, names all of it, or holds what git paths on some machines do not mean.
    """
    if relative.startswith(("~", "/")) or any(character in relative for character in "\\:\0\r\n"):
        raise Expected("be a path with forward slashes inside the repository", hint="~, \\ and : mean something else")
    steps = [step for step in folder.split("/") if step]
    for step in relative.split("/"):
        if step == ".." and not steps:
            raise Expected("stay inside the repository", hint="a leading / is the repository's root")
        if step == "..":
            steps.pop()
        elif step not in ("", "."):
            steps.append(step)
    if not steps:
        raise Expected("name a folder of the repository, not all of it")
    return "/".join(steps)


def _split(value: object) -> SplitResult | None:
    if not isinstance(value, str) or any(character.isspace() for character in value):
        return None
    try:
        url = urlsplit(value)
        _ = url.port
    except ValueError:
        return None
    return url


_NO_SECRETS = "a secret reaches the reconciler by an environment variable, never by a file"
