import json

import pytest

from infra.local.blueprint import Rule, Target
from infra.local.bus import Bus, check_pattern
from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.journal import Journal
from infra.local.transformer import NotTransformedError, transform

QUEUE = "arn:aws:sqs:eu-west-2:123456789012:queue"
DEAD = "arn:aws:sqs:eu-west-2:123456789012:dead"
EVENT = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "resources": ["arn:aws:s3:::b"],
    "detail": {"bucket": {"name": "b"}, "object": {"key": 'a"b', "size": 3}, "tags": {"x": ["1"]}},
}


def rule(*targets, **pattern):
    return Rule("Rule", "arn:aws:events:eu-west-2:123456789012:rule/r", pattern, targets)


def body(template, **paths):
    return transform(Target(QUEUE, template, paths), rule(), EVENT)


@pytest.mark.parametrize(
    ("template", "paths", "expected"),
    [
        ('{"key":<key>}', {"key": "$.detail.object.key"}, {"key": 'a"b'}),
        ('{"key":"<key>"}', {"key": "$.detail.object.key"}, {"key": 'a"b'}),
        (
            '{"n":<n>,"t":<t>}',
            {"n": "$.detail.object.size", "t": "$.detail.tags.x"},
            {"n": 3, "t": ["1"]},
        ),
        ('{"o":<o>}', {"o": "$.detail.bucket"}, {"o": {"name": "b"}}),
        ('{"r":<aws.events.rule-name>}', {}, {"r": "r"}),
    ],
)
def test_templates_are_filled_as_eventbridge_fills_them(template, paths, expected):
    assert json.loads(body(template, **paths)) == expected


def test_without_a_transformer_the_whole_event_is_delivered():
    assert json.loads(transform(Target(QUEUE), rule(), EVENT)) == EVENT


@pytest.mark.parametrize(
    ("template", "path"), [('{"v":<v>}', "$.detail.object.version-id"), ("{<v>}", "$.source")]
)
def test_a_hole_in_the_json_is_not_delivered(template, path):
    with pytest.raises(NotTransformedError):
        body(template, v=path)


@pytest.fixture
def publish():
    def publish(*rules):
        sent, invoked, journal = [], [], Journal()
        bus = Bus(rules, lambda *s: sent.append(s), lambda *i: invoked.append(i), journal)
        bus.start()
        bus.publish(EVENT)
        bus.stop()
        assert journal.idle
        return sent, invoked, journal

    return publish


def test_only_matching_rules_deliver(publish):
    hit = rule(Target(QUEUE), source=["aws.s3"], detail={"bucket": {"name": ["b"]}})
    miss = rule(Target(QUEUE), source=["aws.ses"])

    sent, _, journal = publish(hit, miss)

    assert [(arn, attributes) for arn, _, attributes in sent] == [(QUEUE, {})]
    assert journal.moves == {"b>queue": 1}


def test_a_scan_result_comes_from_the_scanner():
    sent, journal = [], Journal()
    bus = Bus([rule(Target(QUEUE))], lambda *s: sent.append(s), lambda *_: None, journal)
    bus.start()
    scanned = {"s3ObjectDetails": {"bucketName": "b"}}
    plan = "arn:aws:guardduty:eu-west-2:123456789012:malware-protection-plan/p"
    about = {"source": "aws.guardduty", "resources": [plan], "detail": scanned}
    bus.publish(EVENT | about)
    bus.stop()

    assert journal.moves == {"Scanner>queue": 1}


def test_a_function_is_woken_with_the_event(publish):
    arn = "arn:aws:lambda:eu-west-2:123456789012:function:f"

    _, invoked, _ = publish(rule(Target(arn), source=["aws.s3"]))

    assert invoked == [(arn, EVENT)]


def test_what_cannot_be_delivered_goes_to_the_dead_letters(publish):
    bad = Target(QUEUE, '{"v":<v>}', {"v": "$.detail.nothing"}, DEAD)

    sent, _, journal = publish(rule(bad, source=["aws.s3"]))

    ((arn, text, attributes),) = sent
    assert (arn, json.loads(text)) == (DEAD, EVENT)
    assert attributes == {
        "RULE_ARN": "arn:aws:events:eu-west-2:123456789012:rule/r",
        "TARGET_ARN": QUEUE,
        "ERROR_CODE": "NotTransformedError",
    }
    assert len(journal.failures) == 1


def test_an_unknown_operator_is_not_taken_as_true():
    with pytest.raises(UnknownToThisWorldError, match="sounds-like"):
        check_pattern(rule(source=[{"sounds-like": "aws"}]))
