"""What alarms and the dashboard are made of: counts and seconds; no id and no answer."""

from __future__ import annotations

from aws_lambda_powertools.metrics import MetricUnit, single_metric


def count(metric: str, value: int = 1) -> None:
    """Count *value* more of *metric*, as a line of the log that CloudWatch reads."""
    _print(metric, MetricUnit.Count, value)


def took(metric: str, seconds: float) -> None:
    """Say how long something took once, so that a percentile can be drawn of it."""
    _print(metric, MetricUnit.Seconds, seconds)


def _print(metric: str, unit: MetricUnit, value: float) -> None:
    with single_metric(metric, unit, value):
        pass
