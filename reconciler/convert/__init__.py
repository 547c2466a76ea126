"""Converts an agent's configuration between CLIs, hub and spoke: one reader and one writer for each CLI.

Sees a mapping from path to bytes and nothing else; never reads a disk, never drops an item without a line.
"""

from reconciler.convert.hub import convert, detect

__all__ = ["convert", "detect"]
