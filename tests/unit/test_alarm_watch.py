"""Alarms are looked at as CloudWatch does, on the examples of Amazon's user guide."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.alarms import ALARM, INSUFFICIENT, OK, Alarm, Change, Watch, judge

START = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
KEPT = "kept"  # any state: the alarm stays in the one it was in
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


def an_alarm(**changes):
    given = {
        "name": "Late",
        "namespace": "ClinicIntake",
        "metric": "LettersOverdue",
        "dimensions": frozenset({("service", "intake")}),
        "statistic": "Maximum",
        "period": 60,
        "evaluation_periods": 1,
        "datapoints_to_alarm": 1,
        "comparison": "GreaterThanThreshold",
        "threshold": 0.0,
        "missing": "notBreaching",
    }
    return Alarm(**given | changes)


def put(watch, value, minute, metric="LettersOverdue"):
    at = START + minute * MINUTE + 10 * SECOND
    watch.put("ClinicIntake", metric, {"service": "intake"}, value, at)


def states(watch, values):
    """The alarm's state after each minute; None puts nothing."""
    found = []
    for minute, value in enumerate(values):
        if value is not None:
            put(watch, value, minute)
        watch.tick(START + (minute + 1) * MINUTE)
        found.append(watch.state["Late"])
    return found


# The guide's tables: 0 does not breach, X does, - is missing. The columns are TREATMENTS. The first
# has three of three, the second two of three datapoints to alarm; the last rows of each are what it
# says of alarms that ring too early.
THREE_OF_THREE = [
    ("0-X-X", (OK, OK, OK, OK)),
    ("0----", (OK, OK, OK, OK)),
    ("-----", (INSUFFICIENT, KEPT, ALARM, OK)),
    ("0XX-X", (ALARM, ALARM, ALARM, ALARM)),
    ("--X--", (ALARM, KEPT, ALARM, OK)),
    ("X----", (ALARM, KEPT, ALARM, OK)),
    ("----X", (INSUFFICIENT, KEPT, ALARM, OK)),
    ("---X-", (INSUFFICIENT, KEPT, ALARM, OK)),
]
TWO_OF_THREE = [
    ("0-X-X", (ALARM, ALARM, ALARM, ALARM)),
    ("00X0X", (ALARM, ALARM, ALARM, ALARM)),
    ("0-X--", (OK, OK, ALARM, OK)),
    ("----0", (OK, OK, ALARM, OK)),
    ("---X-", (ALARM, KEPT, ALARM, OK)),
    ("----X", (INSUFFICIENT, KEPT, ALARM, OK)),
]


@pytest.mark.parametrize("before", [OK, ALARM, INSUFFICIENT])
@pytest.mark.parametrize(
    ("needed", "points", "expected"),
    [(3, *row) for row in THREE_OF_THREE] + [(2, *row) for row in TWO_OF_THREE],
)
def test_missing_data_are_treated_as_in_the_guides_tables(needed, points, expected, before):
    read = [{"0": False, "X": True, "-": None}[point] for point in points]

    found = [
        judge(
            an_alarm(evaluation_periods=3, datapoints_to_alarm=needed, missing=treatment),
            read,
            before,
        )
        for treatment in TREATMENTS
    ]

    assert found == [before if state == KEPT else state for state in expected]


def test_an_alarm_rings_when_the_minute_is_over_and_not_before():
    watch = Watch([an_alarm()], START)
    put(watch, 1, 0)

    early = watch.tick(START + 59 * SECOND)
    changed = watch.tick(START + MINUTE)

    assert early == []
    assert changed == watch.history == [Change(START + MINUTE, "Late", ALARM)]
    assert watch.ringing == {"Late"}


def test_an_alarm_is_over_with_the_next_good_minute():
    watch = Watch([an_alarm()], START)

    assert states(watch, [0, 1, 1, 0]) == [OK, ALARM, ALARM, OK]
    assert watch.ringing == set()


def test_a_single_bad_minute_is_looked_at_again_while_nothing_follows():
    watch = Watch([an_alarm()], START)

    # The guide's note: a stream that stops is evaluated on its last datapoints for a while.
    assert states(watch, [1, None, None, None]) == [ALARM, ALARM, ALARM, OK]


def test_a_heartbeat_that_stops_rings_when_its_last_beat_is_out_of_sight():
    heartbeat = an_alarm(
        statistic="SampleCount", comparison="LessThanThreshold", threshold=1.0, missing="breaching"
    )
    watch = Watch([heartbeat], START)

    assert states(watch, [0, 0, None, None, None, 0]) == [OK, OK, OK, OK, ALARM, OK]


