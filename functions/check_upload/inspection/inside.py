"""One file inside an archive or a disc: what it is, and whether it passes what it would alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace

from check_upload.inspection import dicomdir, kinds, programs
from check_upload.inspection.dicom import behind, check_document, ends_there
from check_upload.inspection.header import AMONG_MANY, Header, read_header
from check_upload.inspection.member import UNSAFE, Member, Open, leads_out
from check_upload.inspection.result import (
    CLEAN,
    Inspection,
    RefusedError,
    WithheldError,
)
from check_upload.inspection.stretches import DamagedError, Held, Inflated, Stretch, TooFarError
from check_upload.inspection.studies import Tally
from check_upload.inspection.whole import TWO_THINGS, Whole

_MOST_OF_ONE = 2**20  # a header that is longer is none that anybody reads
# What stands behind scans whose pixels are in pieces: who has to look pays for the way there.
_MOST_BEHIND, _COST_OF_READ = 16 * 2**20, 64 * 2**10

_START = 4096  # every magic and every preamble lies within
_LAB_NAMES = (".json", ".xml", ".hl7")  # which say what they are later
_DISC_AT, _DISC = 32769, b"CD001"
_LONGEST_LINK = 1024


@dataclass
class Inside:
    """What was found until now."""

    open_: Open
    _whole: Whole = field(init=False)
    _tally: Tally = field(default_factory=Tally)
    _directory: dicomdir.Directory = field(default_factory=dicomdir.Directory)
    _flags: set[str] = field(default_factory=set)
    _left_out: int = 0
    _archives: int = 0
    _damaged: int = 0
    _behind: int = 0  # bytes on the way to what is behind scans

    def __post_init__(self) -> None:
        """Begin with nothing read."""
        self._whole = Whole(self.open_)

    def at(self, member: Member) -> None:
        """Look at one member."""
        if not member.size:
            return
        content = self.open_(member, _MOST_OF_ONE)
        if member.is_link:
            self._link(content, member)
            return
        start = _start(content, member)
        kind = kinds.kind_of(start)
        if kinds.is_two_things(start, kind):
            raise WithheldError(TWO_THINGS)
        if kind == kinds.DICOM:
            self._dicom(member, content)
        elif kind == kinds.PDF:
            self._whole.pdf(member)
        elif kind in kinds.PICTURES:
            self._whole.picture(member, kind)
        elif kind in kinds.LABS:
            self._whole.lab(member, kind)
        elif programs.is_program(member.name, start):
            self._left_out += 1
        elif programs.is_archive(member.name, start) or _is_disc(content, member):
            self._archives += 1
        self._whole.spend(getattr(content, "spent", 0))

    def _link(self, content: Stretch, member: Member) -> None:
        """
        Leave out a link to a place beside it or below, as in programs for macOS.

        Another one would have whoever unpacks read or write somewhere else.
        """
        if member.size > _LONGEST_LINK:
            raise WithheldError(UNSAFE)
        if leads_out(content.read(0, member.size).decode("utf-8", "replace")):
            raise WithheldError(UNSAFE)
        self._left_out += 1

    def _dicom(self, member: Member, content: Stretch) -> None:
        try:
            header = read_header(content, AMONG_MANY)
            if header.media_class == dicomdir.CLASS:
                self._list(member)
                return
            self._look_behind(member, content, header)
        except WithheldError:
            raise
        except RefusedError:
            self._damaged += 1
            return
        if header.document is None or self._has_document(member, content, header):
            self._tally.add(header, member.size)
        else:
            self._left_out += 1

    def _list(self, member: Member) -> None:
        found = dicomdir.read_directory(self.open_(member, dicomdir.DEPTH.read))
        self._directory.images |= found.images
        for person in found.people:
            self._tally.name(person)

    def _look_behind(self, member: Member, content: Stretch, header: Header) -> None:
        """Raise WithheldError for a program behind a scan; tell of whatever else is there."""
        if ends_there(header):
            return
        self._behind += member.size if isinstance(content, Inflated) else _COST_OF_READ
        with suppress(TooFarError):
            if self._behind > _MOST_BEHIND:
                raise TooFarError
            if isinstance(content, Inflated):
                content.reach = max(content.reach, member.size)
            rest = behind(header)
            if rest is None:
                return
            if programs.is_something(header.window.stretch.read(rest, programs.ENOUGH)):
                raise WithheldError(TWO_THINGS)
            self._flags.add("trailing_bytes")

    def _has_document(self, member: Member, content: Stretch, header: Header) -> bool:
        document = header.document
        assert document is not None  # noqa: S101  asked before
        if not self._whole.may_walk(document.length):
            return False
        stretch = header.window.stretch
        if stretch is content:
            stretch = self.open_(member, document.end)
        try:
            given = stretch.read(document.start, document.length)
            self._whole.spend(len(given))
            check_document(Held(given))
        except RefusedError as error:
            self._whole.did_not_pass(error)
            return False
        return True

    def outcome(self, kind: str, entries: int, flags: tuple[str, ...]) -> Inspection:
        """Say what all members hold; refuse what holds nothing that anybody could read."""
        scans = self._tally.objects
        if not scans and self._damaged:
            raise DamagedError
        # Beside scans it is a part of their viewer. Without them, they are in it.
        if not scans and self._archives:
            raise RefusedError("zip_in_zip")
        if not (
            scans
            or self._whole.reports
            or self._tally.reports
            or self._whole.pictures
            or self._whole.labs
        ):
            raise self._whole.why or RefusedError("no_images_found")
        missing = bool(self._damaged or self._directory.images - self._tally.instances)
        # A disc's pictures are its viewer's; without scans they are what was sent.
        pictures, unread = (0, 0) if scans else (self._whole.pictures, self._whole.unread)
        left_out = self._left_out + self._whole.left_out + self._archives + unread
        own = {"programs_left_out": left_out > 0, "images_missing_on_disc": missing}
        named = (flag for flag, is_so in own.items() if is_so)
        facts = self._tally.facts(dict.fromkeys((*named, *flags, *sorted(self._flags))))
        facts = replace(
            facts,
            reports=facts.reports + self._whole.reports,
            entries=entries,
            left_out=left_out,
            pictures=pictures,
        )
        return Inspection(CLEAN, None, kind, self._whole.with_labs(facts), self._tally.people)


def _start(content: Stretch, member: Member) -> bytes:
    enough = kinds.START_BYTES if member.name.lower().endswith(_LAB_NAMES) else _START
    try:
        return content.read(0, min(member.size, enough))
    except DamagedError as error:
        raise RefusedError("file_damaged") from error


def _is_disc(content: Stretch, member: Member) -> bool:
    end = _DISC_AT + len(_DISC)
    return member.size > end and content.read(_DISC_AT, len(_DISC)) == _DISC
