"""What a run came to, for people to read. Nothing here is a gate but the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from tests.load.bells import NAMED
from tests.load.client import Attempt, Sent
from tests.load.counting import TEAM_NEW, Count
from tests.load.found import Found
from tests.load.running import Run, dead_letters

_ON_THE_WAY_S = 5
_MOST_NAMED = 20


def lines(run: Run, found: Found, count: Count) -> Iterator[str]:
    """Yield the report; its last line is the ledger's sum."""
    yield from _posting(run)
    yield ""
    yield from _accepting(run)
    yield ""
    yield from _letters(run, found)
    yield ""
    yield from _ledger(run, count)
    yield ""
    yield (
        f"accepted {len(count.accepted)} = delivered {len(count.delivered)} + "
        f"alarmed {len(count.alarmed)}; lost {len(count.lost)}, twice {len(count.twice)}"
    )


def _sent(run: Run) -> list[Sent]:
    return [one for client in run.clients for one in client.sent]


def _posting(run: Run) -> Iterator[str]:
    plan, took = run.plan, run.stopped - run.began
    sent = _sent(run)
    accepted = [one for one in sent if one.answers]
    attempts = [attempt for one in sent for attempt in one.attempts]
    heard = Counter("no answer" if a.status is None else str(a.status) for a in attempts)
    yield (
        f"{plan.clients} clients, {plan.calm:g} s calm, then {plan.seconds:g} s with "
        f"{len(run.broken)} faults, seed {plan.seed}: "
        + ", ".join(sorted({f"{fault.service} {fault.how}" for fault in run.broken}))
    )
    yield f"inquiries accepted: {len(accepted)}, {len(accepted) / took:.1f} a second"
    yield f"their posts, by answer: {dict(sorted(heard.items()))}"


def _accepting(run: Run) -> Iterator[str]:
    """Answers in time, beside the endpoint that only reads; a refusal is no accept."""
    sent = _sent(run)
    bare = [attempt for client in run.clients for attempt in client.bare_attempts]
    ours = [attempt for one in sent for attempt in one.attempts if attempt.good]
    for title, begins, ends in (
        ("calm", run.began, run.faults_began),
        ("with faults", run.faults_began, run.mended),
    ):
        yield f"accept, {title}: {_spread(_within(ours, begins, ends))}"
        yield f"  bare endpoint: {_spread(_within(bare, begins, ends))}"
    waited = [
        one.attempts[-1].begun + one.attempts[-1].seconds - one.attempts[0].begun
        for one in sent
        if one.answers and one.attempts[0].begun >= run.faults_began
    ]
    yield f"with faults, from the first try to the answer: {_spread(waited)}"


def _within(attempts: Iterable[Attempt], begins: float, ends: float) -> list[float]:
    return [each.seconds for each in attempts if begins <= each.begun < ends]


def _letters(run: Run, found: Found) -> Iterator[str]:
    took = run.stopped - run.began
    letters = run.samples[-1].letters if run.samples else 0
    yield f"letters sent while clients posted: {letters}, {letters / took:.1f} a second"
    waiting = [sample.mail_waiting for sample in run.samples]
    yield f"mail queues by the second: {' '.join(map(str, waiting))}"
    yield _drained(run)
    yield f"waited at the last look while clients posted: {waiting[-1] if waiting else 0}"
    by_email = found.by_email()
    for title, begins, ends in (
        # What is under way when the first fault begins is calm no more.
        ("calm", run.began, run.faults_began - _ON_THE_WAY_S),
        ("with faults", run.faults_began, run.stopped),
    ):
        ways = [
            mails[0].taken_at.timestamp() - one.done_at
            for one in _sent(run)
            if one.attempts and begins <= one.attempts[0].begun < ends
            for inquiry in by_email.get(one.post.email, ())
            for mails in [found.mailed(inquiry, TEAM_NEW)]
            if mails
        ]
        yield f"from the sender's last click to the team's letter, {title}: {_spread(ways)}"


def _drained(run: Run) -> str:
    """Say how fast mail left while some waited, and how fast it came on the whole."""
    broken = [(run.faults_began + f.begins, run.faults_began + f.ends) for f in run.broken]
    pairs = [
        (a, b)
        for a, b in pairwise(run.samples)
        if a.mail_waiting and not any(begins < b.at and a.at < ends for begins, ends in broken)
    ]
    seconds = sum(b.at - a.at for a, b in pairs)
    if not seconds:
        return "mail never waited for a second while nothing was broken"
    left = sum(b.letters - a.letters for a, b in pairs)
    last = run.samples[-1]
    came = (last.letters + last.mail_waiting) / (last.at - run.began)
    return (
        f"while mail waited and nothing was broken ({seconds:.0f} s), {left / seconds:.1f} letters"
        f" a second left; on the whole {came:.1f} a second came"
    )


def _ledger(run: Run, count: Count) -> Iterator[str]:
    bells, dead = run.bells, dead_letters(run.state)
    yield f"the clock was moved by {run.minutes} minutes until only people were waited for"
    yield f"alarms that rang: {', '.join(sorted(bells.rang)) or 'none'}"
    yield "letters named in the log: " + ", ".join(f"{m} {bells.count(m)}" for m in NAMED)
    yield f"dead letters: {dead or 'none'}"
    yield f"files: {dict(sorted(count.files.items()))}"
    yield f"posts that were stored though their sender gave up: {len(count.unheard)}"
    yield f"repeats, marked as such: {len(count.repeats)}"
    yield f"objects in quarantine that no row knows: {len(count.orphans)}"
    for title, named in (("LOST", count.lost), ("TWICE", count.twice), ("WRONG", count.wrong)):
        for one in named[:_MOST_NAMED]:
            yield f"{title} {one}"
        if len(named) > _MOST_NAMED:
            yield f"{title} and {len(named) - _MOST_NAMED} more"


def _spread(seconds: Sequence[float]) -> str:
    """Write how many there are, the median, and what one in a hundred exceeds."""
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    middle, late = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
    return f"p50 {_duration(middle)}, p99 {_duration(late)} ({len(ordered)})"


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if abs(seconds) < 10 else f"{seconds:.0f} s"
