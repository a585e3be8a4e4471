"""Secrets that the operator keeps in Parameter Store."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class SecretParameter:
    """A SecureString, read once in a process and when it is first needed."""

    ssm: Any
    name: str

    @cached_property
    def value(self) -> str:
        """Return what the operator put there. A failure is not kept: it is asked for again."""
        answer = self.ssm.get_parameter(Name=self.name, WithDecryption=True)
        value: str = answer["Parameter"]["Value"]
        return value
