"""Problems as notes on the page: beside the field, and in the summary that links to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from intake.errors import Problem
from intake.words import Words


@dataclass(frozen=True)
class Note:
    """One message; `target` is the id of what its link leads to."""

    target: str
    message: str


@dataclass
class Notes:
    """Hands every problem to the control that shows it, in the order of the page."""

    words: Words
    left: list[Problem]
    summary: list[Note] = field(default_factory=list)
    _targets: dict[str, str] = field(default_factory=dict)

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
        messages = tuple(dict.fromkeys(self.words.problem(problem) for problem in mine))
        self.summary += [Note(target, message) for message in messages]
        return messages

    def touches(self, path: str) -> bool:
        """Tell whether an unclaimed problem is at *path* or below it."""
        return any(f"{problem.field}.".startswith(f"{path}.") for problem in self.left)

    def rest(self, top: str) -> list[Note]:
        """Return what no control took, linked to the nearest thing that the page shows."""
        found = {}
        for problem in self.left:
            path = problem.field
            while path and path not in self._targets:
                path = path.rpartition(".")[0]
            message = self.words.problem(problem)
            found[message] = Note(self._targets.get(path, top), message)
        return list(found.values())
