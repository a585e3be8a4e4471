"""What may never be, whatever breaks (safety), and what must be when nothing breaks (liveness)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from infra.local.queues import name_of
from intake.aws import items
from intake.inquiry import (
    FILES_UNUSABLE,
    RECEIPTS,
    SENDER_LETTERS,
    TEAM_CHANGES,
    TEAM_ESCALATION,
    TEAM_FALLBACK,
    TEAM_LETTERS,
    TEAM_NEW,
    TEAM_REMINDER,
    TEAM_WITHDRAWN,
    WAIT_FOR_RECORDS,
    Case,
    File,
    has_fallback,
)
from tests.faults.machine import MINUTE, Machine, Mailed
from tests.faults.people import CANARY, Patient, scanned
from tests.faults.plan import SKEW, START, TICK, Boundary, Fault, Kind
from tests.handlers import FALLBACK, TEAM, blueprint

PROMISE = timedelta(minutes=5)
CLEAN, THREATS = "NO_THREATS_FOUND", "THREATS_FOUND"
HARMFUL = "harmful"
# What rings when nobody may have been told: the letter itself, or the sweep that would say so.
PROMISE_ALARMS = {"LettersOverdue", "RetryStalledSilent", "RetryStalledErrors"}
# These wait for a working day, or for an address to prove itself, and stand in nobody's way.
_STAND_BY = {TEAM_REMINDER, TEAM_ESCALATION, FILES_UNUSABLE}
# These may leave when an inquiry is withdrawn: the letter of that, or that it may be lost.
_OF_THE_END = {TEAM_WITHDRAWN, TEAM_FALLBACK}
_MOVES = {"due_at", "replay_until", "expires_at"}  # the only times that are no stamps
_ROWS_COME_WITHIN = timedelta(minutes=15)  # then `check_upload` removes what has none
_WORDS = 2  # are said of an object: S3's and the scanner's
# SES took the mail, and the step does not know.
_ANSWER_LOST = {Kind.LOST, Kind.TIMED_OUT, Kind.KILLED_AFTER}
# The table is asked twice at the most to note that it was sent.
_NOTES = 2
_HARMLESS = {Kind.TWICE, Kind.MEANWHILE}
# Of a sweep: it does not come, or takes what is late for younger than it is.
_NO_SWEEP = {Kind.VANISHED, Kind.LATE, Kind.BEHIND}
_SWEEPS = ("RetryStalled", START)
_REPEAT = "repeat"
# What goes when a letter is to be sent again.
_OUTCOMES = frozenset(
    {
        *("sent_at", "claimed_at", "delayed_at", "complained_at", "soft_bounced_at"),
        *("bounced_at", "rejected_at", "undelivered_at", "gave_up_at", "closed_at", "pushed_at"),
    }
)
_ABOUT_OBJECTS = {
    *("Object Created", "GuardDuty Malware Protection Object Scan Result"),
    "message to CheckUpload",
}
_STAMP = re.compile(r"_at$")


@dataclass(frozen=True)
class Broken:
    """An invariant that does not hold, by its name, and how."""

    invariant: str
    how: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.how}"


@dataclass(frozen=True)
class Resent:
    """A letter that somebody of the staff had sent again, and when."""

    inquiry: str
    letter: str
    at: datetime

    def is_of(self, case: Case, kind: str) -> bool:
        """Tell whether it is this letter of this case."""
        return (self.inquiry, self.letter) == (case.inquiry.id, kind)


class Witness:
    """Looks at everything after each invocation; `broken` is what it has seen."""

    def __init__(self, machine: Machine, patients: Sequence[Patient]) -> None:
        self.machine, self.patients = machine, patients
        self.broken: dict[Broken, None] = {}
        self._stamps: dict[tuple[str, str], frozenset[str]] = {}
        self.since: dict[str, datetime] = {}  # when an inquiry was first seen in the table
        self.resent: list[Resent] = []  # what staff had sent again
        self._notes: set[str] = set()
        self._said = self._mails = 0
        machine.after = self.look

    def look(self) -> None:
        """Check what has to hold at any time."""
        for broken in (*self._stamps_stay(), *self._nothing_leaks(), *self._bounded()):
            self.broken[broken] = None

    def _stamps_stay(self) -> Iterator[Broken]:
        written = self.machine.written()
        decided = {each for item in written for each in self._decided(item)}
        for item in written:
            key = (item["pk"]["S"], item["sk"]["S"])
            if key[1] == items.INQUIRY:
                self.since.setdefault(item["id"]["S"], self.machine.now)
            now = frozenset(name for name in item if _STAMP.search(name) and name not in _MOVES)
            gone = self._stamps.get(key, frozenset()) - now - _may_go(key, item, decided)
            if gone:
                yield Broken("I9 a stamp, once written, stays", f"{key[1]} lost {sorted(gone)}")
            self._stamps[key] = now

    def _decided(self, item: items.Item) -> Iterator[tuple[str, str]]:
        """Yield whom a note of a decision, not seen before, is about, and what was decided."""
        sort_key = item["sk"]["S"]
        if not sort_key.startswith(items.EVENT) or sort_key in self._notes:
            return
        self._notes.add(sort_key)
        letter = item.get("letter", {}).get("S", "")
        inquiry = item["pk"]["S"].removeprefix(items.partition(""))
        if item["did"]["S"] == "resend":
            self.resent.append(Resent(inquiry, letter, self.machine.now))
        yield item["pk"]["S"], f"{item['did']['S']} {letter}".strip()

    def _nothing_leaks(self) -> Iterator[Broken]:
        said, mails = self.machine.said, self.machine.mails
        for text in said[self._said :]:
            if CANARY.lower() in text.lower():
                yield Broken("I10 nothing of the patient leaves", "printed, raised or queued")
        for mailed in mails[self._mails :]:
            yield from _mail_is_ours(mailed, self.patients)
        self._said, self._mails = len(said), len(mails)

    def _bounded(self) -> Iterator[Broken]:
        for step in self.machine.too_often:
            yield Broken("I12 retries are bounded", f"a message of {step}")
        for what in self.machine.dropped:
            yield Broken("I17 no message is dropped that failed", what)


def _may_go(
    key: tuple[str, str], item: items.Item, decided: Collection[tuple[str, str]]
) -> frozenset[str]:
    """Return the stamps that a decision, or a file that came after all, takes back."""
    partition, sort_key = key
    if (partition, f"resend {sort_key.removeprefix(items.LETTER)}") in decided:
        return _OUTCOMES
    if sort_key == items.INQUIRY and (partition, "reopen") in decided:
        return frozenset({"answered_at"})
    if sort_key == items.INQUIRY and (partition, "sender_address") in decided:
        return frozenset({"address_failed_at"})
    if sort_key.startswith(items.FILE) and ("arrived_at" in item or "due_at" in item):
        return frozenset({"abandoned_at"})
    return frozenset()


def _mail_is_ours(mailed: Mailed, patients: Sequence[Patient]) -> Iterator[Broken]:
    to = set(mailed.mail.addresses("To"))
    own = {email for each in patients if each.inquiry == mailed.inquiry for email in each.emails}
    if mailed.letter in SENDER_LETTERS:
        # Its client may not know the id yet; nobody else's address is ever right.
        allowed = own or {email for each in patients if not each.inquiry for email in each.emails}
        is_theirs = len(to) == 1 and to <= allowed
    else:
        is_theirs = to <= {TEAM, FALLBACK}
    if not is_theirs:
        yield Broken("I11 letters go where they belong", mailed.letter)
    words = mailed.mail.subject + mailed.mail.part("Text") + mailed.mail.part("Html")
    if CANARY.lower() in (words + str(mailed.mail.tags)).lower():
        yield Broken("I10 nothing of the patient leaves", f"in the letter {mailed.letter}")


def cases(machine: Machine) -> dict[str, Case]:
    """Return every inquiry with its files and letters, as the table holds them."""
    inquiries, files, letters = {}, [], []
    for item in machine.rows():
        sort_key = item["sk"]["S"]
        if sort_key == items.INQUIRY:
            inquiry = items.to_inquiry(item)
            inquiries[inquiry.id] = inquiry
        elif sort_key.startswith(items.FILE):
            files.append(items.to_file(item))
        elif sort_key.startswith(items.LETTER):
            letters.append(items.to_letter(item))
    return {
        id_: Case(
            inquiry,
            tuple(file for file in files if file.inquiry == id_),
            {letter.kind: letter for letter in letters if letter.inquiry == id_},
        )
        for id_, inquiry in inquiries.items()
    }


def liveness(witness: Witness) -> list[Broken]:
    """Return what is not as it should be, when all has been well for a while."""
    machine, patients = witness.machine, witness.patients
    kept = cases(machine)
    found: list[Broken] = []
    for patient in patients:
        others = {each.inquiry for each in patients if each is not patient}
        found += _is_kept(patient, [case for id_, case in kept.items() if id_ not in others])
    for case in kept.values():
        found += [
            *_was_told_in_time(machine, case, witness.since[case.inquiry.id]),
            *_failed_letters_are_told_elsewhere(machine, case),
            *_files_are_told_of(case),
            *_changes_are_told_of(case),
            *_nothing_follows_a_withdrawal(machine, case),
            *_came_once(machine, case, witness.resent),
            *_came_again(machine, case, witness.resent),
            *_letters_are_over(machine, case),
            *(one for file in case.files for one in _is_settled(machine, case, file)),
        ]
    return [*found, *_nothing_strange(machine, kept), *_queues_are_empty(machine)]


def _is_kept(patient: Patient, kept: Sequence[Case]) -> Iterator[Broken]:
    """Of those that are *kept* and nobody else's; who sends by two keys has two inquiries."""
    own = [case for case in kept if _email(case) == patient.email]
    if patient.promised and not patient.stored_when_promised:
        yield Broken("I1 stored before it is promised", f"patient {patient.n}")
    if patient.promised and not own:
        yield Broken("I1 stored before it is promised", f"patient {patient.n} is lost")
    if patient.is_refused and own:
        yield Broken("I3 what is refused is not kept", f"patient {patient.n}")
    if len(own) > 1 or len(set(patient.answers)) > 1:
        how = f"patient {patient.n}: {len(own)} inquiries, {len(set(patient.answers))} answers"
        yield Broken("I8 one key, one inquiry, one answer", how)
    if patient.promised and patient.is_refused:
        yield Broken("I8 one key, one inquiry, one answer", f"patient {patient.n} was refused too")
    if own and patient.is_done:
        posted = len(patient.files) + patient.uploaded
        here = sum(1 for file in own[0].files if file.arrived_at)
        if here < posted:
            yield Broken("I13 nothing accepted is lost", f"{here} of {posted} files are known")


