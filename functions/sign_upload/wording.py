"""How the sender's page says what came and how it stands, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from intake.standing import (
    COMPLETE,
    DATE_DIFFERS,
    IMAGES_MISSING,
    LOW_VALUE,
    PROMISED,
    REPORT_MISSING,
    STALE,
    TOO_OLD,
    Standing,
)
from intake.words import Words
from sign_upload import came
from sign_upload.came import FileLine, StudyLine

# Told beside the state; what else is noted stands at the file that it is about.
TOLD = (TOO_OLD, IMAGES_MISSING, REPORT_MISSING, LOW_VALUE, DATE_DIFFERS)


@dataclass(frozen=True)
class Wording:
    """Sentences of the catalogue's `upload`, filled in."""

    words: Words

    def standing(self, each: Standing) -> str:
        """Say how a requirement stands, and how many of its files are of no use."""
        good, bad = came.of_use(each.files), came.refused(each.files)
        if not (good and bad):
            return self._state(each)
        counts = (
            self.words.counted("upload.usable", good),
            self.words.counted("upload.refused", bad),
        )
        return " ".join((self._state(each), *counts))

    def reason(self, line: FileLine) -> str:
        """Say why a file is not used, and what to do about it."""
        key = "harmful_scan" if line.reason == "harmful" and line.is_of_a_disc else line.reason
        said = self.words.maybe(f"upload.reasons.{key}")
        return said or self.words.text("upload.reasons.other")

    def _state(self, each: Standing) -> str:
        name, words = each.state, self.words
        if name == COMPLETE:
            # Who is to send a better one is not told that nothing is missing.
            is_whole = not came.refused(each.files) and not came.is_only_small(each.files)
            name = COMPLETE if is_whole else "here"
            if each.date:
                return words.text(f"upload.standing.{name}_from", date=words.day(each.date))
        if name == PROMISED and each.expected_by:
            return words.text("upload.standing.promised_by", date=words.day(each.expected_by))
        if name == STALE and each.date and each.days:
            return words.text("upload.standing.stale", date=words.day(each.date), days=each.days)
        return words.text(f"upload.standing.{name}")

    def notes(self, each: Standing) -> Iterator[str]:
        """Say what else its sender may want to know or to mend."""
        for note in each.notes:
            said_already = note.key == each.state or (note.key, each.state) == (TOO_OLD, STALE)
            if note.key not in TOLD or said_already:
                continue
            said = {
                name: self.words.day(value) if name in {"date", "stated", "found"} else value
                for name, value in note.params.items()
                if name != "files"
            }
            yield self.words.text(f"upload.notes.{note.key}", **said)

    def study(self, line: StudyLine, *, with_body_part: bool) -> str:
        """Say what a study is: "MRI, knee, 120 images, 14 Sep 2026"."""
        words, study = self.words, line.study
        parts = [words.maybe(f"upload.modalities.{line.modality}")]
        parts[0] = parts[0] or words.text("upload.modalities.other")
        if with_body_part:
            parts.append(words.maybe(f"upload.body_parts.{line.body_part}"))
        images = words.counted("upload.images", study.images)
        parts.append(words.times("upload", study.copies, images))
        parts.append(words.day(study.date) if study.date else None)
        return words.listed(part for part in parts if part)
