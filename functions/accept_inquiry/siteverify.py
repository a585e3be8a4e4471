"""The captcha's maker is asked once for each post, and for no longer than people wait."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from accept_inquiry import exchange
from accept_inquiry.exchange import UnexpectedError
from intake.captcha import ACTION, Vendor
from intake.errors import name_of

SOLVED = "solved"
FAILED = "captcha_failed"
MISSING = "captcha_missing"
UNKNOWN = "captcha_unknown"  # nobody could tell: that is no fault of the sender's

_LONGEST_TOKEN = 8_192
# These say that we are wrong, or they are; never that the sender is a bot.
_NOT_THE_SENDERS = frozenset(
    {"missing-input-secret", "invalid-input-secret", "internal-error", "missing-remoteip"}
)
# These say it of settings that don't match, but also of a token that somebody made on another site
# or that the maker gives to everybody: then all would come in with one.
_PERHAPS_THE_SENDERS = frozenset(
    {"sitekey-secret-mismatch", "not-using-dummy-passcode", "bad-request"}
)
_BAD_REQUEST = 400


@dataclass(frozen=True)
class Verdict:
    """One of the constants above, and for the log why."""

    result: str
    why: str = ""


@dataclass(frozen=True)
class Siteverify:
    """
    The maker's address for the check. `secret` is asked for when it is first needed.

    All of a check is over after `seconds`.
    """

    vendor: Vendor
    url: str
    secret: Callable[[], str] = field(repr=False)
    seconds: float = 2.0

    def check(self, token: str, hosts: Collection[str], content: str) -> Verdict:
        """
        Tell whether *token* was just solved, for us, on a page of one of *hosts*.

        It works once. *content* names the post: a double click or a repeat of a post whose answer
        was lost asks for the same again, and one maker knows that then. No address goes along.
        """
        if not token:
            return Verdict(MISSING)
        if len(token) > _LONGEST_TOKEN:
            return Verdict(FAILED, "too long")
        try:
            told = self._ask(token, content)
        except exchange.StatusError as error:
            # All else of the request is ours and fits.
            result = FAILED if error.status == _BAD_REQUEST else UNKNOWN
            return Verdict(result, f"status {error.status}")
        except Exception as error:  # noqa: BLE001  whatever it is, the patient must get through
            return Verdict(UNKNOWN, name_of(error))
        return self._read(told, hosts)

    def _ask(self, token: str, content: str) -> Any:
        same = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{content} {token}"))

        def body() -> str:
            # The secret may have to be read first, which takes its time, too.
            given = {"secret": self.secret(), "response": token, "idempotency_key": same}
            return urlencode(given)

        told = json.loads(exchange.post(self.url, body, self.seconds))
        if not _is_verdict(told):
            raise UnexpectedError("no verdict")
        return told

    def _read(self, told: dict[str, Any], hosts: Collection[str]) -> Verdict:
        if not told["success"]:
            codes = {code for code in told.get("error-codes") or () if isinstance(code, str)}
            if codes & _NOT_THE_SENDERS:
                return Verdict(UNKNOWN, " ".join(sorted(codes & _NOT_THE_SENDERS)))
            return Verdict(FAILED, " ".join(sorted(codes & _PERHAPS_THE_SENDERS)) or "not solved")
        if told.get("hostname") not in hosts:
            return Verdict(FAILED, "another host")
        if self.vendor.has_action and told.get("action") != ACTION:
            return Verdict(FAILED, "another action")
        return Verdict(SOLVED)


def _is_verdict(told: Any) -> bool:
    """Tell whether all that is read of it is of the kind that the makers promise."""
    return (
        isinstance(told, dict)
        and isinstance(told.get("success"), bool)
        and isinstance(told.get("error-codes"), list | None)
        and all(isinstance(told.get(name), str | None) for name in ("hostname", "action"))
    )