def _email(case: Case) -> str:
    contact: dict[str, Any] = case.inquiry.answers["contact"]
    return str(contact["email"])


def _was_told_in_time(machine: Machine, case: Case, since: datetime) -> Iterator[Broken]:
    """By our own clock, not by what the ledger says when it was owed."""
    if _is_kept_aside(case):
        if any(mailed.inquiry == case.inquiry.id for mailed in machine.mails):
            yield Broken("I11 letters go where they belong", "somebody was told of a bot's post")
        return
    latest, told = _latest(case, since), _told(machine, case)
    if case.inquiry.withdrawn_at and case.inquiry.withdrawn_at <= latest:
        return  # nobody waits for it any more
    if not told or min(told) > latest:
        if not _rang(machine, latest - PROMISE, latest + _longer(machine, latest)):
            yield Broken("I2 told in five minutes, or an alarm rings", _when(told, since))
        letter = case.letters.get(TEAM_NEW)
        if not told and not (letter and letter.gave_up_at):
            yield Broken("I2 told in the end", "no letter to the team")


def _failed_letters_are_told_elsewhere(machine: Machine, case: Case) -> Iterator[Broken]:
    for letter in case.letters.values():
        stamps = (letter.bounced_at, letter.complained_at, letter.rejected_at)
        if not any((*stamps, letter.undelivered_at)) or letter.kind in SENDER_LETTERS:
            continue
        if not machine.rang("LettersUndelivered"):
            yield Broken("I18 a failed letter rings", letter.kind)
        if has_fallback(letter.kind) and TEAM_FALLBACK not in case.letters:
            yield Broken("I18 a failed letter is told elsewhere", letter.kind)


