"""What a letter says, rendered once as text and once as HTML with the same content."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import formataddr
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

TEMPLATES = Path(__file__).parent
_HOST_LENGTH = 253
_USER_LENGTH = 64

# Line breaks of every alphabet, other controls, and the marks that turn text around. Nothing in
# a letter needs them; a value that holds one could forge a line or hide another.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")

# Phones break lines at hyphens; people read references out and copy them. From right to left,
# what stands beside one must not get in between its parts.
_REFERENCE = re.compile(r"\bINQ-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_IN_ONE_PIECE = r'<bdi style="white-space:nowrap">\g<0></bdi>'

# A dot-atom of RFC 5322, ASCII only: SES refuses others before the @.
_USER = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])")
# IDNA 2003, which Python has, and IDNA 2008 send these to different domains (strasse.de is not
# straße.de). Rather no receipt than one to a stranger.
_AMBIGUOUS = frozenset("ßς\u200c\u200d")


@dataclass(frozen=True)
class Fact:
    """One row of the table in a letter."""

    label: str
    value: str


@dataclass(frozen=True)
class Link:
    """The one link of a letter. `url` is made by us alone, never from anything a sender typed."""

    label: str
    url: str


@dataclass(frozen=True)
class Draft:
    """A letter's words. `lead` is the first line and answers everything that it can."""

    subject: str
    language: str
    direction: str
    lead: str
    banner: str = ""
    paragraphs: tuple[str, ...] = ()
    link: Link | None = None
    facts: tuple[Fact, ...] = ()
    closing: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The plain text part."""
        return _render("letter.txt", self)

    @property
    def html(self) -> str:
        """The HTML part."""
        return _render("letter.html", self)


@dataclass(frozen=True)
class Mail:
    """A draft with those who get it, and what it tells of: files' numbers, and changes so far."""

    recipients: tuple[str, ...]
    draft: Draft
    told: tuple[int, ...] = ()
    heard: int = 0


@dataclass(frozen=True)
class NotWanted:
    """There is nothing to send, for good. `reason` stays in the ledger."""

    reason: str


def sender(clinic: str, address: str) -> str:
    """
    Return the From line: the clinic's name before *address*, unless it brings its own name.

    A name in another script becomes an encoded word, as SES wants it.
    """
    return address if "<" in address else formataddr((clinic, address))


def mailbox(address: str) -> str | None:
    """
    Return *address* as SES takes it, or None if it can't be written to safely.

    ASCII before the @; the domain in its ASCII (xn--) form and lower case.
    """
    user, at, domain = address.rpartition("@")
    # "=?" would open an encoded word, which some software decodes inside addresses.
    if not at or len(user) > _USER_LENGTH or not _USER.fullmatch(user) or "=?" in user:
        return None
    if _AMBIGUOUS & set(domain):
        return None
    try:
        host = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return f"{user}@{host}" if len(host) <= _HOST_LENGTH and _HOST.fullmatch(host) else None


def _render(template: str, draft: Draft) -> str:
    fields = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    return _environment().get_template(template).render(fields).strip() + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["in_one_piece"] = _in_one_piece
    return environment


def _printable(value: object) -> object:
    """Clean every value on its way into a template; what is Markup was cleaned already."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return UNPRINTABLE.sub(" ", value)
    return value


def _in_one_piece(value: str) -> Markup:
    """Escape *value* and keep the references in it from being broken over two lines."""
    escaped = str(escape(UNPRINTABLE.sub(" ", value)))
    return Markup(_REFERENCE.sub(_IN_ONE_PIECE, escaped))  # noqa: S704  escaped above
