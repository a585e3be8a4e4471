"""Whatever can stand still has an alarm, and every alarm says what to do next."""

import pytest


@pytest.fixture
def alarms(find):
    return find("alarms", "AWS::CloudWatch::Alarm")


def watching(alarms, metric, dimension):
    """Which parameters the alarms on *metric* look at."""
    return {
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in alarms.values()
        if alarm["MetricName"] == metric and alarm["Dimensions"][0]["Name"] == dimension
    }


def test_every_function_has_an_alarm_on_its_errors(alarms, find):
    functions = set(find("root", "AWS::Lambda::Function"))

    assert watching(alarms, "Errors", "FunctionName") == functions


def test_every_dead_letter_rings(alarms, find):
    queues = find("queues", "AWS::SQS::Queue")

    dead = {name for name, queue in queues.items() if "RedrivePolicy" not in queue}
    assert watching(alarms, "ApproximateNumberOfMessagesVisible", "QueueName") == dead


def test_every_queue_that_nobody_empties_rings(alarms, find):
    queues = find("queues", "AWS::SQS::Queue")

    live = {name for name, queue in queues.items() if "RedrivePolicy" in queue}
    assert watching(alarms, "ApproximateAgeOfOldestMessage", "QueueName") == live


def test_the_sweep_that_does_not_run_rings(alarms):
    alarm = alarms["RetryStalledSilent"]

    assert alarm["TreatMissingData"] == "breaching"
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Invocations", "Sum")
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 120


def test_alarms_on_our_own_metrics_watch_what_the_steps_write(alarms, top, written):
    ours = {a["MetricName"]: a for a in alarms.values() if a["Namespace"] == "ClinicIntake"}
    writers = {
        "LettersOverdue": "retry_stalled/handler.py",
        "LettersUndelivered": "retry_stalled/handler.py",
        "LettersGivenUp": "intake/letters/posting.py",
        "UnopenedPastServiceDate": "intake/letters/posting.py",
        "WithheldTooLong": "retry_stalled/handler.py",
        "FilesUnscanned": "retry_stalled/handler.py",
        "FilesWithdrawn": "check_upload/handler.py",
    }
    given = written["root"]["Globals"]["Function"]["Environment"]["Variables"]

    assert set(ours) == set(writers)
    for name, alarm in ours.items():
        assert f'"{name}"' in (top / "functions" / writers[name]).read_text("utf-8")
        assert alarm["Namespace"] == given["POWERTOOLS_METRICS_NAMESPACE"]
        service = {"Name": "service", "Value": given["POWERTOOLS_SERVICE_NAME"]}
        assert alarm["Dimensions"] == [service]


def test_every_alarm_rings_says_what_to_do_and_says_when_it_is_over(alarms):
    for name, alarm in alarms.items():
        assert len(alarm["AlarmDescription"]) > 100, name
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "Topic"}], name
        assert alarm["TreatMissingData"] in {"breaching", "notBreaching", "ignore"}, name


def test_alarms_get_the_resources_they_are_named_for(written):
    given = written["root"]["Resources"]["Alarms"]["Properties"]["Parameters"]

    assert set(given) == set(written["alarms"]["Parameters"])
    for name, value in given.items():
        if name.endswith(("Queue", "Dead", "Events")):
            assert value == {"Fn::GetAtt": ["Queues", f"Outputs.{name}Name"]}
        elif name not in {"Prefix", "AlarmEmail", "ApiId"}:
            assert value == {"Ref": name}
