"""Whether form.json fits the schema, the policy, the consent texts and the browsers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from infra.forms.seen import Seen, finding
from intake.forms import read
from intake.widgets import widget

# What Chromium, Firefox and Safari guess from a field's name (components/autofill's patterns,
# HTML's autocomplete names): an autofilled trap would make a patient look like a bot.
_AUTOFILLED = re.compile(
    r"name|e.?mail|phone|mobile|\btel|fax|address|street|line[1-4]|city|town|state|province|region"
    r"|zip|postal|postcode|country|compan|business|organi[sz]ation|birth|\bbday|sex|gender|card"
    r"|cvc|cvv|iban|user|login|password|otp|\burl\b|photo|language|honorific|title",
    re.IGNORECASE,
)
_NEEDS = {"mandatory", "expected", "optional"}
_INSIDE_RECORDS = "missing_records"
_FILE = "form.json"


def check(seen: Seen) -> Iterator[str]:
    """Yield what is wrong in form.json."""
    yield from _sections(seen)
    yield from _requirements(seen)
    yield from _consents(seen)
    yield from _honeypot(seen)
    if "steps" in seen.form.meta:
        yield from _steps(seen)


def _sections(seen: Seen) -> Iterator[str]:
    file, named = seen.file(_FILE), seen.form.meta["sections"]
    asked = set(seen.form.tree["properties"]) - {"form_locale"}
    for name in sorted(asked - set(named)):
        yield finding(file, "sections", f"“{name}” of the schema is in none.", "Add it.")
    for name in sorted(set(named) - asked):
        what = f"“{name}” is no part of the schema."
        yield finding(file, "sections", what, "Remove it, or correct its name.")


def _requirements(seen: Seen) -> Iterator[str]:
    file, windows = seen.file(_FILE), seen.form.policy["windows"]
    records = dict(seen.fields()).get("records.requirement", {})
    for n, each in enumerate(seen.form.requirements):
        place, kind = f"requirements/{n}", each.get("kind")
        if kind not in records.get("enum", ()):
            yield finding(file, place, f"there is no record “{kind}”.", "Take one that forms know.")
        if each.get("need") not in _NEEDS:
            do = f"Take one of {', '.join(sorted(_NEEDS))}."
            yield finding(file, place, f"“{each.get('need')}” is no need.", do)
        if "recency" not in each:
            what = f"it does not say how recent “{kind}” has to be."
            do = 'Add "recency": a window of the policy, or null where it never grows old.'
            yield finding(file, place, what, do)
        elif each["recency"] is None and kind in windows:
            what = f"“{kind}” grows old, and nothing says how recent it has to be."
            yield finding(file, place, what, f'Write "recency": "{kind}".')
        elif each["recency"] not in {None, *windows}:
            what = f"the policy has no window “{each['recency']}”."
            yield finding(file, place, what, f"Take one of {', '.join(windows)}.")


def _consents(seen: Seen) -> Iterator[str]:
    file, locale = seen.file(_FILE), seen.form.meta["default_locale"]
    published = read(seen.schemas / "consent" / "published.json")
    for n, each in enumerate(seen.form.meta["consents"]):
        purpose = each["purpose"]
        if seen.form.notice(purpose, locale):
            continue
        place, was = f"consents/{n}", [e for e in published if e["purpose"] == purpose]
        if any(entry["withdrawn_on"] for entry in was):
            what = f"the text for “{purpose}” was withdrawn."
        else:
            what = f"no text for “{purpose}” is published in {locale}."
        do = "Publish one in consent/published.json once it is reviewed, or do not ask for it."
        yield finding(file, place, what, do)


def _honeypot(seen: Seen) -> Iterator[str]:
    file, trap = seen.file(_FILE), str(seen.form.meta["honeypot"])
    names = {path.rpartition(".")[2] for path, _ in seen.fields()}
    names |= {each["kind"] for each in seen.form.requirements}
    if trap in names:
        what = f"the trap “{trap}” is a real field: whoever answers it looks like a bot."
        yield finding(file, "honeypot", what, "Take another name.")
    elif _AUTOFILLED.search(trap):
        what = f"browsers may fill in the trap “{trap}” by themselves."
        do = "Take a name that has nothing of a name, an address or a company."
        yield finding(file, "honeypot", what, do)


def _steps(seen: Seen) -> Iterator[str]:
    """Each section is shown once: whole, or by its questions; what is left goes with the whole."""
    file, steps = seen.file(_FILE), seen.form.meta["steps"]
    shown = Counter(path for step in steps for path in step["shows"])
    if not steps:
        return  # the form is one page
    sections = {name: _questions(seen, name) for name in _drawn(seen)}
    known = {*sections, *(path for parts in sections.values() for path in parts)}
    fields = dict(seen.fields())
    for path, times in shown.items():
        if path not in fields or path == _INSIDE_RECORDS:
            yield finding(file, "steps", f"the form has no “{path}” to show.", "Correct its name.")
        elif path not in known:
            do = "Name a section, or one of its questions."
            yield finding(file, "steps", f"“{path}” can't be shown by itself.", do)
        elif times > 1:
            yield finding(file, "steps", f"“{path}” is shown twice.", "Leave one of the two.")
    for section, parts in sections.items():
        if section not in shown:
            for name in [each for each in parts if each not in shown] if parts else [section]:
                yield finding(file, "steps", f"no step shows “{name}”.", "Add it to one.")
    for n, step in enumerate(steps):
        yield from _step(file, f"steps/{n}", step, sections, shown)


def _step(
    file: str,
    place: str,
    step: Mapping[str, Any],
    sections: Mapping[str, Sequence[str]],
    shown: Collection[str],
) -> Iterator[str]:
    apart = {name for name, parts in sections.items() if parts and set(parts) <= set(shown)}
    if not step["shows"]:
        do = "Name a section, or a question of one; or remove it."
        yield finding(file, place, "it shows nothing.", do)
    elif set(step["shows"]) <= apart:
        names = ", ".join(step["shows"])
        what = f"it shows nothing: other steps show all of “{names}”."
        yield finding(file, place, what, "Remove it.")
    if "name" not in step and step["shows"] and step["shows"][0] not in sections:
        do = "Give it a “name”, and a text of that name in the locales."
        yield finding(file, place, "it has no title.", do)


def _drawn(seen: Seen) -> list[str]:
    return [name for name in seen.form.meta["sections"] if name != _INSIDE_RECORDS]


def _questions(seen: Seen, section: str) -> list[str]:
    """Return what the page asks in a section; nothing where it is one question, or cards."""
    parts = seen.form.tree["properties"].get(section, {}).get("properties", {})
    return [
        f"{section}.{name}"
        for name, schema in parts.items()
        if not schema.get("x-omit-from-page") and widget(schema) != "hidden"
    ]
