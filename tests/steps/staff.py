"""The clinic with its staff: who signs in, what they ask, and what they are told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

import open_case.handler
from intake.aws.clients import client
from intake.inquiry import File, Inquiry, Letter
from intake.scanning import NO_THREATS
from open_case.desk import logger
from tests.rights import not_granted
from tests.steps.clinic import TABLE, Clinic, a_letter, an_inquiry
from tests.steps.mailroom import CANARY, INQUIRY, NOW

GENERAL, RHEUMATOID = "general-inquiry", "rheumatoid-arthritis"
CLAIM = "cognito:groups"
REFERENCE = "INQ-7F3K-22QW"  # people type it, so its check character has to be right
TEAM_GROUPS = {
    "doctors": {"role": "doctor", "forms": ["*"]},
    "coordinators": {"role": "coordinator", "forms": ["*"]},
    "supervisors": {"role": "supervisor", "forms": ["*"]},
    "ra-doctors": {"role": "doctor", "forms": [RHEUMATOID]},
    "ra-supervisors": {"role": "supervisor", "forms": [RHEUMATOID]},
    "general-supervisors": {"role": "supervisor", "forms": [GENERAL]},
}
DOCTOR, COORDINATOR, SUPERVISOR = "[doctors]", "[coordinators]", "[supervisors]"
ROLE_GROUPS = {"doctor": DOCTOR, "coordinator": COORDINATOR, "supervisor": SUPERVISOR}
JSON = "application/json"
# As a hostile sender would name a file and answer: it must come back as values and nothing else.
HOSTILE = f"{CANARY}'\"><script>alert(1)</script>\u202e\\\r\n../../etc.pdf"


@dataclass(frozen=True)
class Told:
    """One reply, read."""

    status: int
    raw: str
    headers: dict[str, str]

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str:
        """The public code of a refusal."""
        return str(self.body["errors"][0]["code"])


class Office:
    """The step `open_case` in an empty clinic."""

    def __init__(self, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clinic = clinic
        self._monkeypatch = monkeypatch
        self.configure()

    def configure(self, groups: Any = TEAM_GROUPS) -> None:
        """Give the step what the template gives it beyond the clinic's own."""
        self._monkeypatch.setenv("TEAM_GROUPS", json.dumps(groups))
        self._monkeypatch.setenv("GROUPS_CLAIM", CLAIM)
        open_case.handler.wiring.cache_clear()
        logger.registered_handler.setStream(self.clinic.log)

    def send(self, event: dict[str, Any]) -> Told:
        """Hand an event to the handler as Lambda does, and hold its calls to its rights."""
        context = SimpleNamespace(
            function_name="open_case",
            memory_limit_in_mb=512,
            invoked_function_arn="arn:aws:lambda:eu-west-2:123456789012:function:open_case",
            aws_request_id="request",
        )
        before = len(self.clinic.calls)
        answer = open_case.handler.handle(event, context)
        assert not not_granted("open_case", self.clinic.calls[before:])
        return Told(answer["statusCode"], answer["body"], answer["headers"])

    def list(self, groups: str = DOCTOR, query: str = "", **headers: str) -> Told:
        """Ask for a worklist."""
        return self.send(an_event("GET /cases", groups, query=query, headers=headers))

    def open(self, case: str = REFERENCE, groups: str = DOCTOR, **more: Any) -> Told:
        """Look at a case."""
        return self.send(an_event("POST /cases/{case}/open", groups, {}, case=case, **more))

    def open_file(self, n: int | str = 0, case: str = REFERENCE, groups: str = DOCTOR) -> Told:
        """Ask for a link to a file."""
        route = "POST /cases/{case}/files/{n}/open"
        return self.send(an_event(route, groups, {}, case=case, n=str(n)))

    def act(
        self,
        action: str,
        groups: str = SUPERVISOR,
        revision: int = 0,
        case: str = REFERENCE,
        **on: Any,
    ) -> Told:
        """Decide something."""
        body = {"action": action, "revision": revision, **on}
        return self.send(an_event("POST /cases/{case}/actions", groups, body, case=case))

    # ---- What is left -----------------------------------------------------------------------

    def noted(self, kind: str, inquiry: str = INQUIRY) -> list[dict[str, Any]]:
        """Return the notes of one kind ("access", "event"), oldest first."""
        rows = self.clinic.rows(f"inquiry#{inquiry}")
        return sorted(
            (row for row in rows if row["sk"].startswith(f"{kind}#")), key=lambda row: row["sk"]
        )

    def item(self, sort_key: str = "inquiry", inquiry: str = INQUIRY) -> dict[str, Any]:
        """Return one item as it stands in the table."""
        return next(row for row in self.clinic.rows(f"inquiry#{inquiry}") if row["sk"] == sort_key)

    def table(self) -> list[dict[str, Any]]:
        """Return everything in the table, in order."""
        return sorted(self.clinic.rows(), key=lambda row: (row["pk"], row["sk"]))

    def store(self, inquiry: Inquiry, *rows: File | Letter) -> None:
        """Store a case as acceptance leaves it: with its reference."""
        self.clinic.store(inquiry, *rows)
        client("dynamodb").put_item(
            TableName=TABLE,
            Item={
                "pk": {"S": f"reference#{inquiry.reference}"},
                "sk": {"S": "reference"},
                "inquiry": {"S": inquiry.id},
            },
        )


