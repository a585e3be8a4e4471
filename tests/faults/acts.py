"""What senders and staff do, one thing at a time; each looks at the answer and at nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.local.functions import FunctionFailedError
from infra.local.http_event import Response, as_response
from infra.local.mailbox import Letter
from intake.aws.uploads import FORM_SIGNED_FOR
from intake.inquiry import RECEIPT
from tests.faults.changing import contact
from tests.faults.machine import Machine
from tests.faults.people import CANARY, FORM, Patient, of_one_size
from tests.handlers import blueprint
from tests.steps.hostile import JSON

SIZE = len(of_one_size("clean")[0])
OK, REFUSED, CONFLICT, INVALID, BROKEN = 200, 400, 409, 422, 500
_GOTCHA = "_gotcha"
_CLAIMS = {"sub": "5d1c", "username": "doctor", "cognito:groups": "[supervisors]"}


@dataclass
class Slot:
    """A declared file: the key that was signed for it, until when, and how much came under it."""

    client_key: str
    key: str
    until: datetime
    came: int = 0


@dataclass
class Sender(Patient):
    """A patient whose every step is somebody else's choice. `key` is their client's own."""

    key: str = ""
    is_bot: bool = False
    slots: list[Slot] = field(default_factory=list)
    seen: int = 0  # how often the address was corrected, by the page that is open

    def form(self) -> dict[str, Any]:
        """Return the answers, or what a bot makes of them."""
        answers = super().form()
        answers["consents"] = [*answers["consents"], contact()]
        return answers | ({_GOTCHA: "bot"} if self.is_bot else {})

    def send(self, machine: Machine) -> Response:
        """Send the form, for the first time or again."""
        return self.post(machine, self.key)

    def send_other(self, machine: Machine, change: dict[str, Any]) -> Response:
        """Send something else under the same key."""
        body = json.dumps(Patient.form(self) | change).encode()
        return machine.send(
            *("POST", f"/f/{FORM}", body), content_type=JSON, accept=JSON, idempotency_key=self.key
        )

    # ---- Behind the link ----------------------------------------------------------------------

    def declare(self, machine: Machine, method: str) -> Response:
        """Have a file signed, whole or in parts."""
        client_key = f"{CANARY}-{len(self.slots)}"
        reply = self._ask(machine, "/sign", _declared(client_key) | {"method": method})
        if reply.status == OK:
            told = json.loads(reply.body)
            key = told.get("key") or told["fields"]["key"]
            self.slots.append(Slot(client_key, key, machine.now + FORM_SIGNED_FOR))
        return reply

    def put(self, machine: Machine, slot: Slot, content: bytes) -> None:
        """Send a whole file by the signed form, as long as it is valid."""
        if machine.now < slot.until:
            machine.cloud.put(machine.buckets[0], slot.key, content)
            slot.came += 1

    def put_parts(self, machine: Machine, slot: Slot, content: bytes) -> Response:
        """Send a file in parts, all of it unless a step is not signed; return the last answer."""
        bucket = machine.buckets[0]
        step = {"key": slot.key, "uploadId": machine.cloud.begin(bucket, slot.key)}
        reply = self._ask(machine, "/sign", {"method": "PUT", "partNumber": 1} | step)
        if reply.status != OK:
            return reply
        sent = (bucket, slot.key, step["uploadId"])
        tag = machine.cloud.put_part(*sent, 1, content)
        reply = self._ask(machine, "/sign", {"method": "POST"} | step)
        if reply.status == OK:
            machine.cloud.complete(*sent, {1: tag})
            slot.came += 1
        return reply

    def take_back(self, machine: Machine, slot: Slot) -> Response:
        """Say that a file will not come."""
        return self._ask(machine, "", {"do": "take_back"} | _declared(slot.client_key))

    def say_all(self, machine: Machine) -> Response:
        """Say that this is all."""
        return self._ask(machine, "", {"do": "done"})

    def confirm(self, machine: Machine) -> Response | None:
        """Follow the link of the receipt and confirm the address; None: no receipt has come."""
        own = (m.mail for m in machine.mails if (m.inquiry, m.letter) == (self.inquiry, RECEIPT))
        token = next((each for mail in own for each in _tokens(mail)), None)
        return self._ask(machine, "", {"do": "confirm"}, token) if token else None

    def correct(self, machine: Machine, n: int) -> Response:
        """Say that the receipt should go elsewhere, as the page that they have open sees it."""
        email = f"{CANARY.lower()}-{self.n}-{n}@patients.example"
        self.corrected.append(email)
        asked = {"do": "correct_address", "email": email, "seen": str(self.seen)}
        reply = self._ask(machine, "", asked)
        if reply.status == OK:
            self.seen = int(json.loads(reply.body)["addressCorrections"])
        return reply

    def add_note(self, machine: Machine, n: int) -> Response:
        """Add a correction in words; the same *n* is a second click."""
        return self._ask(machine, "", {"do": "add_note", "message": f"{CANARY} correction {n}"})

    def take_back_consent(self, machine: Machine, purpose: str) -> Response:
        """Take back a consent, after being asked once more."""
        asked = {"do": "take_back_consent", "purpose": purpose, "sure": "yes"}
        return self._ask(machine, "", asked)

    def withdraw(self, machine: Machine) -> Response:
        """Withdraw the inquiry, after being asked once more."""
        return self._ask(machine, "", {"do": "withdraw", "sure": "yes"})

    def _ask(
        self, machine: Machine, path: str, asked: dict[str, Any], token: str | None = None
    ) -> Response:
        target = f"/u/{token or self.link.rpartition('/u/')[2]}{path}"
        body = json.dumps(asked).encode()
        return machine.send("POST", target, body, content_type=JSON, accept=JSON)


def staff(machine: Machine, act: str, case: str, **asked: Any) -> tuple[int, Any]:
    """Ask as a supervisor does, whose token the gateway has let in; return status and body."""
    route = f"/cases/{{case}}/{act}" if case else "/cases"
    event = {
        "version": "2.0",
        "routeKey": f"{'POST' if case else 'GET'} {route}",
        "rawPath": route,
        "rawQueryString": "",
        "headers": {"content-type": JSON},
        "pathParameters": {"case": case},
        "requestContext": {
            "http": {"method": "POST"},
            "domainName": "intake.clinic.example",
            "authorizer": {"jwt": {"claims": _CLAIMS, "scopes": None}},
        },
        "body": json.dumps(asked),
    }
    try:
        reply = as_response(machine.invoke(blueprint().functions["OpenCase"].arn, event))
    except FunctionFailedError:
        return BROKEN, None
    return reply.status, json.loads(reply.body)


def decide(machine: Machine, case: str, action: str, **about: Any) -> int:
    """Open a case, and decide on what is seen there."""
    status, seen = staff(machine, "open", case)
    if status != OK:
        return status
    return staff(machine, "actions", case, action=action, revision=seen["revision"], **about)[0]


def _declared(client_key: str) -> dict[str, Any]:
    named = {"slot": "radiology", "name": f"{CANARY}.pdf", "type": "application/pdf"}
    return {"key": client_key, "size": SIZE} | named


def _tokens(mail: Letter) -> Iterator[str]:
    for line in mail.part("Text").splitlines():
        if "/u/" in line:
            yield line.partition("/u/")[2].split()[0]