def _files_are_told_of(case: Case) -> Iterator[Broken]:
    """Every settled file stands in a letter that left; one whose note was lost may hold any."""
    inquiry = case.inquiry
    if _is_kept_aside(case) or inquiry.rejected_at or inquiry.withdrawn_at:
        return
    told = [each for each in case.letters.values() if each.kind in TEAM_LETTERS]
    sent = [each for each in told if each.sent_at]
    owed = any(each.due_at and not each.sent_at for each in told)
    for file in case.settled_files:
        if not owed and not any(each.told is None or file.n in each.told for each in sent):
            yield Broken("I19 every file is told of", f"file {file.n}")


def _changes_are_told_of(case: Case) -> Iterator[Broken]:
    """What a sender changed is known to the team, if they are to know of the inquiry at all."""
    inquiry = case.inquiry
    if TEAM_NEW not in case.letters or inquiry.withdrawn_at or inquiry.rejected_at:
        return
    told = [case.letters[kind] for kind in (TEAM_NEW, *TEAM_CHANGES) if kind in case.letters]
    # Given up on, or noted by SES's event alone: then an alarm rang, or nobody knows how many.
    made = len(inquiry.changes)
    heard = [made if each.heard is None else each.heard for each in told if each.sent_at]
    owed = any(each.gave_up_at or (each.due_at and not each.sent_at) for each in told)
    if not owed and max(heard, default=0) < made:
        yield Broken("I20 every change is told of", f"{max(heard, default=0)} of {made}")


