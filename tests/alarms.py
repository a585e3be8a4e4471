"""
The template's alarms, and CloudWatch's way of looking at them, by the minute.

After "Configuring how CloudWatch alarms treat missing data" and "Alarm evaluation" of Amazon's
user guide. Where they leave a choice, this rings later than CloudWatch and never earlier: a period
counts when it is over, and an alarm that never had a datapoint says nothing until its range has
passed.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from tests.handlers import resources

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
BREACHING, NOT_BREACHING, IGNORE, MISSING = "breaching", "notBreaching", "ignore", "missing"
# How many periods more than it needs CloudWatch looks back on; the guide's examples have two.
LOOKS_BACK = 2

# Sum, maximum, minimum and count of what was put into a minute.
Bucket = list[float]
Series = dict[int, Bucket]
Key = tuple[str, str, frozenset[tuple[str, str]]]

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_STATISTICS: Mapping[str, Callable[[Bucket], float]] = {
    "Sum": operator.itemgetter(0),
    "Maximum": operator.itemgetter(1),
    "Minimum": operator.itemgetter(2),
    "SampleCount": operator.itemgetter(3),
    "Average": lambda bucket: bucket[0] / bucket[3],
}


@dataclass(frozen=True)
class Alarm:
    """One alarm on one metric, by its logical id. Periods in seconds."""

    name: str
    namespace: str
    metric: str
    dimensions: frozenset[tuple[str, str]]
    statistic: str
    period: int
    evaluation_periods: int
    datapoints_to_alarm: int
    comparison: str
    threshold: float
    missing: str
    actions: tuple[str, ...] = ()
    ok_actions: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """The metric it watches."""
        return self.namespace, self.metric, self.dimensions

    @property
    def width(self) -> int:
        """The minutes of a period."""
        return self.period // 60

    @property
    def range(self) -> int:
        """The periods that are looked at."""
        return self.evaluation_periods + LOOKS_BACK


@dataclass(frozen=True)
class Change:
    """An alarm's new state, and since when it has it."""

    at: datetime
    name: str
    state: str


@cache
def alarms() -> tuple[Alarm, ...]:
    """Return every alarm that template.yaml deploys, on the real names of what it watches."""
    return tuple(
        _alarm(resource.logical_id, resource.properties)
        for resource in resources()
        if resource.kind == "AWS::CloudWatch::Alarm"
    )


def _alarm(name: str, given: Mapping[str, Any]) -> Alarm:
    period, count = int(given["Period"]), int(given["EvaluationPeriods"])
    assert period % 60 == 0, f"{name}: only whole minutes are known here"
    assert given["Statistic"] in _STATISTICS, f"{name}: {given['Statistic']} is not known here"
    return Alarm(
        name=name,
        namespace=given["Namespace"],
        metric=given["MetricName"],
        dimensions=frozenset((d["Name"], d["Value"]) for d in given.get("Dimensions", [])),
        statistic=given["Statistic"],
        period=period,
        evaluation_periods=count,
        datapoints_to_alarm=int(given.get("DatapointsToAlarm", count)),
        comparison=given["ComparisonOperator"],
        threshold=float(given["Threshold"]),
        missing=given.get("TreatMissingData", MISSING),
        actions=tuple(given.get("AlarmActions", [])),
        ok_actions=tuple(given.get("OKActions", [])),
    )


def judge(alarm: Alarm, points: Sequence[bool | None], state: str) -> str:
    """
    Return the state after *state*, from the range's datapoints, oldest first.

    True breaches, None is missing. Missing ones stand in only for what is lacking of the evaluation
    periods, however old the real ones are.
    """
    needed, real = alarm.datapoints_to_alarm, [point for point in points if point is not None]
    breaching = sum(real[-alarm.evaluation_periods :])
    lacking = alarm.evaluation_periods - len(real)
    if breaching >= needed:
        return ALARM
    if lacking <= 0 or alarm.missing == NOT_BREACHING:
        return OK
    if alarm.missing == BREACHING:
        return ALARM if breaching + lacking >= needed else OK
    if real and not all(real):
        return OK
    if alarm.missing == IGNORE:
        return state
    # Only breaching ones and too few: an alarm if the oldest is as old as it takes to ring.
    is_old_enough = bool(real) and len(points) - points.index(True) >= needed
    return ALARM if is_old_enough else INSUFFICIENT


