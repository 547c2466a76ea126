"""Recognises literals that look like secrets, and takes them out of what is written. Pure; never repeats a value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log2

from reconciler.convert.agent import Secret
from reconciler.convert.text import Edit, splice


@dataclass(frozen=True, slots=True)
class Found:
    """A secret at these offsets; ``variable`` is the environment variable to use in its place."""

    start: int
    end: int
    kind: str
    variable: str


def find(text: bytes) -> tuple[Found, ...]:
    r"""List what looks like a secret by its known shape, in the order of the text.

    >>> [found.kind for found in find(b"token: " + b"ghp_" + b"A1b2" * 9)]
    ['GitHub token']
    """
    found = [*_by_prefix(text), *_private_keys(text), *_url_passwords(text)]
    return tuple(sorted(_apart(found), key=lambda one: one.start))


def judge(name: str, value: str) -> Secret | None:
    """Say whether a value is or holds a literal secret, by its shape or by the name it goes by.

    Args:
        name: The variable, header or flag that it is the value of; empty when it is the value of none.
        value: A text, which may give values to names of its own: ``API_KEY=... run``, ``https://host/?token=...``.

    >>> judge("API_KEY", "${API_KEY}"), judge("API_KEY", "your-key-here"), judge("MODE", "stdio")
    (None, None, None)
    """
    scheme = _SCHEME.match(value)
    bearer = scheme is not None and scheme[1].lower() == "bearer"
    if known := find(value.encode()):
        return Secret(known[0].kind, bearer=bearer)
    bare = value[scheme.end() :] if scheme else value
    if (_SECRET_NAME.search(name) or bearer) and not _PLAIN_NAME.search(name) and _looks_random(bare):
        return Secret(f"secret value of {name}".removesuffix(" of "), bearer=bearer)
    for assigned in _ASSIGNED.finditer(value):
        if _SECRET_NAME.search(assigned[1]) and not _PLAIN_NAME.search(assigned[1]) and _looks_random(assigned[2]):
            return Secret(f"secret value of {assigned[1]}")
    return None


def reference_name(*words: str) -> str:
    """Make the name of an environment variable.

    >>> reference_name("my-server", "X-Api-Key")
    'MY_SERVER_X_API_KEY'
    """
    name = re.sub(r"[^A-Z0-9]+", "_", "_".join(words).upper()).strip("_")
    return name if name and not name[0].isdigit() else f"SECRET_{name}".rstrip("_")


def redact(text: bytes) -> bytes:
    r"""Put a reference in the place of every secret.

    >>> redact(b"token: " + b"ghp_" + b"A1b2" * 9)
    b'token: ${GITHUB_TOKEN}'
    """
    return splice(text, (Edit(one.start, one.end, b"${" + one.variable.encode() + b"}") for one in find(text)))


def _by_prefix(text: bytes) -> Iterable[Found]:
    for kind, variable, beginnings, pattern in _KINDS:
        if not any(one in text for one in beginnings):
            continue  # much faster than to look for the pattern
        for match in pattern.finditer(text):
            if not _PLACEHOLDER.search(match[0]) and len(set(match[0][4:])) > _FEW:
                yield Found(match.start(), match.end(), kind, variable)


def _private_keys(text: bytes) -> Iterable[Found]:
    position = 0
    while match := _KEY_BEGIN.search(text, position):
        closing = _KEY_END.search(text, match.end())
        position = closing.end() if closing else len(text)
        yield Found(match.start(), position, "private key", "PRIVATE_KEY")


def _url_passwords(text: bytes) -> Iterable[Found]:
    for match in _USERINFO.finditer(text):
        user, password = match[1], match[2]
        dull = _PLACEHOLDER.search(password) or password.lower() in _DULL or password == user
        if not dull and not password.startswith((b"$", b"{", b"<", b"[", b"%")):
            yield Found(match.start(2), match.end(2), "password in a URL", "URL_PASSWORD")


def _apart(found: list[Found]) -> Iterable[Found]:
    end = 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.start >= end:
            end = one.end
            yield one


def _looks_random(value: str) -> bool:
    if len(value) < _SHORTEST or re.search(r"\s|[$%{]|^[~./]|://", value) or value.replace(".", "").isdigit():
        return False
    if _PLACEHOLDER.search(value.encode()) or value.lower() in {"true", "false", "disabled", "enabled"}:
        return False
    entropy = -sum(n / len(value) * log2(n / len(value)) for n in Counter(value).values())
    mixed = re.search(r"\d", value) or (value.lower() != value and value.upper() != value)
    return entropy >= _LEAST_BITS and bool(mixed or len(value) >= _LONG)


_SHORTEST, _LONG, _FEW, _LEAST_BITS = 8, 20, 3, 2.5
_EDGE = rb"(?<![A-Za-z0-9_-])"
_KINDS = tuple(
    (kind, variable, beginnings.encode().split(), re.compile(_EDGE + pattern))
    for kind, variable, beginnings, pattern in (
        ("Anthropic API key", "ANTHROPIC_API_KEY", "sk-ant-", rb"sk-ant-[A-Za-z0-9_-]{16,}"),
        ("OpenAI API key", "OPENAI_API_KEY", "sk-", rb"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{16,}"),
        ("OpenAI API key", "OPENAI_API_KEY", "sk-", rb"sk-[A-Za-z0-9]{20,}"),
        (
            "GitHub token",
            "GITHUB_TOKEN",
            "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
            rb"(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
        ),
        ("GitLab token", "GITLAB_TOKEN", "glpat-", rb"glpat-[A-Za-z0-9_-]{16,}"),
        ("Slack token", "SLACK_TOKEN", "xox", rb"xox[a-z]-[A-Za-z0-9-]{10,}"),
        ("AWS access key", "AWS_ACCESS_KEY_ID", "AKIA ASIA", rb"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        ("Google API key", "GOOGLE_API_KEY", "AIza", rb"AIza[A-Za-z0-9_-]{30,}"),
        ("npm token", "NPM_TOKEN", "npm_", rb"npm_[A-Za-z0-9]{30,}"),
        ("Stripe key", "STRIPE_API_KEY", "_live_ _test_ whsec_", rb"(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,}"),
        (
            "Slack webhook",
            "SLACK_WEBHOOK_URL",
            "https://hooks.slack.com/",
            rb"https://hooks\.slack\.com/services/(?:[A-Z0-9]+/){2}[A-Za-z0-9]{16,}",
        ),
        ("SendGrid API key", "SENDGRID_API_KEY", "SG.", rb"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
        ("Hugging Face token", "HF_TOKEN", "hf_", rb"hf_[A-Za-z0-9]{30,}"),
        ("JSON web token", "ACCESS_TOKEN", "eyJ", rb"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    )
)
_KEY_BEGIN = re.compile(
    rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?=(?:\s|\\[nr]){0,8}(?:[A-Za-z0-9+/=]{16}|[A-Z][A-Za-z-]+:))"
)
_KEY_END = re.compile(rb"-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----")
_USERINFO = re.compile(rb"://([^\s/:@\"'<>`]{0,100}):([^\s/@\"'<>`]{3,200})@")
_PLACEHOLDER = re.compile(
    rb"(?i)your|example|redacted|placeholder|change[-_]?me|dummy|sample|xxxx|\.\.\.|<|\*\*\*", re.ASCII
)
_DULL = frozenset(b"password passwd pass postgres root admin secret user mysql guest test token xxx".split())
_SECRET_NAME = re.compile(
    r"(?i)token|secret|passw(?:or)?d|passphrase|api[-_]?key|access[-_]?key|private[-_]?key|credential"
    r"|authorization|^(?:x-)?(?:key|auth)$"
)
_SCHEME = re.compile(r"(?i)(bearer|basic|token) +")
_ASSIGNED = re.compile(
    # Only the name is consumed, because a value such as //host/?key=... assigns in its turn.
    r"(?<![A-Za-z0-9_-])([A-Za-z0-9_-]+)[=:](?= *[\"']?(?:(?:[Bb]earer|[Bb]asic) +)?([^\s&\"';,]{1,512}))"
)
_PLAIN_NAME = re.compile(r"(?i)tokens|token[-_]?(?:limit|budget|count|type|url|endpoint)|(?:file|path|dir|url|name)$")
