"""What the report says of the mail queues counts where something waited and nothing was broken."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.load import report
from tests.load.bells import Bells
from tests.load.counting import Count
from tests.load.found import Found
from tests.load.plan import Fault, Plan
from tests.load.running import Run
from tests.load.watching import MAIL_QUEUES, Sample

NEVER = "mail never waited for a second while nothing was broken"


def told(waiting, letters, *broken):
    """Return the report of a run of which a sample was taken each second."""
    team, sender = MAIL_QUEUES
    samples = [
        Sample(float(at), {team: waits, sender: 0}, sent)
        for at, (waits, sent) in enumerate(zip(waiting, letters, strict=True), 1)
    ]
    bells = Bells(datetime(2026, 11, 23, tzinfo=UTC))
    run = Run(Plan(1, 60, 1), [], bells, stopped=float(len(samples)), broken=list(broken))
    run.samples, run.state = samples, {"queues": {}}
    return list(report.lines(run, Found(), Count()))


@pytest.mark.parametrize(
    ("waiting", "letters", "seconds", "left", "came"),
    [
        ((0, 8, 4, 0, 0), (2, 2, 6, 10, 10), 2, "4.0", "2.0"),
        ((0, 4, 4, 4, 4), (0, 0, 1, 2, 6), 3, "2.0", "2.0"),
    ],
)
def test_what_left_while_mail_waited_stands_beside_what_came(waiting, letters, seconds, left, came):
    (line,) = (line for line in told(waiting, letters) if line.startswith("while mail waited"))

    assert f"({seconds} s), {left} letters a second left" in line
    assert line.endswith(f"{came} a second came")


def test_where_nothing_waited_nothing_is_said_of_it():
    assert NEVER in told((0, 0, 0), (1, 2, 3))


def test_a_second_in_which_something_was_broken_does_not_count():
    assert NEVER in told(
        (8, 8, 0), (0, 0, 8), Fault(0.5, 1.5, "ses", "outage"), Fault(2, 9, "s3", "lost")
    )
