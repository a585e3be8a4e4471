"""The commands, as an operator sees them: counts and ids, never what a patient wrote."""

import argparse
from collections.abc import Sequence
from itertools import groupby

from infra.operate import dead
from infra.operate import find as one_inquiry
from infra.operate import publish as files
from infra.operate import rows as table
from infra.operate import stalled as standing
from infra.operate.dead import DeadQueue
from infra.operate.deployed import Deployed
from infra.operate.recover import Recovery
from infra.operate.redrive import Redrive
from infra.operate.talk import Talk, moment, span

# More than fit on a screen help nobody; the count above them is whole.
_SHOWN = 50


class RefusedError(Exception):
    """It was not done; the message says what is missing."""


def stalled(deployed: Deployed, _asked: argparse.Namespace, talk: Talk) -> int:
    """Say what is late or ended badly. 1 if anything is."""
    rows = _read(deployed, talk)
    lines = standing.stalled(rows, deployed.now)
    late = sum(line.is_late for line in lines)
    talk.say(f"{moment(deployed.now)}: {late} late of {len(lines)} owed or waiting")
    for what, found in groupby(lines, key=lambda line: line.what):
        group = list(found)
        waiting = sum(not line.is_late for line in group)
        talk.say(f"{what}: {len(group)}" + (f" ({waiting} in time)" if waiting else ""))
        talk.table(_row(rows, line, deployed) for line in group[:_SHOWN])
        _say_rest(talk, len(group))
    return 1 if late or rows.unreadable else 0


def _row(rows: table.Rows, line: standing.Line, deployed: Deployed) -> Sequence[str]:
    known = rows.inquiries.get(line.inquiry)
    reference, form = (known.reference, known.form) if known else ("-", "-")
    since = f"since {moment(line.since)} ({span(deployed.now - line.since)})"
    turn = f"next {moment(line.next_at)}" if line.next_at else "never tried again by itself"
    note = ", ".join(filter(None, (line.note, "" if line.is_late else "in time"))) or "-"
    return reference, line.thing, since, note, turn, form, line.inquiry


def find(deployed: Deployed, asked: argparse.Namespace, talk: Talk) -> int:
    """Say what happened to one inquiry. 1 if there is none, or not all of the table was read."""
    rows = _read(deployed, talk)
    inquiry = one_inquiry.named(rows, asked.inquiry)
    if inquiry is None:
        talk.say(f"{asked.inquiry}: no inquiry of this stack has this reference or id")
        return 1
    known = rows.inquiries[inquiry]
    talk.say(f"{inquiry}  {known.reference}  {known.form}: {one_inquiry.told(known.stamps)}")
    talk.table(one_inquiry.lines(rows, inquiry))
    return 1 if rows.unreadable else 0


def dead_letters(deployed: Deployed, _asked: argparse.Namespace, talk: Talk) -> int:
    """Say what lies in each dead-letter queue. 1 if anything does."""
    queues = dead.queues(deployed)
    for queue in queues:
        talk.say(f"{queue.name}: {queue.count}")
        if not queue.count:
            continue
        with dead.looked_at(deployed, queue, _SHOWN) as messages:
            for message in messages:
                ends = message.first_sent + queue.kept
                why = message.attribute("ERROR_CODE")
                about = f"{dead.about(message.body)} {why}".rstrip()
                talk.say(
                    f"  {message.id} ({about}), first sent {moment(message.first_sent)}, "
                    f"SQS deletes it {moment(ends)} (in {span(ends - deployed.now)})"
                )
        _say_rest(talk, queue.count)
    return 1 if any(queue.count for queue in queues) else 0


def redrive(deployed: Deployed, asked: argparse.Namespace, talk: Talk) -> int:
    """Put dead letters back. 1 if some stay."""
    queues = _named(deployed, dead.queues(deployed), asked.queue)
    count = sum(queue.count for queue in queues)
    if not count:
        talk.say("No dead letters.")
        return 0
    if not _goes_on(talk, f"Put {_counted(queues)} back? Is the cause mended?"):
        return 1
    work, stay = Redrive(deployed), 0
    for queue in queues:
        if not queue.count:
            continue
        done = work.run(queue)
        stay += len(done.stay)
        for name, moved in done.moved.items():
            talk.say(f"{queue.name}: {moved} put into {name}")
        for source in queue.sources:
            back = span(source.back_after)
            talk.say(f"  what crashes again is back in {queue.name} in about {back}, or later")
        for message, about, why in done.stay:
            talk.say(f"{queue.name}: {message} ({about}) stays: {why}")
    return 1 if stay else 0


