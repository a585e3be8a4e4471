"""Whatever can stand still has an alarm, and every alarm says what to do next."""

import json
import re

import pytest

from tests.alarms import BREACHING, IGNORE, NOT_BREACHING
from tests.alarms import alarms as deployed
from tests.handlers import resources

# What counts something that happened: that it did not happen again is no reason to say "over".
HAPPENED = {"LettersUndelivered", "LettersGivenUp", "UnopenedPastServiceDate", "FilesWithdrawn"}
WRITES_A_METRIC = re.compile(r'(?:count|took|single_metric|add_metric)\(\s*"([A-Z][A-Za-z]+)"')
QUARANTINED_OR_ACCEPTED = {"InquiriesAccepted", "InquiriesQuarantined"}
OF_A_LETTER = {"LettersSent", "LettersPostponed", "LettersGivenUp"}


@pytest.fixture
def alarms(find):
    return find("alarms", "AWS::CloudWatch::Alarm")


@pytest.fixture(scope="module")
def drawn():
    """Every metric on the dashboard: namespace, name, dimensions; and its other widgets."""
    (dashboard,) = (r for r in resources() if r.kind == "AWS::CloudWatch::Dashboard")
    return json.loads(dashboard.properties["DashboardBody"])["widgets"]


@pytest.fixture(scope="module")
def counted(top):
    """Every metric that a handler writes."""
    texts = [path.read_text("utf-8") for path in sorted((top / "functions").rglob("*.py"))]
    named = {name for text in texts for name in WRITES_A_METRIC.findall(text)}
    return named | QUARANTINED_OR_ACCEPTED | OF_A_LETTER


def watching(alarms, metric, dimension):
    """Which parameters the alarms on *metric* look at."""
    return {
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in alarms.values()
        if alarm["MetricName"] == metric and alarm["Dimensions"][0]["Name"] == dimension
    }


def metrics_of(widget):
    """A widget's metrics, with its dots replaced by what they stand for."""
    above = []
    for row in widget["properties"].get("metrics", []):
        fields = [field for field in row if isinstance(field, str)]
        above = [before if field == "." else field for field, before in pairs(fields, above)]
        namespace, name, *dimensions = above
        yield namespace, name, frozenset(zip(dimensions[::2], dimensions[1::2], strict=True))


def pairs(fields, above):
    return zip(fields, [*above, *fields][: len(fields)], strict=True)


# ---- Alarms -------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_has_an_alarm_on_its_errors_and_its_throttles(alarms, find, metric):
    functions = set(find("root", "AWS::Lambda::Function"))

    assert watching(alarms, metric, "FunctionName") == functions


def test_every_dead_letter_rings(alarms, find):
    queues = find("queues", "AWS::SQS::Queue")

    dead = {name for name, queue in queues.items() if "RedrivePolicy" not in queue}
    assert watching(alarms, "ApproximateNumberOfMessagesVisible", "QueueName") == dead


def test_every_queue_that_nobody_empties_rings(alarms, find):
    queues = find("queues", "AWS::SQS::Queue")

    live = {name for name, queue in queues.items() if "RedrivePolicy" in queue}
    assert watching(alarms, "ApproximateAgeOfOldestMessage", "QueueName") == live


def test_a_sweep_or_a_canary_that_does_not_come_rings():
    silent = {alarm.name: alarm for alarm in deployed() if alarm.missing == BREACHING}

    assert set(silent) == {"RetryStalledSilent", "CanaryMissing"}
    for alarm in silent.values():
        assert (alarm.comparison, alarm.threshold) == ("LessThanThreshold", 1)


def test_what_reports_now_and_then_keeps_its_state_and_the_rest_is_well_without_data():
    kept = {alarm.name for alarm in deployed() if alarm.missing == IGNORE}
    well = {alarm.name for alarm in deployed() if alarm.missing == NOT_BREACHING}

    rates = {"BounceRate", "ComplaintRate"}
    dead = {alarm.name for alarm in deployed() if alarm.metric.endswith("MessagesVisible")}
    assert kept == rates | dead
    assert well == {a.name for a in deployed()} - kept - {"RetryStalledSilent", "CanaryMissing"}


