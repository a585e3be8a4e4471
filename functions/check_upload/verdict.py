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
    """What a check found. `reason` is a key of the catalogue's texts for the sender."""

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
    if upload.size != file.size:
        return Verdict(WITHHELD, UNFINISHED)
    kind = sniff.kind_of(upload.start)
    if kind is None:
        is_word = sniff.is_word_document(upload.start, file.name)
        return Verdict(REFUSED, "word_document" if is_word else "unknown_kind")
    if sniff.is_two_things(upload.start):
        return Verdict(WITHHELD, UNFINISHED, kind)
    return Verdict(CLEAN, kind=kind)
