"""The ledger: every inquiry that was accepted, and what became of it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.load.client import Sent
from tests.load.found import Found, Mail, Row, moment

TEAM_NEW = "team_new"
PROMISE = timedelta(minutes=5)
_CLEAN_SCAN = "NO_THREATS_FOUND"


@dataclass
class Count:
    """Ids of inquiries, or of what else is named, by what became of them."""

    accepted: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    alarmed: list[str] = field(default_factory=list)  # late or never, and an alarm said so
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)  # marked as such: answer and event were lost
    unheard: list[str] = field(default_factory=list)  # accepted, and the sender gave up before
    files: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by what they are
    orphans: list[str] = field(default_factory=list)  # objects in quarantine without a row
    wrong: list[str] = field(default_factory=list)  # whatever else may not be

    @property
    def holds(self) -> bool:
        """Whether accepted is delivered and alarmed, and nothing else."""
        parts = len(self.delivered) + len(self.alarmed)
        return len(self.accepted) == parts and not (self.lost or self.twice or self.wrong)


@dataclass(frozen=True)
class Ledger:
    """
    What senders were told, held against what was found.

    *alarmed* tells whether an alarm rang for a letter by then; *marked* whether a mail says that
    it may be a repeat.
    """

    sent: Sequence[Sent]
    found: Found
    alarmed: Callable[[str, str, datetime], bool]
    marked: Callable[[Mail], bool]

    def count(self) -> Count:
        """Count everything once."""
        count, by_email = Count(), self.found.by_email()
        for one in self.sent:
            self._account(count, one, by_email.pop(one.post.email, []))
        count.wrong += [f"{i}: nobody posted it" for some in by_email.values() for i in some]
        self._mails(count)
        self._objects(count)
        return count

    def _account(self, count: Count, one: Sent, inquiries: Sequence[str]) -> None:
        count.wrong += [f"{one.post.key}: {reason}" for reason in one.refused]
        if len(one.answers) > 1:
            count.wrong.append(f"{one.post.key}: two answers to one key")
        if not inquiries:
            if one.answers:
                count.accepted.append(one.post.key)
                count.lost.append(f"{one.post.key}: accepted, and no row")
            return
        inquiry = inquiries[0]
        count.accepted += inquiries
        count.twice += [f"{other}: a second inquiry for one key" for other in inquiries[1:]]
        if one.accepted is None:
            count.unheard.append(inquiry)
        elif one.accepted["reference"] != self.found.inquiries[inquiry]["reference"]:
            count.wrong.append(f"{inquiry}: another reference than its sender was told")
        self._letter(count, inquiry)
        self._files(count, inquiry, one)

    def _letter(self, count: Count, inquiry: str) -> None:
        """Sort by the team's letter: in the inbox within the promise, alarmed, or lost."""
        row = self.found.letters[inquiry].get(TEAM_NEW, {})
        mails, owed_at = self.found.mailed(inquiry, TEAM_NEW), moment(row.get("owed_at"))
        by = owed_at + PROMISE if owed_at else None
        if mails and by and mails[0].taken_at <= by:
            count.delivered.append(inquiry)
        elif by and self.alarmed(inquiry, TEAM_NEW, by):
            count.alarmed.append(inquiry)
        else:
            count.lost.append(f"{inquiry}: {'late' if mails else 'no letter'}, and no alarm")

    def _files(self, count: Count, inquiry: str, one: Sent) -> None:
        kept = {
            sha256
            for (_, key, _), sha256 in self.found.objects.items()
            if key.startswith(f"{inquiry}/")
        }
        for content in (*one.post.files, *one.arrived):
            if hashlib.sha256(content).hexdigest() not in kept:
                count.lost.append(f"{inquiry}: a file of {len(content)} bytes")
        for row in self.found.files[inquiry]:
            self._file(count, inquiry, row)

    def _file(self, count: Count, inquiry: str, row: Row) -> None:
        name = f"{inquiry}/{int(row['n']):04d}"
        state = row.get("verdict") or ("abandoned" if row.get("abandoned_at") else "unsettled")
        count.files[state] += 1
        if state == "unsettled" and row.get("version"):
            count.lost.append(f"{name}: nobody decided on it")
        if state != "clean":
            return
        stored = self.found.objects.get(("records", name, row.get("records_version", "")))
        if row.get("scan") != _CLEAN_SCAN or not row.get("scanned_at"):
            count.wrong.append(f"{name}: clean without a scan")
        if stored is None or stored != row.get("sha256"):
            count.wrong.append(f"{name}: clean, and not among the records as it was sent")

    def _mails(self, count: Count) -> None:
        for (inquiry, kind), mails in self.found.mails.items():
            if inquiry not in self.found.inquiries:
                count.wrong.append(f"{inquiry}: {kind} of no inquiry")
            for again in self.found.mailed(inquiry, kind)[1 : len(mails)]:
                name = f"{inquiry}: {kind}"
                (count.repeats if self.marked(again) else count.twice).append(name)

    def _objects(self, count: Count) -> None:
        rows = (row for each in self.found.files.values() for row in each)
        known = {f"{row['inquiry']}/{int(row['n']):04d}" for row in rows}
        for bucket, key, _ in self.found.objects:
            if key not in known:
                (count.orphans if bucket == "uploads" else count.wrong).append(f"{key}: no row")
