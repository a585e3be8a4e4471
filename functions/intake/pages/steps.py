"""The steps in which the page's script shows a long form; without it, all of it is one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from intake.forms import Form
from intake.pages.fields import Control
from intake.words import Words

# What one step shows of a section: its number, or None where the whole section has one.
Block = tuple[int | None, tuple[Control, ...]]


@dataclass(frozen=True)
class Steps:
    """
    What each step is called and shows: dotted paths, of sections or of questions.

    `steps` in form.json says it; without, each section is a step, and an empty list makes the
    form one page.
    """

    titles: Sequence[str]
    shows: Sequence[Sequence[str]]

    @classmethod
    def of(cls, form: Form, words: Words) -> Steps:
        """Return the steps of *form*."""
        drawn = [{"shows": [name]} for name in form.meta["sections"] if name != "missing_records"]
        steps = form.meta.get("steps", drawn)
        titles = tuple(
            words.text(f"steps.{step['name']}")
            if "name" in step
            else words.text(f"sections.{step['shows'][0]}.title")
            for step in steps
        )
        return cls(titles, tuple(tuple(step["shows"]) for step in steps))

    @property
    def are_shown(self) -> bool:
        """Whether there is more than one."""
        return len(self.titles) > 1

    def said(self, words: Words) -> list[str]:
        """Return each step's heading, "Step 1 of 4: About you"; none for a form of one step."""
        count = len(self.titles)
        return [
            words.text("script.step", n=n, all=count, title=title)
            for n, title in enumerate(self.titles, start=1)
            if self.are_shown
        ]

    def at(self, path: str) -> int | None:
        """Return the number of the step that shows *path*, from 0; None if there are none."""
        while path:
            for n, shown in enumerate(self.shows):
                if path in shown:
                    return n
            path = path.rpartition(".")[0]
        return None

    def blocks(self, parts: Sequence[Control]) -> tuple[Block, ...]:
        """Return *parts* of a section by the step that shows them."""
        found: list[Block] = [
            (n, tuple(some)) for n, some in groupby(parts, lambda part: self.at(part.path))
        ]
        return tuple(found) if len(found) > 1 else ((None, tuple(parts)),)