def _nothing_follows_a_withdrawal(machine: Machine, case: Case) -> Iterator[Broken]:
    """Only what was being written may leave after it, and the one letter that tells of it."""
    at = case.inquiry.withdrawn_at
    if at is None:
        return
    for mailed in machine.mails:
        letter = case.letters.get(mailed.letter)
        if mailed.inquiry != case.inquiry.id or letter is None:
            continue
        begun = letter.claimed_at is not None and letter.claimed_at <= at + SKEW
        if mailed.at > at and not begun and mailed.letter not in _OF_THE_END:
            yield Broken("I21 nothing follows a withdrawal", mailed.letter)
    told = case.letters.get(TEAM_WITHDRAWN)
    if not _is_kept_aside(case) and not (told and (told.sent_at or told.due_at or told.gave_up_at)):
        yield Broken("I20 every change is told of", "what was accepted ended without a word")


def _is_kept_aside(case: Case) -> bool:
    return bool(case.inquiry.quarantined_at and not case.inquiry.released_at)


def _latest(case: Case, since: datetime) -> datetime:
    released = case.inquiry.released_at
    waits = WAIT_FOR_RECORDS if case.inquiry.records and not released else timedelta(0)
    return (released or since) + waits + PROMISE


def _told(machine: Machine, case: Case) -> list[datetime]:
    return [mailed.at for mailed in machine.mails if _is(mailed, case, TEAM_NEW)]


def _longer(machine: Machine, latest: datetime) -> timedelta:
    """
    Return how much longer than promised an alarm may take.

    It is what sweeps tell, or their silence: when two in a row were disturbed in these minutes,
    the next one is a minute late for it.
    """
    gone = {
        one.at
        for one in machine.plan.fired
        if latest - PROMISE <= one.at <= latest
        and one.fault.kind in _NO_SWEEP
        and (one.fault.at.who == TICK or (one.fault.at.who, one.fault.at.what) == _SWEEPS)
    }
    in_a_row = any(at + MINUTE in gone for at in gone)
    return MINUTE if in_a_row else timedelta(0)


def alarmed_after(witness: Witness) -> list[timedelta]:
    """Return how long after it was owed an alarm rang, for each inquiry that was told late."""
    machine, found = witness.machine, []
    for case in cases(machine).values():
        latest, told = _latest(case, witness.since[case.inquiry.id]), _told(machine, case)
        over = case.inquiry.withdrawn_at
        if _is_kept_aside(case) or (told and min(told) <= latest) or (over and over <= latest):
            continue
        owed = latest - PROMISE
        minutes = range(int(PROMISE / MINUTE) + 2)
        ends = (owed + n * MINUTE for n in minutes)
        rang = next((end for end in ends if _rang(machine, owed, end)), None)
        found.append(rang - owed if rang else timedelta.max)
    return found


def _when(told: Sequence[datetime], since: datetime) -> str:
    after = [str(at - since) for at in told]
    return f"told after {after or 'never'}, and nothing rang"


