"""What has to be read whole to be believed, inside an archive: documents, exports, photos."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from check_upload.inspection.images import inspect_picture
from check_upload.inspection.lab import inspect_lab
from check_upload.inspection.member import Member, Open
from check_upload.inspection.pdf import inspect_pdf
from check_upload.inspection.result import MOST_PANELS, UNFINISHED, RefusedError, WithheldError
from check_upload.inspection.stretches import Held
from intake.findings import FROM_LAB, Facts

# In all: beginnings of 8 KiB, of 10,000 files, and what is read whole below.
_MOST_INFLATED = 400 * 2**20
# Documents have to be walked whole. A report has some pages; a viewer's manual may be larger.
_MOST_OF_PDF, _MOST_OF_PDFS = 4 * 2**20, 16 * 2**20
# Photos only pass over quickly.
_MOST_OF_PICTURE, _MOST_OF_PICTURES = 32 * 2**20, 128 * 2**20

TWO_THINGS = "two_things"


@dataclass
class Whole:
    """What passed until now as it would alone, and why the first thing did not."""

    open_: Open
    reports: int = 0
    left_out: int = 0
    panels: dict[str, None] = field(default_factory=dict)
    dates: set[str] = field(default_factory=set)
    pictures: int = 0
    labs: int = 0
    unread: int = 0  # pictures
    _walked: int = 0  # bytes of documents
    _seen: int = 0  # bytes of pictures
    _inflated: int = 0
    why: RefusedError | None = None  # why the first document or picture did not pass

    def pdf(self, member: Member) -> None:
        """Count a report. One that acts, is locked, or is too much to walk, is left out."""
        if not self.may_walk(member.size):
            self.left_out += 1
            return
        content = self._whole(member)
        try:
            inspect_pdf(content)
        except RefusedError as error:
            self.did_not_pass(error)
            self.left_out += 1
        else:
            self.reports += 1

    def lab(self, member: Member, kind: str) -> None:
        """Keep what an export of a lab says of itself, as those of portals do."""
        if not self.may_walk(member.size):
            self.left_out += 1
            return
        content = self._whole(member)
        try:
            facts = inspect_lab(content, kind).facts
        except RefusedError as error:
            self.did_not_pass(error)
            self.left_out += 1
        else:
            self.labs += 1
            self.panels.update(dict.fromkeys(facts.panels))
            self.dates.update(filter(None, (facts.date,)))

    def picture(self, member: Member, kind: str) -> None:
        """Count a photo. What only begins as one, or is too much to look through, is not read."""
        self._seen += member.size
        if member.size > _MOST_OF_PICTURE or self._seen > _MOST_OF_PICTURES:
            self.why = self.why or WithheldError(UNFINISHED)
            self.unread += 1
            return
        content = self._whole(member)
        try:
            inspect_picture(content, kind)
        except RefusedError as error:
            if error.reason == TWO_THINGS:
                raise
            self.did_not_pass(error)
            self.unread += 1
        else:
            self.pictures += 1

    def _whole(self, member: Member) -> Held:
        content = self.open_(member, member.size).read(0, member.size)
        self.spend(len(content))
        return Held(content)

    def may_walk(self, size: int) -> bool:
        """Tell whether there is room for one more document of *size* bytes."""
        self._walked += size
        if size > _MOST_OF_PDF or self._walked > _MOST_OF_PDFS:
            self.did_not_pass(WithheldError(UNFINISHED))
            return False
        return True

    def did_not_pass(self, error: RefusedError) -> None:
        """Keep the reason, for when nothing else passes."""
        self.why = self.why or error

    def spend(self, much: int) -> None:
        """Raise WithheldError if more was unpacked than any disc needs."""
        self._inflated += much
        if self._inflated > _MOST_INFLATED:
            raise WithheldError(UNFINISHED)

    def with_labs(self, facts: Facts) -> Facts:
        """Return *facts* with what exports of labs say; a date of scans counts before theirs."""
        facts = replace(facts, panels=tuple(self.panels)[:MOST_PANELS])
        newest = max(self.dates, default=None)
        if facts.date or not newest:
            return facts
        return replace(facts, date=newest, date_source=FROM_LAB)
