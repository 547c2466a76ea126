import re
from datetime import timedelta

import pytest

from reconciler.errors import RenderError
from reconciler.model.migration import BucketAffinity, CookieAffinity
from reconciler.model.stage import Side
from reconciler.model.status import Weights
from reconciler.render.pins import affinity_pins, bucket_regex, side_cookies


@pytest.mark.parametrize("share", range(1, 100))
def test_each_bucket_has_one_side_and_all_else_has_none(share: int) -> None:
    target, source = bucket_regex(0, share - 1), bucket_regex(share, 99)
    for bucket in range(100):
        assert bool(re.fullmatch(target, str(bucket))) is (bucket < share)
        assert bool(re.fullmatch(source, str(bucket))) is (bucket >= share)
    for other in ("", "00", "07", "100", "-1", "1.0", " 1", "1\n", "٣", "target"):
        assert not re.fullmatch(target, other)
        assert not re.fullmatch(source, other)


@pytest.mark.parametrize(
    ("cookies", "is_in"),
    [
        ("agent-side=target-1", True),
        ("a=b; agent-side=target-1", True),
        ("a=b;agent-side=target-1;c=d", True),
        ("agent-side=target-1 ; c=d", True),
        ("a=agent-side=target-1", False),
        ("my-agent-side=target-1", False),
        ("agent-side=target-12", False),
        ("agent-side=target-2", False),
        ("agent-side=target-1x", False),
        ("agent-side=source-1", False),
        ("agent-side2=target-1", False),
        ("Agent-Side=target-1", False),
        ("agent-side= target-1", False),
        ('a="; agent-side=target-1x"', False),
        ("", False),
    ],
)
def test_a_cookie_is_known_by_exact_name_side_and_attempt(cookies: str, is_in: bool) -> None:  # noqa: FBT001 - a table
    _, target = affinity_pins(CookieAffinity("agent-side", timedelta(hours=1)), Weights(90, 10), 1)
    assert (target.header, target.side) == ("cookie", Side.TARGET)
    assert bool(re.fullmatch(target.value, cookies)) is is_in


def test_signs_in_a_cookies_name_stand_for_themselves() -> None:
    _, target = affinity_pins(CookieAffinity("a.b*|c", timedelta(hours=1)), Weights(90, 10), 1)
    assert re.fullmatch(target.value, "a.b*|c=target-1")
    assert not re.fullmatch(target.value, "axbb=target-1")


def test_each_side_sets_a_cookie_that_it_recognises() -> None:
    affinity = CookieAffinity("agent-side", timedelta(hours=24))
    cookies = side_cookies(affinity, 3)
    assert cookies[Side.TARGET] == "agent-side=target-3; Max-Age=86400; Path=/; HttpOnly; SameSite=Lax"
    for pin in affinity_pins(affinity, Weights(50, 50), 3):
        assert re.fullmatch(pin.value, cookies[pin.side].partition(";")[0])


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a;b", "a\nb", 'a"b', "a,b", "100%", "a" * 65, "é", "x:y"])
def test_a_name_that_http_does_not_allow_is_refused(name: str) -> None:
    with pytest.raises(RenderError):
        affinity_pins(CookieAffinity(name, timedelta(hours=1)), Weights(90, 10), 1)
    with pytest.raises(RenderError):
        side_cookies(CookieAffinity(name, timedelta(hours=1)), 1)
    with pytest.raises(RenderError):
        affinity_pins(BucketAffinity(name), Weights(90, 10), 1)


def test_a_bucket_header_may_not_be_the_one_that_forces_a_side() -> None:
    with pytest.raises(RenderError, match="forces a side"):
        affinity_pins(BucketAffinity("X-Reconciler-Side"), Weights(90, 10), 1)


def test_a_cookie_that_would_not_live_is_refused() -> None:
    with pytest.raises(RenderError, match="at least 1 s"):
        side_cookies(CookieAffinity("agent-side", timedelta(milliseconds=999)), 1)
