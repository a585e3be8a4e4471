"""Clean, refused (the sender can mend it) or withheld (a person looks): decided without AWS."""

from __future__ import annotations

from dataclasses import dataclass

from check_upload import sniff
from intake.aws.uploads import Upload
from intake.inquiry import File

CLEAN = "clean"
REFUSED = "refused"
WITHHELD = "withheld"
UNFINISHED = "check_unfinished"


@dataclass(frozen=True)
class Verdict:
    """What was found or decided. `reason` is a key of the catalogue's texts for the sender."""

    verdict: str
    reason: str | None = None
    kind: str | None = None


def decide(file: File, upload: Upload | None) -> Verdict:
    """
    Judge one version by its size and first bytes against what was declared.

    A size that differs can't come from an honest upload, so a person looks at it.
    """
    if upload is None:
        return Verdict(WITHHELD, UNFINISHED)
    if upload.size == 0:
        return Verdict(REFUSED, "empty_file")
    if file.size is not None and upload.size != file.size:
        return Verdict(WITHHELD, UNFINISHED)
    return _by_content(upload.start, file.name)


def _by_content(start: bytes, name: str) -> Verdict:
    kind = sniff.kind_of(start)
    if sniff.is_word_document(start, name):
        return Verdict(REFUSED, "word_document")
    if kind is None:
        return Verdict(REFUSED, "unknown_kind")
    if kind == sniff.ZIP:
        # Nobody has looked into it, and one can hold anything.
        return Verdict(WITHHELD, "archive", kind)
    if sniff.is_two_things(start):
        return Verdict(WITHHELD, UNFINISHED, kind)
    return Verdict(CLEAN, kind=kind)


def decided(file: File, upload: Upload | None) -> Verdict:
    """Return what the staff's decision makes of a withheld *file*."""
    if upload is None:
        return Verdict(REFUSED, "gone", file.kind)
    if file.decision == "release":
        return Verdict(CLEAN, kind=file.kind)
    return Verdict(REFUSED, "not_accepted", file.kind)
