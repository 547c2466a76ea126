"""Converts an agent's configuration between CLIs, hub and spoke: one reader and one writer for each CLI.

Sees a mapping from path to bytes and nothing else; never reads a disk, never drops an item without a line.
"""

from reconciler.convert.agent import Scope
from reconciler.convert.hub import SPOKES, convert, detect, with_carried

__all__ = ["SPOKES", "Scope", "convert", "detect", "with_carried"]
