"""Lists the scenarios that can be asked for by name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from reconciler.model.stage import Side
from reconciler.simulation.scenario import Change, Gap, Period, Profile, Scenario

_LATER = timedelta(hours=3)
_HOUR = timedelta(hours=1)

_ALL = (
    Scenario("healthy"),
    Scenario("quiet", tasks_per_hour=20),
    Scenario("slower", target=Profile(seconds=180)),
    Scenario("dearer", target=Profile(cost_usd=0.80)),
    Scenario("failing", target=Profile(errors=0.20)),
    Scenario("unfinished", target=Profile(failures=0.20)),
    Scenario("broken", target=Profile(errors=1.0)),
    Scenario("outage", changes=(Change(Period(_LATER), Side.TARGET, errors=1.0),)),
    Scenario(
        "drift", changes=(Change(Period(_LATER), Side.TARGET, over=timedelta(hours=12), errors=0.15, seconds=180.0),)
    ),
    Scenario("incident", changes=(Change(Period(_LATER, _HOUR / 2), errors=0.30),)),
    Scenario("gap", gaps=(Gap(Period(_LATER, _HOUR)),)),
    Scenario("silence", silences=(Period(_LATER, timedelta(hours=12)),)),
    Scenario("revert", reverts=(_LATER,)),
)

READY_MADE: Mapping[str, Scenario] = MappingProxyType({scenario.name: scenario for scenario in _ALL})
"""By name. The target does what the source does unless it says otherwise; faults begin in the canary of 60 tasks/h."""