def an_event(
    route: str,
    groups: str | None,
    body: Any = None,
    *,
    query: str = "",
    headers: dict[str, str] | None = None,
    claims: dict[str, Any] | None = None,
    **parameters: str,
) -> dict[str, Any]:
    """Return a request of somebody in *groups*, as the gateway hands it over."""
    method, _, path = route.partition(" ")
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", value)
    told = {"sub": "5d0c-sub", "username": "dr.canary", "scope": "openid clinic-intake/cases"}
    given = {"content-type": JSON} if body is not None else {}
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": given | (headers or {}),
        "requestContext": {
            "http": {"method": method, "path": path},
            "domainName": "intake.clinic.example",
            "authorizer": {
                "jwt": {
                    "claims": told | ({CLAIM: groups} if groups else {}) | (claims or {}),
                    "scopes": ["clinic-intake/cases"],
                }
            },
        },
        "pathParameters": parameters,
        "body": body if isinstance(body, str) or body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def a_file(n: int = 0, verdict: str | None = "clean", **changes: Any) -> File:
    """Return a file that was checked, or that arrived if *verdict* is None."""
    given: dict[str, Any] = {
        "record": 0,
        "requirement": "blood",
        "version": f"upload-version-{n}",
        "size": 1_500_000,
        "sha256": "0" * 64,
        "name": HOSTILE,
        "declared_type": "application/pdf",
        "declared_at": NOW,
        "arrived_at": NOW,
        "checked_at": NOW if verdict else None,
        "verdict": verdict,
        "kind": "pdf",
        "scan": NO_THREATS if verdict else None,
        "records_version": f"records-version-{n}" if verdict == "clean" else None,
        "reason": {"withheld": "archive", "refused": "unknown_kind"}.get(verdict or ""),
    }
    return File(inquiry=INQUIRY, n=n, **(given | changes))


def a_case(**changes: Any) -> Inquiry:
    """Return an inquiry of the form rheumatoid-arthritis, open and never looked at."""
    return an_inquiry(**({"reference": REFERENCE} | changes))


def quarantined(**changes: Any) -> Inquiry:
    """Return an inquiry that looked like a robot's."""
    return a_case(quarantined_at=NOW, **changes)


def failed_letter(kind: str = "receipt", stamp: str = "bounced_at", **changes: Any) -> Letter:
    """Return a letter that was sent and never reached its reader."""
    past: dict[str, Any] = {
        "due_at": None,
        "sent_at": NOW,
        "message_id": "ses-message-id",
        "claimed_at": NOW,
        "attempts": 1,
        "told": (0,),
        "reason": "General",
        stamp: NOW,
    }
    return a_letter(kind, **(past | changes))
