"""
What becomes of a post that looks like a bot's: a verdict, and refused only where it is a flood.

Being suspect is no refusal: the sender reads the same, and a person of the team looks.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from accept_inquiry import siteverify
from accept_inquiry.siteverify import Siteverify
from intake import bots, canary
from intake.aws.limits import Count, Counters, Thing
from intake.errors import TooManyPostsError
from intake.inboxes import inbox_of

HONEYPOT = "honeypot"
NETWORK, ADDRESS, PAGE = "network", "address", "page"
_WINDOWS = {
    NETWORK: timedelta(hours=1),
    ADDRESS: timedelta(days=1),
    PAGE: timedelta(days=30),
}


@dataclass(frozen=True)
class Visit:
    """What is known of a post beside its answers; none of it is kept or logged."""

    form: str
    network: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    page: str = field(default="", repr=False)  # the time trap's token
    opened: str = bots.NOT_SAID  # what that says
    honeypot: bool = False
    captcha: str = field(default="", repr=False)  # what its widget made
    hosts: Collection[str] = ()  # of the pages that may hold this form

    @property
    def traps(self) -> tuple[str, ...]:
        """The traps that caught it, as far as that can be told without asking anybody."""
        caught = (HONEYPOT,) if self.honeypot else ()
        return (*caught, self.opened) if self.opened in bots.SUSPECT else caught


@dataclass(frozen=True)
class Findings:
    """
    What speaks against a post. `traps` it was caught in, `often` is what came too often.

    Somebody who was caught may send the same again and be heard; sending more often helps nobody.
    `unknown` could not be found out, and why: for the log, and that of a captcha for the team too.
    `captcha` is why it was not solved: where that is said of everybody, settings don't match.
    """

    traps: tuple[str, ...] = ()
    often: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    captcha_unknown: bool = False
    captcha: str = ""

    @property
    def suspect(self) -> tuple[str, ...]:
        """Why it has to wait for a person; empty: it need not."""
        return (*self.traps, *self.often)


@dataclass(frozen=True)
class Bounds:
    """
    From how many posts in a window on more are suspect, and how many there may be at all.

    Who sends is known by their network alone. Anybody can type an address or show an old page, so
    with one of these more are never refused: somebody else would be.
    """

    suspect: int
    most: float = math.inf


@dataclass(frozen=True)
class Gate:
    """Counts posts, and asks the captcha's maker where there is a captcha."""

    counters: Counters
    bounds: dict[str, Bounds]
    captcha: Siteverify | None = None

    def findings(self, visit: Visit, content: str, now: datetime) -> Findings:
        """
        Say what speaks against a post that is about to be stored, and is no repeat.

        Raises TooManyPostsError for a flood: then nothing was stored, put or asked. What can't be
        counted or checked just now is let in.
        """
        counts = self.counters.count(list(_things(visit)), now)
        self._refuse_floods(counts, now)
        found = Findings(
            visit.traps,
            tuple(f"often_{each.thing.kind}" for each in counts if self._is_suspect(each)),
            tuple(each.error for each in counts if each.error),
        )
        # The canary has no hands.
        if self.captcha is None or visit.form == canary.FORM:
            return found
        verdict = self.captcha.check(visit.captcha, visit.hosts, content)
        if verdict.result == siteverify.UNKNOWN:
            why = (*found.unknown, f"captcha {verdict.why}")
            return replace(found, unknown=why, captcha_unknown=True)
        caught = () if verdict.result == siteverify.SOLVED else (verdict.result,)
        return replace(found, traps=(*found.traps, *caught), captcha=verdict.why)

    def _refuse_floods(self, counts: list[Count], now: datetime) -> None:
        waits = [
            each.thing.left(now)
            for each in counts
            if each.n is not None and each.n > self.bounds[each.thing.kind].most
        ]
        if waits:
            raise TooManyPostsError(retry_after=max(waits))

    def _is_suspect(self, count: Count) -> bool:
        return count.n is not None and count.n > self.bounds[count.thing.kind].suspect


def _things(visit: Visit) -> Iterator[Thing]:
    """Yield what a post is counted under. The canary's mailbox is nobody's, and never full."""
    if visit.network:
        yield Thing(NETWORK, visit.network, _WINDOWS[NETWORK])
    if visit.email and visit.email != canary.MAILBOX:
        yield Thing(ADDRESS, inbox_of(visit.email), _WINDOWS[ADDRESS])
    if visit.opened == bots.LONG_AGO:
        yield Thing(PAGE, visit.page, _WINDOWS[PAGE])


def bounds(network: tuple[str, str], address: str) -> dict[str, Bounds]:
    """Return the bounds of the template's settings; those of a network as (suspect, most)."""
    return {
        NETWORK: Bounds(int(network[0]), int(network[1])),
        ADDRESS: Bounds(int(address)),
        PAGE: Bounds(bots.OLD_PAGE_SENT),
    }