def _rang(machine: Machine, since: datetime, until: datetime) -> bool:
    """Tell whether an alarm that means it rang at some time between."""
    state = dict.fromkeys(PROMISE_ALARMS, "")
    for change in machine.watch.history:
        if change.name in state and change.at <= until:
            state[change.name] = change.state
            if change.state == "ALARM" and change.at >= since:
                return True
    return "ALARM" in state.values()


def _is(mailed: Mailed, case: Case, kind: str) -> bool:
    return (mailed.inquiry, mailed.letter) == (case.inquiry.id, kind)


def _came_once(machine: Machine, case: Case, resent: Sequence[Resent]) -> Iterator[Broken]:
    for kind in {mailed.letter: None for mailed in machine.mails}:
        sent = [mailed for mailed in machine.mails if _is(mailed, case, kind)]
        wanted = [each.at for each in resent if each.is_of(case, kind)]
        for first, again in pairwise(sent):
            if any(first.at <= at <= again.at for at in wanted):
                continue
            if not is_double_loss(machine, first, again):
                yield Broken("I4 no letter comes twice", kind)
            elif _REPEAT not in again.mail.part("Text"):
                yield Broken("I4 a repeat says that it is one", kind)


def _came_again(machine: Machine, case: Case, resent: Sequence[Resent]) -> Iterator[Broken]:
    """What a person had sent again is sent, or somebody sees that it was not."""
    for kind, letter in case.letters.items():
        last = max((each.at for each in resent if each.is_of(case, kind)), default=None)
        if last is None or letter.closed_at or letter.gave_up_at:
            continue
        if not any(_is(mailed, case, kind) and mailed.at >= last for mailed in machine.mails):
            yield Broken("I2 what is to be sent again is", f"{kind} was not")


def repeats(machine: Machine) -> int:
    """Count the mails that came again."""
    return sum(
        count - 1 for count in Counter((m.inquiry, m.letter) for m in machine.mails).values()
    )


def is_double_loss(machine: Machine, first: Mailed, again: Mailed) -> bool:
    """
    Tell whether both ways of knowing that SES took *first* were broken before it came *again*.

    One is the answer: SES's own was lost, or the note of it that the same step makes next. The
    other are SES's events: none had been written down, and that because one of them was disturbed
    on its way or in the step that writes it down, not because nobody waited for it.
    """
    id_ = first.mail.message_id
    answer = any(_is_lost(one.fault, first.by) for one in machine.plan.fired)
    written = machine.reported.get(id_, again.at)
    return answer and id_ in machine.disturbed and written >= again.at


def _is_lost(fault: Fault, sent_by: Boundary) -> bool:
    """Tell whether a step that sent a mail by this call learned or kept nothing of it."""
    if (fault.at.who, fault.at.run) != (sent_by.who, sent_by.run):
        return False
    if fault.at.call == sent_by.call:
        return fault.kind in _ANSWER_LOST
    note = range(sent_by.call + 1, sent_by.call + 1 + _NOTES)
    return fault.at.call in note and fault.kind not in _HARMLESS


def _letters_are_over(machine: Machine, case: Case) -> Iterator[Broken]:
    for letter in case.letters.values():
        if letter.kind in _STAND_BY and not letter.sent_at:
            continue
        if letter.due_at and letter.due_at <= machine.now + timedelta(hours=1):
            yield Broken("I12 nothing is tried for ever", f"{letter.kind} is still due")
        is_given_up = letter.closed_at or letter.gave_up_at
        sent = any(_is(mailed, case, letter.kind) for mailed in machine.mails)
        if letter.kind in RECEIPTS and not (is_given_up or sent):
            yield Broken("I2 told in the end", "no receipt")


def _is_settled(machine: Machine, case: Case, file: File) -> Iterator[Broken]:
    if not file.arrived_at or case.inquiry.rejected_at:  # then nobody waits for it
        return
    if not file.checked_at:
        yield Broken("I7 every file gets a verdict", f"file {file.n} is {file.state}")
        return
    uploads, records = machine.buckets
    yield from _is_kept_right(machine, file, machine.contents(records, file.key))
    waiting = [
        version
        for version in machine.cloud.versions(uploads)
        if version["Key"] == file.key
        # A put that was asked for twice left two versions.
        and (version["VersionId"] == file.version or not _is_unheard_of(machine, version))
    ]
    if file.state == "withheld" and not waiting:
        yield Broken("I13 nothing accepted is lost", f"withheld file {file.n} is gone")
    if file.state in {"clean", "refused"} and waiting:
        yield Broken("I7 what is settled leaves quarantine", f"file {file.n}")
    yield from _is_counted(machine, case, file)


