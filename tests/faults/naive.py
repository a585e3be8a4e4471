"""
`python -m tests.faults.naive`: what most form backends do, through the same days as ours.

The same front door and the same AWS, but behind it a row, two mails, an answer: no key, no ledger,
no queue, no sweep. A mail that fails is logged, since the inquiry is stored, after all.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

import tests.conftest  # noqa: F401  no real account, wherever this is run
from accept_inquiry import handler, paperwork
from accept_inquiry.accept import Accepted, Intake
from accept_inquiry.front import logger
from accept_inquiry.paperwork import Submission
from intake import http
from intake.aws import items
from intake.aws.clients import client
from intake.aws.outages import outages_become_refusals
from intake.inquiry import RECEIPT, TEAM_NEW, Inquiry, file_key
from tests.faults import days
from tests.faults.cases import Result
from tests.faults.invariants import cases
from tests.faults.machine import Machine, machine
from tests.handlers import SENDER, TEAM, Handlers, blueprint

SEEDS = 100
_SETS = {TEAM_NEW: ("NotifyTeam", "TEAM"), RECEIPT: ("ReplyToSender", "SENDER")}


@dataclass(frozen=True)
class NaiveIntake(Intake):
    """Puts the files, then the row, then writes the mails."""

    def accept(self, submission: Submission, now: datetime) -> Accepted:
        """Store the inquiry, mail it, answer."""
        inquiry = paperwork.inquiry(submission, self.zone, now)
        for n, file in enumerate(submission.files):
            self.uploads.put(file_key(inquiry.id, n), file.content, file.sha256)
        with outages_become_refusals():
            self.inquiries.dynamodb.put_item(
                TableName=self.inquiries.table, Item=items.from_inquiry(inquiry)
            )
        for letter, to in ((TEAM_NEW, TEAM), (RECEIPT, inquiry.answers["contact"]["email"])):
            with suppress(ClientError, BotoCoreError):
                client("sesv2").send_email(**_mail(inquiry, letter, to))
        return Accepted(paperwork.answer(inquiry, submission), inquiry.id)


def _mail(inquiry: Inquiry, letter: str, to: str) -> dict[str, Any]:
    step, who = _SETS[letter]
    words = {"Data": f"Inquiry {inquiry.reference}"}
    return {
        "FromEmailAddress": SENDER,
        "Destination": {"ToAddresses": [to]},
        "ConfigurationSetName": blueprint().functions[step].environment[f"{who}_CONFIGURATION_SET"],
        "EmailTags": [
            {"Name": "inquiry", "Value": inquiry.id},
            {"Name": "letter", "Value": letter},
        ],
        "Content": {"Simple": {"Subject": words, "Body": {"Text": words, "Html": words}}},
    }


class NaiveHandlers(Handlers):
    """The naive step behind the front door; whatever else is invoked does nothing."""

    def _handle(self, logical_id: str) -> Callable[[Any, Any], Any]:
        if logical_id != "AcceptInquiry":
            return lambda _event, _context: {"batchItemFailures": []}
        super()._handle(logical_id)
        front = handler.wiring()
        naive = replace(front, intake=NaiveIntake(**vars(front.intake)))
        refuse = front.reception.refuse
        return lambda event, _context: http.answer(event, logger, naive.respond, refuse)


@dataclass
class Score:
    """What became of the inquiries of many days."""

    accepted: int = 0
    lost: int = 0  # accepted, and no mail ever told the team
    twice: int = 0  # mails to the team about what another one had told of
    failed: tuple[int, Sequence[str]] | None = None  # the first seed that broke something, and what

    def add(self, seed: int, machine: Machine, result: Result, patients: Sequence[Any]) -> None:
        """Count one day."""
        told = _told(machine)
        self.accepted += sum(bool(each.promised) for each in patients)
        self.lost += sum(bool(each.promised) and not told[each.email] for each in patients)
        self.twice += sum(count - 1 for count in told.values())
        if result.broken and self.failed is None:
            self.failed = seed, sorted({each.invariant for each in result.broken})


def _told(machine: Machine) -> Counter[str]:
    """Count the team's mails by who had written to them."""
    kept = cases(machine)
    about = (kept[each.inquiry] for each in machine.mails if each.letter == TEAM_NEW)
    return Counter(str(case.inquiry.answers["contact"]["email"]) for case in about)


def scored(handlers_of: type[Handlers], seeds: int) -> Score:
    """Live through so many days."""
    score = Score()
    with machine(handlers_of) as deployed:
        for seed in range(seeds):
            patients = days.patients(random.Random(seed))
            result = days.live(deployed, seed, patients)
            score.add(seed, deployed, result, patients)
    return score


def main() -> None:
    """Print both scores, side by side."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.naive", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many days")
    seeds = parser.parse_args().seeds
    for name, handlers_of in (("naive", NaiveHandlers), ("ours", Handlers)):
        score = scored(handlers_of, seeds)
        print(f"{name}: lost {score.lost} of {score.accepted}, twice {score.twice}", flush=True)
        if score.failed:
            seed, broken = score.failed
            print(f"  SEED={seed} broke {'; '.join(broken)}")


if __name__ == "__main__":
    main()
