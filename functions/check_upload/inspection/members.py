"""
What archives and discs have in common: which of their files count, and which make them unsafe.

Nothing is unpacked but the beginning of each file, where its kind and a DICOM header stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from check_upload.inspection import dicomdir, kinds, programs
from check_upload.inspection.header import AMONG_MANY, read_header
from check_upload.inspection.pdf import inspect_pdf
from check_upload.inspection.result import (
    CLEAN,
    UNFINISHED,
    Inspection,
    Reader,
    RefusedError,
    WithheldError,
)
from check_upload.inspection.stretches import READ_AHEAD, DamagedError, Held, Stretch
from check_upload.inspection.studies import Tally

MOST_MEMBERS = 10_000
# A disc is some thousand files of half a megabyte; whatever is larger unpacked is no disc.
_MOST_UNPACKED = 16 * 2**30
_LARGE, _MOST_RATIO = 2**30, 200

_MOST_INFLATED = 256 * 2**20  # in all: beginnings of 8 KiB, of 10,000 files, three times over
MOST_OF_ONE = 2**20  # a header that is longer is none that anybody reads
# PDFs have to be walked whole. A report has some pages; a viewer's manual may be larger.
_MOST_OF_PDF, _MOST_OF_PDFS = 4 * 2**20, 16 * 2**20

_START = 4096  # every magic and every preamble lies within
_AT_ONCE = 64
_NEAR = 64 * 2**10

UNSAFE = "archive_unsafe"
_LONGEST_NAME = 4096  # where most systems stop
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Member:
    """One file inside, as the list of contents has it. Sizes in bytes."""

    name: str
    size: int  # unpacked
    start: int  # where it begins in the archive, its own header included
    packed: int


Open = Callable[[Member, int], Stretch]


def check_name(name: str) -> None:
    """Raise WithheldError for a name that would lead out of the folder that it is unpacked to."""
    parts = name.split("/")
    if len(name) > _LONGEST_NAME or _CONTROL.search(name):
        raise WithheldError(UNSAFE)
    if name.startswith("/") or ".." in parts or "\\" in name or _DRIVE.match(name):
        raise WithheldError(UNSAFE)


def check_sizes(members: Iterable[Member], size: int) -> None:
    """Raise WithheldError if what is packed in *size* bytes claims to be absurdly much."""
    unpacked = sum(member.size for member in members)
    if unpacked > _MOST_UNPACKED or (unpacked > _LARGE and unpacked > _MOST_RATIO * size):
        raise WithheldError(UNSAFE)


def inspect_members(
    kind: str, reader: Reader, members: Sequence[Member], open_: Open, flags: tuple[str, ...] = ()
) -> Inspection:
    """
    Look at the beginning of every member, and say what all of them hold.

    `open_` gives a member's content, up to a number of bytes. Every one is looked at, or the
    archive is withheld: no summary claims what nobody read.
    """
    if len(members) > MOST_MEMBERS:
        raise RefusedError("too_many_files")
    check_sizes(members, reader.size)
    look = _Look(open_)
    for some in _batches(sorted(members, key=lambda each: each.start)):
        reader.prefetch(_ranges(some))
        for member in some:
            look.at(member)
    return look.outcome(kind, len(members), flags)


def _batches(members: Sequence[Member]) -> Iterator[list[Member]]:
    left = iter(members)
    while some := list(islice(left, _AT_ONCE)):
        yield some


def _ranges(members: Iterable[Member]) -> list[tuple[int, int]]:
    """Return (offset, size) of the members' beginnings, near ones together."""
    ranges: list[tuple[int, int]] = []
    for member in members:
        end = member.start + min(member.packed, READ_AHEAD)
        if ranges and member.start - sum(ranges[-1]) < _NEAR:
            start, size = ranges[-1]
            ranges[-1] = (start, max(size, end - start))
        else:
            ranges.append((member.start, end - member.start))
    return ranges


def _start(content: Stretch, size: int) -> bytes:
    try:
        return content.read(0, min(size, _START))
    except DamagedError as error:
        raise RefusedError("file_damaged") from error


@dataclass
class _Look:
    """What was found until now."""

    open_: Open
    tally: Tally = field(default_factory=Tally)
    directory: dicomdir.Directory = field(default_factory=dicomdir.Directory)
    left_out: int = 0
    pictures: int = 0
    damaged: int = 0
    walked: int = 0  # bytes of PDFs
    inflated: int = 0

    def at(self, member: Member) -> None:
        """Look at one member."""
        if not member.size:
            return
        content = self.open_(member, MOST_OF_ONE)
        start = _start(content, member.size)
        kind = kinds.kind_of(start)
        if kinds.is_two_things(start, kind):
            raise WithheldError("two_things")
        if kind == kinds.DICOM:
            self._dicom(member, content)
        elif kind == kinds.PDF:
            self._pdf(member)
        elif kind in kinds.PICTURES:
            self.pictures += 1
        elif programs.is_program(member.name, start):
            self.left_out += 1
        elif programs.is_archive(member.name, start):
            raise RefusedError("zip_in_zip")
        self._spend(getattr(content, "spent", 0))

    def _dicom(self, member: Member, content: Stretch) -> None:
        try:
            header = read_header(content, AMONG_MANY)
            if header.media_class == dicomdir.CLASS:
                self._directory(member)
            else:
                self.tally.add(header, member.size)
        except WithheldError:
            raise
        except RefusedError:
            self.damaged += 1

    def _directory(self, member: Member) -> None:
        found = dicomdir.read_directory(self.open_(member, dicomdir.DEPTH.read))
        self.directory.images |= found.images
        for person in found.people:
            self.tally.name(person)

    def _pdf(self, member: Member) -> None:
        """Count a report. One that acts, is locked, or is too much to walk, is left out."""
        self.walked += member.size
        if member.size > _MOST_OF_PDF or self.walked > _MOST_OF_PDFS:
            self.left_out += 1
            return
        content = self.open_(member, member.size).read(0, member.size)
        self._spend(len(content))
        try:
            inspect_pdf(Held(content))
        except RefusedError:
            self.left_out += 1
        else:
            self.tally.reports += 1

    def _spend(self, much: int) -> None:
        self.inflated += much
        if self.inflated > _MOST_INFLATED:
            raise WithheldError(UNFINISHED)

    def outcome(self, kind: str, entries: int, flags: tuple[str, ...]) -> Inspection:
        """Say what all members hold; refuse what holds nothing that anybody could read."""
        if not self.tally.objects and self.damaged:
            raise RefusedError("scan_damaged")
        if not (self.tally.objects or self.tally.reports or self.pictures):
            raise RefusedError("no_images_found")
        missing = bool(self.damaged or self.directory.images - self.tally.instances)
        own = {"programs_left_out": self.left_out > 0, "images_missing_on_disc": missing}
        facts = self.tally.facts((*(flag for flag, is_so in own.items() if is_so), *flags))
        # A disc's pictures are its viewer's; without scans they are what was sent.
        pictures = 0 if self.tally.objects else self.pictures
        facts = replace(facts, entries=entries, left_out=self.left_out, pictures=pictures)
        return Inspection(CLEAN, None, kind, facts, self.tally.people)