@dataclass
class _Watched:
    """A metric that alarms look at."""

    alarms: list[Alarm]
    series: Series = field(default_factory=dict)
    shortest: int = 0
    longest: int = 0

    def add(self, alarm: Alarm) -> None:
        """Have one more look at it; keep the minutes that all of them, or any, look back on."""
        self.alarms.append(alarm)
        ranges = [each.width * each.range for each in self.alarms]
        self.shortest, self.longest = min(ranges), max(ranges)

    def forget(self, end: int) -> None:
        """Drop what no alarm looks at any more."""
        oldest = end - self.longest
        for minute in [minute for minute in self.series if minute < oldest]:
            del self.series[minute]


class Watch:
    """CloudWatch: metrics are put, and once a minute every alarm is looked at."""

    def __init__(self, alarms: Sequence[Alarm], start: datetime) -> None:
        """Create the *alarms* at *start*; they know nothing from before."""
        self.state = {alarm.name: INSUFFICIENT for alarm in alarms}
        self.ringing: set[str] = set()
        self.history: list[Change] = []
        self._watched: dict[Key, _Watched] = {}
        for alarm in alarms:
            self._watched.setdefault(alarm.key, _Watched([])).add(alarm)
        self._start = self._end = _minute(start)
        # Whatever is not in here has no datapoint in range, and its alarms said what that means.
        self._open = dict(self._watched)

    def put(
        self, namespace: str, metric: str, dimensions: Mapping[str, str], value: float, at: datetime
    ) -> None:
        """Add a value to the minute that *at* is in."""
        key = namespace, metric, frozenset(dimensions.items())
        watched = self._watched.get(key)
        if watched is None:
            return
        bucket = watched.series.get(_minute(at))
        if bucket is None:
            watched.series[_minute(at)] = [value, value, value, 1]
        else:
            _add(bucket, [value, value, value, 1])
        self._open[key] = watched

    def read_log(self, text: str, at: datetime) -> None:
        """Put every metric that a function printed, in the embedded metric format."""
        if '"_aws"' not in text:
            return
        for namespace, metric, dimensions, values in printed(text):
            for value in values:
                self.put(namespace, metric, dimensions, value, at)

    def tick(self, now: datetime) -> list[Change]:
        """Look at every alarm as the last whole minute ends; return which ones changed."""
        changes: list[Change] = []
        now_minute = _minute(now)
        while self._open and self._end < now_minute:
            self._end += 1
            age = self._end - self._start
            for key, watched in list(self._open.items()):
                if not watched.series and age < watched.shortest:
                    continue
                watched.forget(self._end)
                for alarm in watched.alarms:
                    if age >= alarm.width * alarm.range or self._is_known(alarm, watched.series):
                        self._look(alarm, watched.series, changes)
                if not watched.series and age >= watched.longest:
                    del self._open[key]
        self._end = max(self._end, now_minute)
        self.history += changes
        return changes

    def _is_known(self, alarm: Alarm, series: Series) -> bool:
        """Tell whether there is, or ever was, a datapoint."""
        if self.state[alarm.name] != INSUFFICIENT:
            return True
        return any(minute < self._end for minute in series)

    def _look(self, alarm: Alarm, series: Series, changes: list[Change]) -> None:
        before = self.state[alarm.name]
        state = judge(alarm, _points(alarm, series, self._end), before)
        if state == before:
            return
        self.state[alarm.name] = state
        (self.ringing.add if state == ALARM else self.ringing.discard)(alarm.name)
        changes.append(Change(datetime.fromtimestamp(self._end * 60, UTC), alarm.name, state))


def printed(text: str) -> Iterator[tuple[str, str, dict[str, str], list[float]]]:
    """Yield namespace, name, dimensions and values of each metric that *text* prints."""
    for line in text.splitlines():
        if '"_aws"' not in line:
            continue
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = {name: document[name] for name in names}
                for metric in directive["Metrics"]:
                    found = document[metric["Name"]]
                    values = found if isinstance(found, list) else [found]
                    yield directive["Namespace"], metric["Name"], dimensions, values


def _points(alarm: Alarm, series: Series, end: int) -> list[bool | None]:
    """Tell which periods of the range breach: windows that slide, so the last ends at *end*."""
    oldest = end - alarm.width * alarm.range
    periods: list[Bucket | None] = [None] * alarm.range
    for minute, bucket in series.items():
        if oldest <= minute < end:
            n = (minute - oldest) // alarm.width
            before = periods[n]
            if before is None:
                periods[n] = bucket.copy()
            else:
                _add(before, bucket)
    value, breaches = _STATISTICS[alarm.statistic], _COMPARISONS[alarm.comparison]
    return [None if p is None else breaches(value(p), alarm.threshold) for p in periods]


def _add(bucket: Bucket, other: Bucket) -> None:
    bucket[0] += other[0]
    bucket[1] = max(bucket[1], other[1])
    bucket[2] = min(bucket[2], other[2])
    bucket[3] += other[3]


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60)
