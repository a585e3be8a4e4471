"""Problems as notes on the page: beside the field, and in the summary that links to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from intake.errors import Problem
from intake.words import Words


@dataclass(frozen=True)
class Note:
    """One message about the field at `path`; `target` is the id of what its link leads to."""

    target: str
    message: str
    path: str


@dataclass
class Notes:
    """Hands every problem to the control that shows it, in the order of the page."""

    words: Words
    left: list[Problem]
    _taken: list[Note] = field(default_factory=list)
    _targets: dict[str, str] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, words: Words, problems: Sequence[Problem]) -> Notes:
        """Start with all *problems* unclaimed."""
        return cls(words, list(problems))

    def take(self, target: str, *fields: str, key: str = "") -> tuple[str, ...]:
        """
        Return the messages for *fields*, for a control whose first input has the id *target*.

        Also those with this *key*: a schema that wants one of several things (a record, or the
        reason why there is none) can only put its problem on the list that holds them.
        """
        for path in fields:
            self._targets.setdefault(path, target)
        mine = [problem for problem in self.left if problem.field in fields or problem.key == key]
        self.left = [problem for problem in self.left if problem not in mine]
        notes = {note.message: note for note in (self._note(target, each) for each in mine)}
        self._taken += notes.values()
        return tuple(notes)

    def within(self, path: str, place: str) -> None:
        """Call what is inside *path* by its *place*: of several cards each asks the same."""
        self._places[path] = place

    def touches(self, path: str) -> bool:
        """Tell whether an unclaimed problem is at *path* or below it."""
        return any(f"{problem.field}.".startswith(f"{path}.") for problem in self.left)

    def summary(self, top: str) -> list[Note]:
        """
        Return all notes in the order of the page, to be called when the page is laid out.

        First those that no control took, linked to the nearest thing that the page shows or to
        the id *top*. What one of several cards asks begins with that card's name.
        """
        rest = {
            note.message: note
            for note in (self._note(self._nearest(each.field, top), each) for each in self.left)
        }
        return [self._placed(note) for note in (*rest.values(), *self._taken)]

    def _note(self, target: str, problem: Problem) -> Note:
        return Note(target, self.words.problem(problem), problem.field)

    def _placed(self, note: Note) -> Note:
        path = note.path
        while path and path not in self._places:
            path = path.rpartition(".")[0]
        if not path:
            return note
        said = self.words.text("page.at", place=self._places[path], message=note.message)
        return replace(note, message=said)

    def _nearest(self, path: str, top: str) -> str:
        while path and path not in self._targets:
            path = path.rpartition(".")[0]
        return self._targets.get(path, top)
