"""What one file is, in words: what was found in it, how far it was checked, and what to doubt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from intake import scanning
from intake.findings import Facts, Study, from_text
from intake.inquiry import File
from intake.words import Words

_BETWEEN = " · "
_A_PAIR = 2
_LABS = frozenset({"fhir", "ccda", "hl7"})
# What the scanner says, for whoever wants to open the file; anything else is that it can't tell.
_SCANS = {
    scanning.NO_THREATS: "clean",
    scanning.THREATS: "harmful",
    scanning.FAILED: "unfinished",
    scanning.ACCESS_DENIED: "unfinished",
}
# Worth knowing, and no reason to doubt the file.
_HARMLESS = frozenset({"scanned_pages", "opens_itself"})


@dataclass(frozen=True)
class Sheet:
    """The words for files of one case. `records` are the announced ones, as answered."""

    words: Words
    records: Sequence[Mapping[str, Any]]

    def of(self, file: File) -> dict[str, Any]:
        """Return what can be said of *file* without its number, name and size."""
        facts = from_text(file.facts)
        date, source = self._date(file, facts)
        return {
            "kind": file.kind,
            "kindText": self.words.maybe(f"case.kinds.{file.kind}") or file.kind or "",
            "date": date,
            "dateSource": source,
            "dateSourceText": self.source(source),
            "state": file.state,
            "stateText": self.words.text(f"case.file_states.{_state_key(file)}"),
            "reason": file.reason,
            "reasonText": self._reason(file.reason) if file.reason else "",
            "declaredType": file.declared_type,
            "facts": list(self._facts(file, facts, date)),
            "identity": facts.identity,
            "identityText": self.words.maybe(f"case.facts.identity.{facts.identity}") or "",
            "notes": [self._flag(flag) for flag in facts.flags if flag in _HARMLESS],
            "doubts": [self._flag(flag) for flag in facts.flags if flag not in _HARMLESS],
            **self._scan(file),
            **self._lab(file, facts),
        }

    def day(self, date: str) -> str:
        """Write a date; what was read in a file and is none stays as it is."""
        try:
            return self.words.day(date)
        except ValueError:
            return date

    def source(self, source: str | None) -> str:
        """Say where a date is from, if that is known."""
        return self.words.maybe(f"case.standing.sources.{source}") or ""

    def images(self, study: Study) -> str:
        """Say how many images a study has, or that it has none."""
        return self.counted("images", study.images) if study.images else self._text("no_images")

    def counted(self, key: str, count: int) -> str:
        """Say a number of things, as many as the language has ways to."""
        return self.words.counted(f"case.facts.{key}", count)

    def files(self, numbers: Sequence[int]) -> str:
        """Name files as people count them: "files 3, 5, 9"."""
        shown = ranges([n + 1 for n in numbers])
        return self.words.counted("case.facts.file_numbers", len(numbers), numbers=shown)

    def _facts(self, file: File, facts: Facts, shown: str | None) -> Iterator[str]:
        if len(facts.studies) == 1:
            yield self._study(file, facts.studies[0], shown)
        for name, count in (
            ("studies", len(facts.studies) if len(facts.studies) > 1 else 0),
            ("pages", facts.pages),
            ("reports", facts.reports),
            ("entries", facts.entries),
            ("left_out", facts.left_out),
        ):
            if count:
                yield self.counted(name, count)
        if facts.width and facts.height:
            yield self._text("pixels", width=facts.width, height=facts.height)

    def _study(self, file: File, study: Study, shown: str | None) -> str:
        day = self.day(study.date) if study.date and study.date != shown else ""
        # That an image is one goes without saying.
        images = "" if file.kind == "dicom" and study.images == 1 else self.images(study)
        parts = (study.modality, study.body_part, images, day)
        return _BETWEEN.join(part for part in parts if part)

    def _date(self, file: File, facts: Facts) -> tuple[str | None, str | None]:
        """Return a file's date and where it is from; what was found in it beats what was stated."""
        if facts.date and facts.date_source:
            return facts.date, facts.date_source
        dates = [study.date for study in facts.studies if study.date]
        if dates:
            return max(dates), "dicom"
        record = file.record if file.record in range(len(self.records)) else None
        stated = None if record is None else self.records[record].get("document_date")
        return (stated, "stated") if stated else (None, None)

    def _scan(self, file: File) -> dict[str, str]:
        """Say what the malware scanner found, of a file that has come."""
        if not file.arrived_at:
            return {"scan": "", "scanText": ""}
        if scanning.is_unscanned(file):
            return {"scan": "silent", "scanText": self._text("scan.silent")}
        unscanned = "none" if file.state == "clean" else "unfinished"
        scan = _SCANS.get(file.scan, "impossible") if file.scan else unscanned
        return {"scan": scan, "scanText": self._text(f"scan.{scan}")}

    def _lab(self, file: File, facts: Facts) -> dict[str, Any]:
        if file.kind not in _LABS:
            return {"labText": "", "panels": []}
        return {"labText": self._text("lab_export"), "panels": list(facts.panels)}

    def _reason(self, reason: str) -> str:
        """Say why a file is not clean; what a newer check found has at least a general word."""
        return self.words.maybe(f"case.reasons.{reason}") or self.words.text("case.reasons.other")

    def _flag(self, flag: str) -> str:
        own = self.words.maybe(f"case.file_flags.{flag}")
        return own or self.words.text("case.file_flags.other")

    def _text(self, key: str, **params: str | int) -> str:
        return self.words.text(f"case.facts.{key}", **params)


def ranges(numbers: Sequence[int]) -> str:
    """Write numbers in a few characters: 1, 3, 4, 5 and 9 as "1, 3-5, 9", with a longer dash."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(
        f"{run[0]}\u2013{run[-1]}" if len(run) > _A_PAIR else ", ".join(map(str, run))
        for run in runs
    )


def _state_key(file: File) -> str:
    if file.state == "withheld" and file.decision:
        return "decided"
    if scanning.is_unscanned(file):
        return "unscanned"
    return "abandoned" if file.state == "announced" and file.abandoned_at else file.state
