"""What a check of a converted configuration found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: where, what is wrong, what to do."""

    where: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """What a check found.

    Attributes:
        errors: The target cannot work with it as it is: the migration stays at planning.
        warnings: It can, when what is said here is seen to.
    """

    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether nothing stops the migration."""
        return not self.errors
