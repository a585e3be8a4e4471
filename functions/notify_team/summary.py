"""The answers that a letter may hold where the clinic asked for them: `"x-phi": false` alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from intake.forms import Form
from intake.letters.draft import Fact
from intake.said import leaves, said
from intake.words import Words


def not_secret(form: Form, answers: Mapping[str, Any], words: Words) -> tuple[Fact, ...]:
    """Return label and value of each answer that the form's schema marks as not secret."""
    return tuple(
        Fact(words.label(path), said(path, value, schema, words))
        for path, value, schema in leaves(answers, form.tree)
        if schema.get("x-phi", True) is False
    )
