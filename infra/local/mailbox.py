"""Every mail SES was given, whole: moto itself keeps the HTML part alone."""

import secrets
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cached_property
from typing import Any

from infra.local.sealed import region

_ID_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def _new_id() -> str:
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(22))


@dataclass
class Letter:
    """One SendEmail request that SES took, and what SES said about it since."""

    message_id: str
    mail: Mapping[str, Any]
    taken_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = field(default_factory=_new_id)
    was_read: bool = False
    events: list[tuple[datetime, str]] = field(default_factory=list)

    def addresses(self, kind: str) -> list[str]:
        """Return the addresses of *kind*: "To", "Cc" or "Bcc"."""
        return list(self.mail.get("Destination", {}).get(f"{kind}Addresses", []))

    def part(self, kind: str) -> str:
        """Return the body's part *kind*, "Text" or "Html"; empty if there is none."""
        return str(self._simple["Body"].get(kind, {}).get("Data", ""))

    @property
    def _simple(self) -> Mapping[str, Any]:
        simple: Mapping[str, Any] = self.mail["Content"]["Simple"]
        return simple

    @property
    def subject(self) -> str:
        """Return the subject as a reader sees it."""
        return str(self._simple["Subject"]["Data"])

    @property
    def tags(self) -> list[tuple[str, str]]:
        """Return the tags, which come back in every SES event."""
        return [(tag["Name"], tag["Value"]) for tag in self.mail.get("EmailTags", [])]

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Return the headers that SES would write, then those that were asked for."""
        written = [
            ("From", self.mail["FromEmailAddress"]),
            ("To", ", ".join(self.addresses("To"))),
            ("Cc", ", ".join(self.addresses("Cc"))),
            ("Reply-To", ", ".join(self.mail.get("ReplyToAddresses", []))),
            ("Subject", self.subject),
            ("Date", format_datetime(self.taken_at)),
            ("Message-ID", f"<{self.message_id}@{region()}.amazonses.com>"),
        ]
        asked = [(h["Name"], h["Value"]) for h in self._simple.get("Headers", [])]
        return [(name, value) for name, value in [*written, *asked] if value]

    @cached_property
    def source(self) -> bytes:
        """The mail as a file that a mail program opens."""
        message = EmailMessage()
        for name, value in self.headers:
            message[name] = value
        message.set_content(self.part("Text"))
        if html := self.part("Html"):
            message.add_alternative(html, subtype="html")
        return message.as_bytes()


class Mailbox:
    """All letters, newest first, for everybody in this world."""

    def __init__(self, on_letter: Callable[[Letter], None]) -> None:
        """Tell *on_letter* of each letter, on the thread that hands it in."""
        self._letters: list[Letter] = []
        self._lock = threading.Lock()
        self._on_letter = on_letter

    def take(self, message_id: str, mail: Mapping[str, Any]) -> None:
        """Keep a mail that SES took under *message_id*."""
        letter = Letter(message_id, mail)
        with self._lock:
            self._letters.insert(0, letter)
        self._on_letter(letter)

    def letters(self) -> list[Letter]:
        """Return all letters, newest first."""
        with self._lock:
            return list(self._letters)

    def find(self, letter_id: str) -> Letter | None:
        """Return one letter by its id here, or the newest for "latest"."""
        for letter in self.letters():
            if letter_id in {letter.id, "latest"}:
                return letter
        return None

    def delete(self, ids: Collection[str] = ()) -> None:
        """Delete the letters *ids*, or all if none is named."""
        with self._lock:
            self._letters = [x for x in self._letters if ids and x.id not in ids]
