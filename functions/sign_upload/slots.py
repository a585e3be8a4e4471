"""One file after the other, for browsers without a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from intake.aws.declared import Declared, upload_key
from intake.aws.uploads import UploadsBucket
from intake.forms import Form
from intake.inquiry import Case, File
from sign_upload import admission
from sign_upload.admission import Limits
from sign_upload.signing import declaration


@dataclass(frozen=True)
class OpenSlot:
    """A file that a page may send now, and the form that sends it."""

    file: File
    action: str
    fields: Mapping[str, str]
    largest: int


@dataclass(frozen=True)
class Slots:
    """
    The place that a page's next file gets.

    Its size is not known before it came, so there is one at a time: the next is opened when the
    last was used or given up.
    """

    declared: Declared
    uploads: UploadsBucket
    limits: Limits

    def open(
        self, form: Form, case: Case, requirement: str, record: int | None, now: datetime
    ) -> File:
        """Have a place for a file of this kind; a second click finds the first one's."""
        largest = self.limits.of_file(admission.need_of(form, requirement))
        inquiry = case.inquiry
        if record is None:
            record = _uncovered(case, requirement)
        record = admission.record_of(inquiry, requirement, record)
        last = last_slot(case)
        if last and not self._is_used(last):
            if (last.requirement, last.record) == (requirement, record):
                return last
            # Not the same place under another name: its form may be sending in another window.
            self.declared.abandon(last, now)
        wanted = declaration(inquiry.id, requirement, record, now)
        # Who clicks twice sees the same number of files twice.
        key = upload_key("page", requirement, inquiry.files_declared)
        # Its form works for an hour, whatever becomes of the place: what it may bring is taken.
        left = self.limits.bytes_left(inquiry)
        return self.declared.declare(wanted, key, self.limits.room, min(largest, left))

    def close(self, case: Case, now: datetime) -> None:
        """Give up the place that nobody used, so that the team does not wait for it."""
        last = last_slot(case)
        if last and not self._is_used(last):
            self.declared.abandon(last, now)

    def seen(self, case: Case, now: datetime) -> Case:
        """Return *case* with the files that S3 has and whose events are still on their way."""
        here = {file.n for file in _slots(case) if self._is_used(file)}
        files = [replace(file, arrived_at=now) if file.n in here else file for file in case.files]
        return replace(case, files=tuple(files))

    def form(self, form: Form, case: Case, back_to: str) -> OpenSlot | None:
        """Return the form for the open slot of a case that was `seen`, if there is one."""
        file = last_slot(case)
        if file is None:
            return None
        kept = self.declared.set_aside(file)
        largest = min(kept, self.limits.of_file(admission.need_of(form, file.requirement)))
        if not largest:
            return None
        # An empty file may come too: we say so in words, S3 would in XML.
        action, fields = self.uploads.signed_form(file.key, 0, largest, back_to=back_to)
        return OpenSlot(file, action, fields, largest)

    def _is_used(self, slot: File) -> bool:
        """
        Ask S3, whose event may be on its way.

        The table alone would offer the place again, and a second file in it would be lost.
        """
        return self.uploads.holds(slot.key)


def last_slot(case: Case) -> File | None:
    """Return the place that was opened last, unless something is known to have come of it."""
    last = max((file.n for file in case.files if file.size is None), default=None)
    return next((file for file in _slots(case) if file.n == last), None)


def _slots(case: Case) -> list[File]:
    """Return the places of which nothing is known to have come: one, but for late events."""
    return [
        file
        for file in case.files
        if file.size is None and not file.arrived_at and not file.abandoned_at
    ]


def _uncovered(case: Case, requirement: str) -> int | None:
    """Return the first announced record of this kind that has no file; None if all have one."""
    covered = {file.record for file in case.files if not file.abandoned_at}
    return next(
        (
            record.n
            for record in case.inquiry.records
            if record.requirement == requirement and record.n not in covered
        ),
        None,
    )
