"""Find out what a pinned version is, and bring about the verdict that follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from check_upload import identity
from check_upload.inspection.result import Asked, Inspection, Reader
from check_upload.source import VersionSource
from check_upload.verdict import CLEAN, REFUSED, UNFINISHED, WITHHELD, Verdict, verdict_of
from intake import clock, findings, scanning
from intake.aws.files import Files
from intake.aws.records import Copy, RecordsBucket
from intake.aws.scans import Scanner
from intake.aws.uploads import UploadsBucket
from intake.aws.verdicts import Verdicts
from intake.errors import UnavailableError
from intake.inquiry import File

# Each round loses against somebody who wrote something; no file has so much to be said of it.
_ROUNDS = 6


class Inspecting(Protocol):
    """What opens a stranger's file, out of our reach."""

    def inspect(self, source: Reader, asked: Asked) -> Inspection:
        """Return what *source* is and holds."""


@dataclass(frozen=True)
class Settling:
    """Where a version lies, who looks into it, and where it goes."""

    files: Files
    verdicts: Verdicts
    uploads: UploadsBucket
    records: RecordsBucket
    inspector: Inspecting
    scanner: Scanner

    def inspected(self, file: File, now: datetime) -> File:
        """Return *file* with what it holds, which is looked at once."""
        # Nobody opens what is known to be harmful, and what was settled is settled.
        if file.inspected_at or file.checked_at or file.scan == scanning.THREATS:
            return file
        found = self._look_into(file)
        facts = self._compared(file, found)
        seen = replace(
            file,
            inspected_at=now,
            found=found.outcome,
            reason=found.reason,
            kind=found.kind,
            facts=findings.to_text(facts) if facts != findings.NOTHING else None,
        )
        return self.verdicts.inspected(seen) or self._again(file)

    def settled(self, file: File, now: datetime, *, given_up: bool) -> tuple[File, File]:
        """
        Return *file* before and under the verdict that all that is known makes.

        Both are the same where it waits, or where a twin of this message wrote the verdict.
        """
        before = file
        copied: str | None = None
        for _ in range(_ROUNDS):
            verdict = verdict_of(file, given_up=given_up)
            if verdict is None or _stands(file, verdict):
                break
            after = self._under(file, verdict, now)
            copied = after.records_version or copied
            if self.verdicts.settle(file, after):
                file = after
                break
            # A twin of this message was faster, or something else was heard meanwhile.
            before = file = self._again(file)
        else:
            raise UnavailableError
        if copied and file.verdict == REFUSED and file.records_version != copied:
            self.records.delete(file.key, copied)
        if _may_have_left_a_copy(file):
            self._remove_copies(file)
        return before, file

    def waiting(self, file: File, now: datetime, *, is_look: bool) -> tuple[File, str | None]:
        """
        Have a *file* that lacks the scanner's word looked at again in time.

        A look asks for another scan when it is time to; returns why the scanner can't be asked.
        """
        due_at = scanning.next_look(file)
        if due_at > now:
            if due_at != file.due_at:
                self.files.look_again(file, due_at)
            return file, None
        if not is_look:
            return file, None
        error = self.scanner.ask(self.uploads.name, file.key, str(file.version))
        if error:
            return file, error  # the next look does: retry_stalled has written when
        next_look = scanning.next_look(replace(file, scan_asked_at=now))
        return self.verdicts.scan_asked(file, now, next_look) or self._again(file), None

    def kept_back(self, file: File, now: datetime, *, is_look: bool) -> tuple[File, str | None]:
        """
        Have a withheld *file* asked for again and again, until the scanner has said something.

        Then it is due when it has waited too long for a person. Returns as `waiting`.
        """
        error: str | None = None
        if scanning.is_unscanned(file):
            if not is_look:
                return file, None
            error = self.scanner.ask(self.uploads.name, file.key, str(file.version))
        due_at = scanning.next_turn(file, now)
        if due_at != file.due_at:
            self.files.look_again(file, due_at)
        return file, error

    def _look_into(self, file: File) -> Inspection:
        """Compare the size with what was declared, then have the content looked into."""
        upload = self.uploads.look(file.key, str(file.version), 1)
        if upload is None:
            return Inspection(WITHHELD, UNFINISHED)
        if upload.size == 0:
            return Inspection(REFUSED, "empty_file")
        if file.size is not None and upload.size != file.size:
            # It can't come from an honest upload, so a person looks at it.
            return Inspection(WITHHELD, UNFINISHED)
        asked = Asked(file.name, file.declared_type, file.requirement)
        with VersionSource(self.uploads, file.key, str(file.version), upload.size) as source:
            return self.inspector.inspect(source, asked)

    def _compared(self, file: File, found: Inspection) -> findings.Facts:
        """Return the facts with whether they are the patient's; whom a file names is forgotten."""
        if not found.people and not found.facts.studies:
            return found.facts
        answers: Mapping[str, Any] = self.files.answers(file.inquiry)
        return replace(found.facts, identity=identity.compare(found.people, answers))

    def _under(self, file: File, verdict: Verdict, now: datetime) -> File:
        """Return *file* under its verdict, copied to records if it is clean."""
        copy: Copy | None = None
        found = file.found
        if verdict.verdict == CLEAN:
            copy = self._take_in(file)
            if copy is None and file.decision:
                verdict = Verdict(REFUSED, "gone")
            elif copy is None:
                # Other bytes than were posted, or none: no event will ever make it clean.
                found, verdict = WITHHELD, Verdict(WITHHELD, UNFINISHED)
        after = replace(
            file,
            verdict=verdict.verdict,
            reason=verdict.reason,
            found=found,
            # What was let through before stays among the records, though nobody can open it.
            records_version=copy.version if copy else file.records_version,
            sha256=copy.sha256 if copy else file.sha256,
            arrived_at=file.arrived_at or now,
            # Not *now*: a letter may have left while a large file was being copied.
            checked_at=file.checked_at or clock.now(),
        )
        is_withheld = after.verdict == WITHHELD
        return replace(after, due_at=scanning.next_turn(after, now) if is_withheld else None)

    def _take_in(self, file: File) -> Copy | None:
        """Copy to records, or find an interrupted attempt's copy; None: gone, or bytes differ."""
        copy = self.records.find(file.key) or self.records.take_in(
            file.key, self.uploads.name, str(file.version)
        )
        if copy is None or file.sha256 in {None, copy.sha256}:
            return copy
        self.records.delete(file.key, copy.version)
        return None

    def _remove_copies(self, file: File) -> None:
        """Remove what somebody copied who died before it was known to be harmful, or unwanted."""
        while copy := self.records.find(file.key):
            self.records.delete(file.key, copy.version)

    def _again(self, file: File) -> File:
        return self.files.find(file.inquiry, file.n) or file


def _stands(file: File, verdict: Verdict) -> bool:
    return bool(file.checked_at) and verdict == Verdict(str(file.verdict), file.reason)


def _may_have_left_a_copy(file: File) -> bool:
    """Tell whether a refused *file* was once on its way to the records, and never got there."""
    was_let_in = file.found == CLEAN or bool(file.decision)
    return file.verdict == REFUSED and was_let_in and not file.records_version
