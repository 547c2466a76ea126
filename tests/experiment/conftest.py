"""Lets Hypothesis take its time: the machine is shared, and how long an example takes says nothing about it."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")
