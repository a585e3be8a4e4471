"""The post: a form with one file, as anybody's browser would send it, to the public address."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from intake import canary
from intake.inquiry import split_token

RECORD = Path(__file__).with_name("record.pdf")
# The gateway gives up after 30 s.
TIMEOUT_S = 30
_ATTEMPTS = 2
_OK, _REFUSED_FOR_GOOD, _SERVER_ERROR = 200, 400, 500
_THROTTLED = 429
_MOST_BYTES = 65_536
_BOUNDARY = "canary-canary-canary"


class RefusedError(Exception):
    """No inquiry of ours came out of the post. `reason` is a status or the type of an error."""

    def __init__(self, reason: str) -> None:
        """Keep the *reason*."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Door:
    """The form's public address, and what is posted there. No redirect is followed."""

    url: str
    fields: Mapping[str, str]

    def post(self, key: str) -> str:
        """
        Return the id of the inquiry that was accepted; raise RefusedError.

        The second attempt carries the same *key*: it is the same inquiry.
        """
        reason = ""
        for _ in range(_ATTEMPTS):
            try:
                status, answer = self._ask(key)
            except (OSError, http.client.HTTPException) as error:
                reason = type(error).__name__
                continue
            if status == _OK:
                return _inquiry_of(answer)
            reason = str(status)
            if status < _SERVER_ERROR and status != _THROTTLED:
                break
        raise RefusedError(reason)

    def _ask(self, key: str) -> tuple[int, bytes]:
        address = urlsplit(self.url)
        is_plain = address.scheme == "http"  # where PublicUrl says so
        kind = http.client.HTTPConnection if is_plain else http.client.HTTPSConnection
        connection = kind(address.netloc, timeout=TIMEOUT_S)
        try:
            connection.request(
                "POST",
                address.path,
                multipart(self.fields, RECORD.read_bytes()),
                {
                    "Accept": "application/json",
                    "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
                    "Idempotency-Key": key,
                    "User-Agent": "clinic-intake-canary",
                },
            )
            answer = connection.getresponse()
            return answer.status, answer.read(_MOST_BYTES)
        finally:
            connection.close()


def fields(notice_sha256: str) -> dict[str, str]:
    """Return what the form asks for: nothing of anybody."""
    return {
        "form_locale": "en",
        "records.0.requirement": "other",
        "consents.0.purpose": "health_data_review",
        "consents.0.decision": "granted",
        "consents.0.notice_sha256": notice_sha256,
    }


def multipart(named: Mapping[str, str], record: bytes) -> bytes:
    """Return the body of a browser's form with one file."""
    start = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
    texts = (f'{start}"{name}"\r\n\r\n{value}\r\n' for name, value in named.items())
    file = (
        f'{start}"records.0.file"; filename="canary.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    )
    end = f"\r\n--{_BOUNDARY}--\r\n"
    return ("".join(texts) + file).encode("ascii") + record + end.encode("ascii")


def _inquiry_of(answer: bytes) -> str:
    """Return whose upload link was answered: ours, or something else stands at this address."""
    try:
        link = json.loads(answer)["upload"]["url"]
        token = split_token(link.rpartition("/")[2])
    except (ValueError, LookupError, TypeError, AttributeError):
        raise RefusedError("AnswerNotOurs") from None
    if token is None or not canary.is_canary(token[0]):
        raise RefusedError("AnswerNotOurs")
    return token[0]
