"""What came under one requirement, as its sender would say it: studies, and files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from intake import findings
from intake.aws.uploads import FORM_SIGNED_FOR
from intake.findings import Examination
from intake.inquiry import File
from intake.standing import DETAILS_DIFFER

NOT_SENT = "not_sent"
# Declared just now: it may be here already, and its event on its way.
LOOKED_FOR = "looked_for"
SOON = timedelta(minutes=15)
# Doubts of our check that a sender can do something about; in their words under upload.hints.
HINTS = ("too_small", "several_people", "images_missing_on_disc")
# More files of one fate than these are told of in one line.
_FEW = 3
# What comes from a CD, of which nobody takes a photo instead.
_OF_A_DISC = ("dicom", "zip", "iso")
_PLAIN_XRAY = ("CR", "DX", "RG", "XR")


@dataclass(frozen=True)
class StudyLine:
    """One imaging study, however many files hold it. `state` is of those that it tells of."""

    study: Examination
    files: tuple[File, ...]  # many single images, which no line of their own tells of
    state: str | None
    hints: tuple[str, ...]

    @property
    def modality(self) -> str:
        """The kind of examination, as the catalogue names it."""
        code = self.study.modality or ""
        return "XR" if code in _PLAIN_XRAY else code

    @property
    def body_part(self) -> str:
        """The part of the body as DICOM codes it, in one spelling."""
        return "".join(each for each in (self.study.body_part or "").upper() if each.isalpha())


@dataclass(frozen=True)
class FileLine:
    """A file, or several of one fate."""

    files: tuple[File, ...]
    state: str
    reason: str | None
    hints: tuple[str, ...]

    @property
    def is_one(self) -> bool:
        """Whether it is about one file alone."""
        return len(self.files) == 1

    @property
    def size(self) -> int:
        """How many bytes they have together; 0 where that is not known yet."""
        return sum(file.size or 0 for file in self.files)

    @property
    def is_of_a_disc(self) -> bool:
        """Whether these are scans, or files that hold some."""
        return all(file.kind in _OF_A_DISC for file in self.files)

    @property
    def has_second(self) -> bool:
        """Whether another object came in the place of one of them, and was not kept."""
        return any(file.second_at for file in self.files)


def file_state(file: File, now: datetime) -> str:
    """Return a file's state for its sender: one whose signature has lapsed is not on its way."""
    is_lapsed = file.upload_id is None and now - file.declared_at > FORM_SIGNED_FOR
    if file.state != "announced":
        return file.state
    if is_lapsed:
        return NOT_SENT
    is_looked_for = file.upload_id is None and now - file.declared_at < SOON
    return LOOKED_FOR if is_looked_for else file.state


def studies(files: Sequence[File]) -> tuple[StudyLine, ...]:
    """Return the studies of what came and was not kept back, the newest first."""
    good = {file.n: file for file in files if file.state in {"arrived", "clean"}}
    return tuple(
        _study_line(study, [good[n] for n in numbers])
        for study, numbers in findings.studies(good.values())
        if study.images
    )


def files(came: Sequence[File], told: Sequence[StudyLine], now: datetime) -> tuple[FileLine, ...]:
    """Return the files that no study tells of; many of one fate in one line."""
    in_studies = {file.n for line in told for file in line.files}
    alike: dict[tuple[str, str | None, tuple[str, ...]], list[File]] = {}
    for file in came:
        if file.n not in in_studies:
            fate = (file_state(file, now), file.reason, hints_of([file]))
            alike.setdefault(fate, []).append(file)
    lines = [line for fate, group in alike.items() for line in _lines(fate, group)]
    return tuple(sorted(lines, key=lambda line: line.files[0].n))


def of_use(came: Sequence[File]) -> int:
    """Return how many of the files may be used."""
    return sum(file.state == "clean" for file in came)


def refused(came: Sequence[File]) -> int:
    """Return how many of the files could not be used."""
    return sum(file.state == "refused" for file in came)


def is_only_small(came: Sequence[File]) -> bool:
    """Tell whether all that may be used are pictures too small to be read with ease."""
    good = [file for file in came if file.state == "clean"]
    return bool(good) and all("too_small" in findings.from_text(file.facts).flags for file in good)


def hints_of(came: Sequence[File]) -> tuple[str, ...]:
    """Return what their sender might mend; of a file that is refused, the reason says enough."""
    facts = [findings.from_text(file.facts) for file in came if file.state != "refused"]
    flags = {flag for each in facts for flag in each.flags}
    differs = any(each.identity == findings.DIFFERS for each in facts)
    return (*((DETAILS_DIFFER,) if differs else ()), *(each for each in HINTS if each in flags))


def _study_line(study: Examination, holders: Sequence[File]) -> StudyLine:
    # An archive has a line of its own: its name and its size are how its sender knows it.
    found = tuple(file for file in holders if file.kind == "dicom" and not file.second_at)
    single = found if len(found) > _FEW else ()
    states = {file.state for file in single}
    state = None if not states else "clean" if states == {"clean"} else "arrived"
    return StudyLine(study, single, state, hints_of(single))


def _lines(
    fate: tuple[str, str | None, tuple[str, ...]], group: Sequence[File]
) -> Iterator[FileLine]:
    if len(group) > _FEW:
        yield FileLine(tuple(group), *fate)
        return
    for file in group:
        yield FileLine((file,), *fate)
