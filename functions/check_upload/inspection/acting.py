"""Whether a PDF holds anything that acts: every object is looked at, wherever it hides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pikepdf

from check_upload.inspection import links
from check_upload.inspection.result import UNFINISHED, WithheldError

# Keys and values of ISO 32000-2, 12.6 (actions), 7.11.4 (embedded files), 12.7.8 (XFA) and 13
# (multimedia). Links to a website act on a click and with the reader's consent, so they may stay.
_ACTIVE = (
    *("JS", "JavaScript", "Launch", "GoToR", "GoToE", "GoToDp", "SubmitForm", "ImportData"),
    *("EmbeddedFile", "EmbeddedFiles", "EF", "XFA", "RichMedia", "RichMediaExecute"),
    *("Rendition", "Movie", "Sound", "3D", "OnInstantiate"),
)
_DELIMITER = rb"(?=[\s/()<>\[\]{}%]|$)"
# qpdf writes names in one spelling (7.3.5: /J#53 is /JS), so what it writes can be searched.
_NOTED = re.compile(
    rb"/(?:"
    + "|".join((*_ACTIVE, "OpenAction", "AA", "URI", "Thread")).encode()
    + rb")"
    + _DELIMITER
)
_FONT = re.compile(rb"/Type /Font" + _DELIMITER)
_IMAGE = re.compile(rb"/Subtype /Image" + _DELIMITER)

# Showing and hiding layers (12.6.4.13) is what a reader's own panel does as well.
_MOVES = ("/GoTo", "/Named", "/Thread", "/SetOCGState")
# 12.6.4.12. Readers know many more, which are items of their menus; a dialog to print asks first.
_NAMED = ("/NextPage", "/PrevPage", "/FirstPage", "/LastPage", "/Print")
_MOST_OBJECTS = 400_000
_DEEPEST = 50
_MOST_VALUES = 100_000


@dataclass
class Seen:
    """What was met on the way."""

    acts: bool = False
    opens_itself: bool = False  # moves to a page on opening, and does nothing else
    fonts: int = 0
    images: int = 0


def walk(pdf: Any) -> Seen:
    """Look at every object of *pdf*, used or not. WithheldError if there are too many."""
    seen = Seen()
    for count, each in enumerate(pdf.objects):
        if count == _MOST_OBJECTS:
            raise WithheldError(UNFINISHED)
        _look(each, seen)
    _look(pdf.trailer, seen)
    return seen


def _look(each: Any, seen: Seen) -> None:
    if not isinstance(each, pikepdf.Object):
        return  # a number, or nothing
    is_stream = isinstance(each, pikepdf.Stream)
    shown = each.stream_dict if is_stream else each
    text = shown.unparse(resolved=True)
    if text == b"/Thread" or (is_stream and b"/F" in text and "/F" in shown):
        seen.acts = True  # what nobody writes so, or content from elsewhere (7.3.8.2)
    if b" /Font" in text and _FONT.search(text):
        seen.fonts += 1
    if is_stream and _IMAGE.search(text):
        seen.images += 1
    # Text that only mentions a name is found as well: so look at the values then.
    if _NOTED.search(text):
        _look_closely(shown, seen)


def _look_closely(each: Any, seen: Seen) -> None:
    left, looked = [(each, 0)], 0
    while left:
        value, depth = left.pop()
        looked += 1
        if depth > _DEEPEST or looked > _MOST_VALUES:
            raise WithheldError(UNFINISHED)
        if isinstance(value, pikepdf.Name):
            seen.acts = seen.acts or str(value)[1:] in _ACTIVE[1:]
        elif isinstance(value, pikepdf.Array):
            left += [(inner, depth + 1) for inner in value if not _elsewhere(inner)]
        elif isinstance(value, pikepdf.Dictionary):
            _look_at_keys(value, seen)
            left += [(inner, depth + 1) for inner in value.values() if not _elsewhere(inner)]


def _elsewhere(value: Any) -> bool:
    """Tell whether *value* is an object of its own, which the walk meets anyway."""
    return isinstance(value, pikepdf.Object) and value.is_indirect


def _look_at_keys(value: Any, seen: Seen) -> None:
    if any(key[1:] in _ACTIVE and not _is_font(key, value) for key in value.keys()):  # noqa: SIM118 - no Python mapping
        seen.acts = True
    for key in ("/OpenAction", "/AA"):
        if key in value:
            only_moves = _only_moves(value[key], events=key == "/AA")
            seen.acts = seen.acts or not only_moves
            seen.opens_itself = seen.opens_itself or only_moves
    if _elsewhere_in_thread(value) or links.acts(value.get("/URI")):
        seen.acts = True


def _is_font(key: str, holder: Any) -> bool:
    """Tell whether /JS names a resource: a script is a text or a stream (12.6.4.17)."""
    return key == "/JS" and isinstance(holder[key], pikepdf.Dictionary)


def _elsewhere_in_thread(action: Any) -> bool:
    """Tell whether an action goes to an article of another file (12.6.4.7), as GoToR does."""
    return str(action.get("/S")) == "/Thread" and "/F" in action


def _only_moves(action: Any, *, events: bool, depth: int = 0) -> bool:
    """Tell whether an action, or each of a dictionary of events, shows a page and no more."""
    if depth > _DEEPEST:
        return False
    if isinstance(action, pikepdf.Array):  # a destination, or actions one after the other
        return not events and all(
            not isinstance(each, pikepdf.Dictionary)
            or "/S" not in each
            or _only_moves(each, events=False, depth=depth + 1)
            for each in action
        )
    if isinstance(action, pikepdf.Dictionary):
        if events:
            return all(_only_moves(each, events=False, depth=depth + 1) for each in action.values())
        following = action.get("/Next")
        kind = str(action.get("/S"))
        if _elsewhere_in_thread(action) or (
            kind == "/Named" and str(action.get("/N")) not in _NAMED
        ):
            return False
        return kind in _MOVES and (
            following is None or _only_moves(following, events=False, depth=depth + 1)
        )
    return isinstance(action, pikepdf.Name | pikepdf.String)
