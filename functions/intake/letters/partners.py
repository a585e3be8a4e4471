"""What posting a letter needs of `intake.aws`, which must not be imported here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from intake.inquiry import Case, Letter
from intake.letters.draft import Mail


class Ledger(Protocol):
    """The letters, see `intake.aws.ledger`."""

    def claim(self, inquiry: str, kind: str, now: datetime) -> tuple[Letter, bool] | None:
        """Take the letter for one attempt; the bool tells of an older attempt in doubt."""

    def sent(
        self,
        letter: Letter,
        message_id: str,
        now: datetime,
        told: Sequence[int] = (),
        heard: int = 0,
    ) -> None:
        """End the right to send it again."""

    def postpone(self, letter: Letter, due_at: datetime, reason: str) -> None:
        """Write the next attempt, and whether the letter is `in_doubt`."""

    def finish(
        self, inquiry: str, kind: str, stamp: str, at: datetime, *, reason: str | None = None
    ) -> bool:
        """Take the letter off the clock."""

    def owe(self, letter: Letter) -> bool:
        """Add a letter that acceptance did not know of; False if it is owed already."""


class Inquiries(Protocol):
    """The cases, see `intake.aws.inquiries`."""

    def case(self, inquiry: str) -> Case | None:
        """Read an inquiry with its files and letters, consistently."""


class Postbox(Protocol):
    """Whoever takes the mail, see `intake.aws.mail`."""

    def send(self, mail: Mail, tags: Mapping[str, str]) -> str:
        """Hand the mail over once; raises posting.NotTakenError or OutcomeUnknownError."""