def test_alarms_on_our_own_metrics_watch_what_the_steps_write(written, counted):
    given = written["root"]["Globals"]["Function"]["Environment"]["Variables"]
    ours = [alarm for alarm in deployed() if alarm.namespace == "ClinicIntake"]

    assert given["POWERTOOLS_METRICS_NAMESPACE"] == "ClinicIntake"
    service = frozenset({("service", given["POWERTOOLS_SERVICE_NAME"])})
    assert {alarm.dimensions for alarm in ours} == {service}
    assert {alarm.metric for alarm in ours} <= counted


def test_every_alarm_says_what_to_do_and_where_to_read_on(alarms):
    for name, alarm in alarms.items():
        called = alarm["AlarmName"]["Fn::Sub"].removeprefix("${Prefix}-")
        text = alarm["AlarmDescription"]
        assert 100 < len(text) <= 1024, name  # CloudWatch takes no more
        assert text.endswith(f" See {called} in infra/README.md."), name


def test_every_alarm_rings_and_says_when_it_is_over_unless_it_happened_once():
    (topic,) = {alarm.actions for alarm in deployed()}

    assert len(topic) == 1
    for alarm in deployed():
        assert alarm.ok_actions == (() if alarm.name in HAPPENED else topic), alarm.name


def test_alarms_get_the_resources_they_are_named_for(written):
    for stack in ("alarms", "dashboard"):
        given = written["root"]["Resources"][stack.title()]["Properties"]["Parameters"]
        assert set(given) == set(written[stack]["Parameters"])
        for name, value in given.items():
            if name.endswith(("Queue", "Dead", "Events")):
                assert value == {"Fn::GetAtt": ["Queues", f"Outputs.{name}Name"]}
            elif name not in {"Prefix", "AlarmEmail", "ApiId"}:
                assert value == {"Ref": name}


# ---- The dashboard ------------------------------------------------------------------------------


def test_the_dashboard_draws_only_what_is_written_or_watched(drawn, counted):
    watched = {alarm.key for alarm in deployed()}
    ours = {("ClinicIntake", name, frozenset({("service", "intake")})) for name in counted}
    # What Lambda and the gateway publish beside what rings, of the same functions and the same API.
    beside = {"Errors": ("Duration", "ConcurrentExecutions"), "5xx": ("4xx", "Count", "Latency")}
    more = {
        (namespace, name, dimensions)
        for namespace, metric, dimensions in watched
        for name in beside.get(metric, ())
    }
    visible = {
        (namespace, "ApproximateNumberOfMessagesVisible", dimensions)
        for namespace, metric, dimensions in watched
        if namespace == "AWS/SQS"
    }

    shown = {metric for widget in drawn for metric in metrics_of(widget)}
    assert shown - watched - ours - more - visible == set()
    assert watched - shown == set()
    assert ours - shown == set()


def test_the_dashboard_begins_with_the_promise_and_names_alarms_that_exist(drawn, find):
    names = {
        alarm["AlarmName"]["Fn::Sub"].removeprefix("${Prefix}-")
        for alarm in find("alarms", "AWS::CloudWatch::Alarm").values()
    }
    first, second, *_ = sorted(drawn, key=lambda widget: (widget["y"], widget["x"]))

    assert first["type"] == "alarm"
    shown = [arn.partition(":alarm:intake-")[2] for arn in first["properties"]["alarms"]]
    assert set(shown) <= names
    assert shown[:3] == ["letters-overdue", "retry-stalled-silent", "canary-missing"]
    assert "promise" in second["properties"]["title"]


def test_widgets_are_whole_and_lie_beside_each_other(drawn):
    taken = [
        (x, y)
        for widget in drawn
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) == 23  # the grid has 24 columns
    for widget in drawn:
        if widget["type"] == "metric":
            given = widget["properties"]
            assert set(given) <= {
                *("title", "region", "stat", "period", "metrics", "annotations", "yAxis")
            }
            assert given["region"] == "eu-west-2"
            assert given["period"] % 60 == 0


def test_no_metric_and_no_widget_can_name_a_patient(drawn):
    dimensions = {
        name for widget in drawn for _, _, pairs in metrics_of(widget) for name, _ in pairs
    }

    assert dimensions == {"service", "FunctionName", "QueueName", "ApiId"}