def _is_kept_right(machine: Machine, file: File, kept: Sequence[bytes]) -> Iterator[Broken]:
    """Among the records lies what was scanned clean, once, and nothing else."""
    if file.state == "clean" and len(kept) != 1:
        yield Broken("I13 a clean file is kept, once", f"{len(kept)} copies of file {file.n}")
    said = machine.scans.get(str(file.version), [])
    if file.state == "clean" and CLEAN not in said:
        yield Broken("I5 nobody opens what was not scanned clean", f"file {file.n}")
    if file.state == "clean" and THREATS in said and not _lost_words(machine):
        yield Broken("I5 nobody opens what turned out harmful", f"file {file.n}")
    # What turned out harmful once it was here stays, for the operator to look at.
    was_here = file.reason == HARMFUL and file.records_version and CLEAN in said
    if file.state != "clean" and len(kept) > bool(was_here):
        yield Broken("I5 nobody opens what was not scanned clean", f"file {file.n}, {file.state}")
    if file.reason == HARMFUL and THREATS not in said:
        yield Broken("I13 nothing accepted is lost", f"file {file.n}, for what another one held")
    for content in kept:
        if scanned(content).result != CLEAN:
            yield Broken("I6 what is harmful never gets in", f"file {file.n}")


def _lost_words(machine: Machine) -> int:
    """Count the events about objects that never came."""
    return sum(
        one.fault.kind is Kind.VANISHED and one.fault.at.who in _ABOUT_OBJECTS
        for one in machine.plan.fired
    )


def _is_counted(machine: Machine, case: Case, file: File) -> Iterator[Broken]:
    """A withheld file, whose name is secret, is counted in the letter that tells of it."""
    if file.state != "withheld":
        return
    for mailed in machine.mails:
        letter = case.letters.get(mailed.letter)
        if mailed.inquiry != case.inquiry.id or letter is None:
            continue
        # Not by a mail before it whose note was lost: that one may have left before the file.
        is_noted = mailed.mail.message_id == letter.message_id
        tells = is_noted and file.n in (letter.told or ())
        if tells and "Kept back" not in mailed.mail.part("Text"):
            yield Broken("I14 what is withheld is counted", mailed.letter)


def _nothing_strange(machine: Machine, kept: dict[str, Case]) -> Iterator[Broken]:
    known = {file.key for case in kept.values() for file in case.files}
    for bucket in machine.buckets:
        for version in machine.cloud.versions(bucket):
            old = machine.now - version["LastModified"] > timedelta(minutes=20)
            if version["Key"] not in known and old and not _is_unheard_of(machine, version):
                yield Broken("I7 every object has a row", f"in {bucket.partition('-')[0]}")


def _is_unheard_of(machine: Machine, version: Mapping[str, Any]) -> bool:
    """
    Tell whether neither S3's word nor the scanner's came when a row could not come any more.

    Of what was put for a post that failed, or put twice, nothing else knows: the bucket's lifecycle
    removes it.
    """
    decided_from = version["LastModified"] + _ROWS_COME_WITHIN
    name = (version["Key"], version["VersionId"])
    heard = machine.heard.get(name, version["LastModified"])
    return _lost_words(machine) >= _WORDS and heard < decided_from


def _queues_are_empty(machine: Machine) -> Iterator[Broken]:
    for trigger in blueprint().triggers:
        queue = name_of(trigger.queue_arn)
        if machine.cloud.next_visible(queue) is not None:
            yield Broken("I12 queues empty", queue)
    dead = {name_of(json.loads(str(q))["deadLetterTargetArn"]) for q in _redrives()}
    for queue in dead:
        if machine.cloud.depth(queue) and not machine.rang("DeadLetters"):
            yield Broken("I15 what is stuck rings", queue)


def _redrives() -> Iterator[str]:
    for queue in blueprint().queues.values():
        if "RedrivePolicy" in queue.properties:
            yield json.dumps(queue.properties["RedrivePolicy"])
