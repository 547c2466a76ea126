"""The most that a file may hold. Every reader of this room asks this one table."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

BLOB_BYTES: Final = 1 << 20
MIGRATION_BYTES: Final = 64 << 10
SCALAR_BYTES: Final = 64 << 10
DEPTH: Final = 32
EVENTS: Final = 200_000
# Integers from here on do not survive a reader that keeps numbers as doubles, as JSON readers do.
INTEGER: Final = 1 << 53
# More than a screenful helps nobody, and looking for similar words costs time.
MISTAKES: Final = 50
# A Kubernetes label or Service name, and a DNS name.
LABEL_CHARACTERS: Final = 63
HOST_CHARACTERS: Final = 253
# The YAML library refuses longer keys written on one line.
KEY_CHARACTERS: Final = 1000
DURATION: Final = timedelta(days=3650)