def test_two_missing_periods_do_not_ring_an_alarm_that_asks_for_two():
    heartbeat = an_alarm(evaluation_periods=2, datapoints_to_alarm=2, missing="breaching")
    watch = Watch([heartbeat], START)

    assert states(watch, [0, None, None, None, None]) == [OK, OK, OK, OK, ALARM]


def test_one_of_five_rings_at_once_and_calms_down_after_five_good_minutes():
    watch = Watch([an_alarm(evaluation_periods=5)], START)

    assert states(watch, [1, 0, 0, 0, 0, 0]) == [ALARM, ALARM, ALARM, ALARM, ALARM, OK]


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [("Sum", 9.0), ("Maximum", 6.0), ("Minimum", 1.0), ("Average", 3.0), ("SampleCount", 3.0)],
)
def test_values_of_one_minute_become_one_datapoint(statistic, expected):
    exactly = an_alarm(
        statistic=statistic, comparison="GreaterThanOrEqualToThreshold", threshold=expected
    )
    above = an_alarm(name="Above", statistic=statistic, threshold=expected)
    watch = Watch([exactly, above], START)
    for value in (2.0, 6.0, 1.0):
        put(watch, value, 0)

    watch.tick(START + MINUTE)

    assert watch.state == {"Late": ALARM, "Above": OK}


@pytest.mark.parametrize(
    ("comparison", "rings"),
    [
        ("GreaterThanThreshold", [False, False, True]),
        ("GreaterThanOrEqualToThreshold", [False, True, True]),
        ("LessThanThreshold", [True, False, False]),
        ("LessThanOrEqualToThreshold", [True, True, False]),
    ],
)
def test_every_comparison_knows_its_border(comparison, rings):
    watch = Watch([an_alarm(comparison=comparison, threshold=2.0)], START)

    assert [state == ALARM for state in states(watch, [1, 2, 3])] == rings


def test_longer_periods_slide_by_the_minute():
    # "At the end of minute 6, the alarm is evaluated based on the data from minutes 2 to 6."
    watch = Watch([an_alarm(statistic="Sum", period=300, threshold=1.0)], START)

    found = states(watch, [1, None, None, None, None, 1, 1])

    assert found == [OK, OK, OK, OK, OK, OK, ALARM]


def test_an_alarm_knows_nothing_at_first():
    watch = Watch([an_alarm(missing="breaching")], START)

    assert states(watch, [None, None, None]) == [INSUFFICIENT, INSUFFICIENT, ALARM]


def test_minutes_that_nobody_ticked_are_looked_at_too():
    watch = Watch([an_alarm()], START)
    put(watch, 1, 3)
    put(watch, 0, 4)

    watch.tick(START + timedelta(hours=2))

    assert [(change.at, change.state) for change in watch.history] == [
        (START + 3 * MINUTE, OK),
        (START + 4 * MINUTE, ALARM),
        (START + 5 * MINUTE, OK),
    ]


def test_another_dimension_or_namespace_is_another_metric():
    watch = Watch([an_alarm()], START)

    watch.put("ClinicIntake", "LettersOverdue", {"service": "other"}, 1, START)
    watch.put("ClinicIntake", "LettersOverdue", {}, 1, START)
    watch.put("AWS/SES", "LettersOverdue", {"service": "intake"}, 1, START)
    watch.tick(START + 3 * MINUTE)

    assert watch.state == {"Late": OK}


def test_metrics_are_read_from_what_functions_print():
    embedded = {
        "_aws": {
            "Timestamp": 0,
            "CloudWatchMetrics": [
                {
                    "Namespace": "ClinicIntake",
                    "Dimensions": [["service"]],
                    "Metrics": [{"Name": "LettersOverdue", "Unit": "Count"}],
                }
            ],
        },
        "service": "intake",
        "LettersOverdue": [0.0, 2.0],
    }
    watch = Watch([an_alarm(statistic="Sum", threshold=1.0)], START)

    watch.read_log(f'START\n{{"level":"INFO"}}\n{json.dumps(embedded)}\nEND\n', START)
    watch.tick(START + MINUTE)

    assert watch.ringing == {"Late"}


def test_a_minute_without_news_costs_next_to_nothing():
    many = [an_alarm(name=f"Late{n}", metric=f"Metric{n}") for n in range(60)]
    watch = Watch(many, START)
    watch.tick(START + 5 * MINUTE)

    began = time.process_time()
    for minute in range(6, 10_006):
        watch.tick(START + minute * MINUTE)
    took = time.process_time() - began

    assert took / 10_000 < 50e-6
