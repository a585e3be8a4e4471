"""The quick validator and jsonschema say the same of every document: asking one is enough."""

import copy
import json
from pathlib import Path

import pytest

from intake import contract, diagnosis
from intake.forms import Forms
from intake.rules import leaves

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORMS = Forms(SCHEMAS)
EXAMPLES = sorted(SCHEMAS.glob("forms/*/examples/*/*.json"))
RICHEST = {
    "general-inquiry": "with-records",
    "rheumatoid-arthritis": "every-field-filled-in",
}
# What validators are known to differ on: line ends, digits of other scripts, numbers that are
# whole, booleans that are numbers in Python, dates that only look like one, 4-byte letters.
STRANGE = [
    "",
    " ",
    "x" * 3000,
    "2026-02-31",
    "2026-W47-7",
    "20261122",
    "a@b.c\r\nBcc: x@y.z",
    "+66812345678\n",
    "+๖๖๘๑๒๓๔๕๖๗๘",
    "\U0001d49c\u202e\u2028",
    "no",
    "2027-01",
    True,
    False,
    None,
    0,
    1,
    -1,
    8.0,
    8.5,
    10**15 - 1,
    [],
    {},
    ["x"],
    {"x": 1},
]
# Each answer meets every third of them, the next answer the next third: 28 s would be too long.
EVERY = 3


def agreed(form, answers):
    """Whether both accept, and that they agree on it."""
    quick = contract._quick(form).is_valid(answers)  # noqa: SLF001  the very thing under test
    assert quick == (diagnosis.find_problems(form, answers) == ())
    return quick


def test_both_say_the_same_of_every_example():
    for path in EXAMPLES:
        agreed(FORMS.get(path.parts[-4]), json.loads(path.read_text("utf-8"))["answers"])


def changed(answers, place, change):
    """A copy in which *change* was done to the parent of the value at the dotted *place*."""
    changed_answers = copy.deepcopy(answers)
    node = changed_answers
    *parents, last = [int(part) if part.isdigit() else part for part in place.split(".")]
    for part in parents:
        node = node[part]
    change(node, last)
    return changed_answers


@pytest.mark.parametrize("name", sorted(RICHEST))
def test_both_say_the_same_when_any_one_answer_is_strange_or_gone(name):
    form = FORMS.get(name)
    path = SCHEMAS / "forms" / name / "examples" / "valid" / f"{RICHEST[name]}.json"
    answers = json.loads(path.read_text("utf-8"))["answers"]
    verdicts = []
    for turn, (place, _) in enumerate(leaves(answers)):
        verdicts.append(agreed(form, changed(answers, place, lambda node, last: node.pop(last))))
        for strange in STRANGE[turn % EVERY :: EVERY]:
            odd = changed(answers, place, lambda node, last, to=strange: node.__setitem__(last, to))
            verdicts.append(agreed(form, odd))

    # Enough of both kinds, or the agreement means little.
    assert min(verdicts.count(True), verdicts.count(False)) > 5
