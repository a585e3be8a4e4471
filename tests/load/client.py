"""A sender's browser: waits, gives up waiting, and sends again with the same key."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Any
from urllib.parse import urlsplit

from urllib3.filepost import encode_multipart_formdata

from tests.load.plan import Plan
from tests.load.posts import JSON, Post, post, wish

_TIMEOUT_S = 20.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.2, 2.0
_GIVES_UP_AFTER_S = 45.0
_DOUBLE_CLICKS = 0.1
_TOO_MANY, _CONFLICT, _SERVER_ERROR = 429, 409, 500


@dataclass(frozen=True)
class Attempt:
    """One request; no status: its answer never came. Moments are `time.time`'s."""

    begun: float
    seconds: float
    status: int | None
    body: bytes = b""

    @property
    def good(self) -> bool:
        """Whether what was wanted is done."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def mendable(self) -> bool:
        """Whether a client tries again by itself."""
        return self.status is None or self.status == _TOO_MANY or self.status >= _SERVER_ERROR


@dataclass
class Sent:
    """One inquiry as its sender knows it."""

    post: Post
    attempts: list[Attempt] = field(default_factory=list)
    answers: set[bytes] = field(default_factory=set)
    arrived: list[bytes] = field(default_factory=list)  # later files that S3 said it has
    refused: list[str] = field(default_factory=list)  # answers that nobody should get
    done_at: float = 0.0  # when the last thing that the sender had to do was done

    @property
    def accepted(self) -> Mapping[str, Any] | None:
        """What the sender was told, if anything."""
        return json.loads(next(iter(self.answers))) if self.answers else None


def ask(
    method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Attempt:
    """Send one request over a connection of its own."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=_TIMEOUT_S)
    status, content = None, b""
    begun, clock = time.time(), time.perf_counter()
    try:
        connection.request(method, parts.path, body, dict(headers or {}))
        answer = connection.getresponse()
        content = answer.read()
        status = answer.status
    except (OSError, HTTPException):
        pass  # whether it was done nobody knows
    finally:
        connection.close()
    return Attempt(begun, time.perf_counter() - clock, status, content)


def patiently(send: Callable[[], Attempt], dice: Random, heard: list[Attempt]) -> Attempt:
    """Send until it worked, cannot work, or nobody would wait any longer."""
    wait, begun = _FIRST_WAIT_S, time.monotonic()
    while True:
        heard.append(send())
        if not heard[-1].mendable or time.monotonic() - begun > _GIVES_UP_AFTER_S:
            return heard[-1]
        time.sleep(dice.uniform(0.5, 1) * wait)
        wait = min(_LONGEST_WAIT_S, wait * 2)


@dataclass
class Client:
    """Posts one inquiry after the other; before each it sends the same to a bare endpoint."""

    number: int
    plan: Plan
    world: str
    bare: str
    sent: list[Sent] = field(default_factory=list)
    bare_attempts: list[Attempt] = field(default_factory=list)

    def run(self, goes_on: Callable[[], bool]) -> None:
        """Post while it *goes_on*; what was begun is brought to its end."""
        dice = Random(f"client {self.plan.seed} {self.number}")  # noqa: S311
        time.sleep(dice.uniform(0, self.plan.thinks))
        while goes_on():
            one = Sent(post(self.number, len(self.sent), self.plan.seed))
            self.sent.append(one)
            self.bare_attempts.append(self._post(self.bare, one.post))
            self._send(one, dice)
            time.sleep(dice.expovariate(1 / self.plan.thinks))

    def _send(self, one: Sent, dice: Random) -> None:
        url = f"{self.world}/f/{one.post.form}"
        last = patiently(lambda: self._post(url, one.post), dice, one.attempts)
        one.done_at = time.time()
        if not last.good:
            one.refused += [] if last.mendable else [f"post {last.status}"]
            return
        one.answers.add(last.body)
        for number, content in enumerate(one.post.later):
            self._upload(one, number, content, dice)
        if one.post.later:
            self._settle(one, dice)
        one.done_at = time.time()
        if dice.random() < _DOUBLE_CLICKS:
            again = patiently(lambda: self._post(url, one.post), dice, [])
            if again.good:
                one.answers.add(again.body)

    def _post(self, url: str, given: Post) -> Attempt:
        headers = {
            "Content-Type": given.content_type,
            "Accept": JSON,
            "Idempotency-Key": given.key,
        }
        return ask("POST", url, given.body, headers)

    def _upload(self, one: Sent, number: int, content: bytes, dice: Random) -> None:
        """Have one file signed and send it to S3; a form that S3 did not answer is used again."""
        signed = self._to_link(one, "/sign", wish(content, number), dice)
        if signed.status == _CONFLICT:
            one.arrived.append(content)  # S3 has it, though it was never heard to say so
        if not signed.good:
            return
        form = json.loads(signed.body)
        fields = [*form["fields"].items(), ("file", ("a.pdf", content, "application/pdf"))]
        body, kind = encode_multipart_formdata(fields)
        last = patiently(lambda: ask("POST", form["url"], body, {"Content-Type": kind}), dice, [])
        if last.good:
            one.arrived.append(content)
        elif not last.mendable:
            one.refused.append(f"upload {last.status}")

    def _settle(self, one: Sent, dice: Random) -> None:
        self._to_link(one, "", {"do": "done"}, dice)

    def _to_link(self, one: Sent, path: str, said: Mapping[str, Any], dice: Random) -> Attempt:
        told = one.accepted
        assert told is not None
        url = self.world + urlsplit(told["upload"]["url"]).path + path
        headers = {"Content-Type": JSON, "Accept": JSON}
        body = json.dumps(said).encode()
        last = patiently(lambda: ask("POST", url, body, headers), dice, [])
        if not last.good and not last.mendable and last.status != _CONFLICT:
            one.refused.append(f"link{path} {last.status}")
        return last
