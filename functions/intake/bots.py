"""
The time trap: what a page's token says of how long somebody looked at the form.

A verdict here never refuses: what is suspect waits in quarantine, with the same answer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

# Nobody reads and fills in a form in less, not even where the browser types.
LEAST = timedelta(seconds=3)
# A tab that was open for longer is no bot's: people sleep on a form, phones keep tabs for weeks.
# A robot that sends one page again and again is told by how often that page comes.
FRESH = timedelta(hours=24)
# How often an old page may come: a family's tablet, a person who mends and sends again.
OLD_PAGE_SENT = 3
_KEY_ID_LENGTH, _NONCE_BYTES, _SIGNATURE_BYTES = 6, 6, 16
_TOKEN = re.compile(r"([0-9a-f]{6})\.([0-9]{1,12})\.([A-Za-z0-9_-]{8})\.([A-Za-z0-9_-]{22})")

IN_TIME = "in_time"
NOT_SAID = "not_said"
TOO_FAST = "too_fast"
FORGED = "forged"
LONG_AGO = "long_ago"
SUSPECT = frozenset({TOO_FAST, FORGED})


@dataclass(frozen=True)
class TimeTrap:
    """Signs the moment at which a form is shown, and reads it when the form comes back."""

    secret: str

    def set(self, form: str, now: datetime) -> str:
        """Return the token for a page of *form* that is shown *now*: ours alone to write."""
        shown = f"{int(now.timestamp())}.{secrets.token_urlsafe(_NONCE_BYTES)}"
        return f"{self._key_id}.{shown}.{self._signature(form, shown)}"

    def judge(self, form: str, token: str, now: datetime) -> str:
        """
        Tell what *token* says of a post to *form*: one of the constants above.

        No token is no word: scripts, form clients and pages pasted by hand have none, and a bot
        could leave it out too. For the same reason a token of another key says nothing: when the
        secret is changed, pages are still open, and nobody needs the one before.
        """
        if not token:
            return NOT_SAID
        read = _TOKEN.fullmatch(token)
        if not read:
            return FORGED
        key_id, seconds, nonce, signature = read.groups()
        if key_id != self._key_id:
            return NOT_SAID
        expected = self._signature(form, f"{seconds}.{nonce}")
        if not hmac.compare_digest(signature, expected):
            return FORGED
        took = timedelta(seconds=now.timestamp() - int(seconds))
        # Less than nothing: two clocks of ours differ, which is no fault of a person's.
        if timedelta() <= took < LEAST:
            return TOO_FAST
        return LONG_AGO if took > FRESH else IN_TIME

    @property
    def _key_id(self) -> str:
        """Name the secret without telling it."""
        named = hmac.digest(self.secret.encode(), b"name of the key", hashlib.sha256)
        return named.hex()[:_KEY_ID_LENGTH]

    def _signature(self, form: str, shown: str) -> str:
        signed = hmac.digest(self.secret.encode(), f"shown {form} {shown}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(signed[:_SIGNATURE_BYTES]).decode("ascii").rstrip("=")