def publish(deployed: Deployed, _asked: argparse.Namespace, talk: Talk) -> int:
    """Put the files of our pages, as they are in this folder, beside those of earlier releases."""
    if not deployed.site:
        raise RefusedError("there is no bucket of published files: deploy with a HostDomain first")
    done = files.publish(deployed, files.files())
    for name in done.put:
        talk.say(f"  {name}")
    talk.say(f"{len(done.put)} files put into {deployed.site}, {len(done.there)} were there")
    return 0


def recover(deployed: Deployed, asked: argparse.Namespace, talk: Talk) -> int:
    """Have done now what is due, from table and quarantine alone. 1 if something is left."""
    rows = _read(deployed, talk)
    work = Recovery(deployed, rows)
    files, unclaimed = work.quarantine()
    given_up = work.given_up()
    again = given_up if asked.given_up else []
    talk.say(
        f"{len(files)} files in quarantine without a verdict, {len(given_up)} letters given up"
        + ("" if asked.given_up else " (left: --given-up sends them again)")
    )
    for key in unclaimed[:_SHOWN]:
        talk.say(f"  {key} lies in quarantine and no inquiry claims it: left as it is")
    if not _goes_on(talk, "Push them, and everything else that is due?"):
        return 1
    work.check(files)
    refused = work.send_again(again, deployed.aws.sts.get_caller_identity()["Arn"])
    for letter in refused:
        talk.say(f"  {letter.inquiry} {letter.kind} can't be sent again: see its case page")
    tally = work.sweep()
    talk.say(
        f"pushed: {len(files)} files from quarantine, {len(again) - len(refused)} given-up letters,"
        f" {tally.letters_pushed} letters and {tally.files_pushed} files that were due"
    )
    for error in sorted(tally.queue_errors):
        talk.complain(f"a queue did not take everything: {error}")
    for failure in tally.failures:
        talk.complain(f"one of them could not be pushed: {failure}")
    is_left = tally.queue_errors or tally.failures or refused or unclaimed or rows.unreadable
    return 1 if is_left else 0


def _read(deployed: Deployed, talk: Talk) -> table.Rows:
    """Read the table; a row that is broken must not hide the others from somebody at night."""
    rows = table.read(deployed)
    for key in rows.unreadable:
        talk.complain(f"row {key} can't be read and is left out: ask the developers")
    return rows


def _named(
    deployed: Deployed, queues: Sequence[DeadQueue], wanted: Sequence[str]
) -> list[DeadQueue]:
    """Return the queues that are *wanted*, by the template's name or AWS's, or all of them."""
    by_name: dict[str, DeadQueue] = {}
    for queue in queues:
        for name in (queue.name, f"{deployed.stack}-{queue.name}", queue.url.rpartition("/")[2]):
            by_name[name.lower()] = queue
    if unknown := [name for name in wanted if name.lower() not in by_name]:
        names = ", ".join(queue.name for queue in queues)
        raise RefusedError(f"{', '.join(unknown)}: the queues are {names}")
    chosen = {by_name[name.lower()].name for name in wanted}
    return [queue for queue in queues if not wanted or queue.name in chosen]


def _counted(queues: Sequence[DeadQueue]) -> str:
    """Say how many dead letters of which queues there are."""
    said = []
    for queue in queues:
        if queue.count:
            letters = "dead letter" if queue.count == 1 else "dead letters"
            said.append(f"{queue.count} {letters} of {queue.name}")
    return ", ".join(said)


def _goes_on(talk: Talk, question: str) -> bool:
    agrees = talk.agrees(question)
    if agrees is None:
        raise RefusedError(f"{question} Nobody is there to be asked: add --yes")
    return agrees


def _say_rest(talk: Talk, count: int) -> None:
    if count > _SHOWN:
        talk.say(f"  and {count - _SHOWN} more")
