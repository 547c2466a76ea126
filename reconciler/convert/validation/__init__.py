"""Checks that the target CLI can work with a converted configuration. Pure."""

from reconciler.convert.validation.catalogue import CATALOGUE, Catalogue, ModelEntry, read_codex_catalogue
from reconciler.convert.validation.validator import validate

__all__ = ["CATALOGUE", "Catalogue", "ModelEntry", "read_codex_catalogue", "validate"]
