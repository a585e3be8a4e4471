"""Events reach their queues as ids, type and time, and nothing else of what AWS knows."""

import hashlib
import json
import re
import string
from pathlib import Path

import pytest

EVENTS = Path(__file__).parents[1] / "events"

S3_EVENT = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "time": "2026-11-22T03:17:21Z",
    "detail": {
        "bucket": {"name": "uploads"},
        "object": {
            "key": "mzxw6ytboi3dkojrgu2tgmzqge/0000",
            "size": 18432,
            "etag": "d41d8cd98f00b204e9800998ecf8427e",
            "version-id": "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
            "sequencer": "00617F08299329D189",
        },
        "source-ip-address": "192.0.2.7",
        "requester": "123456789012",
        "reason": "PutObject",
    },
}
# As GuardDuty's guide shows them, with what each outcome says.
SCAN_EVENT = {
    "source": "aws.guardduty",
    "detail-type": "GuardDuty Malware Protection Object Scan Result",
    "time": "2026-11-22T03:17:24Z",
    "resources": ["arn:aws:guardduty:eu-west-2:123456789012:malware-protection-plan/b4c7f4"],
    "detail": {
        "schemaVersion": "1.0",
        "scanStatus": "COMPLETED",
        "resourceType": "S3_OBJECT",
        "s3ObjectDetails": {
            "bucketName": "uploads",
            "objectKey": "mzxw6ytboi3dkojrgu2tgmzqge/0000",
            "eTag": "d41d8cd98f00b204e9800998ecf8427e",
            "versionId": "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
            "s3Throttled": False,
        },
        "scanResultDetails": {"scanResultStatus": "NO_THREATS_FOUND", "threats": None},
    },
}
SCANNED = {
    "NO_THREATS_FOUND": ("COMPLETED", None),
    "THREATS_FOUND": ("COMPLETED", [{"name": "canary"}]),
    "UNSUPPORTED": ("SKIPPED", None),
    "ACCESS_DENIED": ("SKIPPED", None),
    "FAILED": ("FAILED", None),
}
MAIL = {
    "timestamp": "2026-11-22T03:17:20.901Z",
    "messageId": "010b0190a1b2c3d4-5e6f7a8b-0000",
    "source": "canary@clinic.example",
    "sourceIp": "192.0.2.7",
    "destination": ["canary@patients.example"],
    "headers": [{"name": "To", "value": "canary@patients.example"}],
    "commonHeaders": {"subject": "canary"},
    "tags": {
        "inquiry": ["mzxw6ytboi3dkojrgu2tgmzqge"],
        "letter": ["receipt"],
        "ses:source-ip": ["192.0.2.7"],
    },
}
# What each SES event carries beside `mail`, and what we call it.
SES_EVENTS = {
    "Email Sent": ("Send", {"send": {}}),
    "Email Delivered": ("Delivery", {"delivery": {"recipients": ["canary@patients.example"]}}),
    "Email Bounced": (
        "Bounce",
        {
            "bounce": {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [{"emailAddress": "canary@patients.example"}],
            }
        },
    ),
    "Email Complaint Received": (
        "Complaint",
        {"complaint": {"complainedRecipients": [{"emailAddress": "canary@patients.example"}]}},
    ),
    "Email Rejected": ("Reject", {"reject": {"reason": "Bad content"}}),
    "Email Delivery Delayed": (
        "DeliveryDelay",
        {"deliveryDelay": {"delayedRecipients": [{"emailAddress": "canary@patients.example"}]}},
    ),
    "Email Rendering Failed": ("RenderingFailure", {"failure": {"errorMessage": "canary"}}),
}
# CloudFormation's word for each of them.
PUBLISHED = [
    *("send", "reject", "bounce", "complaint", "delivery", "deliveryDelay", "renderingFailure"),
]


def follow(path, event):
    """Take what a path names; it must be there, or EventBridge leaves a hole in the JSON."""
    assert re.fullmatch(r"\$(\.[A-Za-z0-9_-]+)+", path), path
    for part in path.split(".")[1:]:
        event = event[part]
    return event


def transformed(rule, event):
    [target] = rule["Targets"]
    transformer = target["InputTransformer"]
    text = transformer["InputTemplate"]
    for name, path in transformer["InputPathsMap"].items():
        text = text.replace(f"<{name}>", json.dumps(follow(path, event)))
    return json.loads(text)


@pytest.fixture
def rules(find):
    return {
        rule["EventPattern"]["detail-type"][0]: rule
        for rule in find("root", "AWS::Events::Rule").values()
        if "EventPattern" in rule
    }


def test_an_upload_becomes_bucket_key_version_and_size(rules):
    assert transformed(rules["Object Created"], S3_EVENT) == {
        "bucket": "uploads",
        "key": "mzxw6ytboi3dkojrgu2tgmzqge/0000",
        "version": "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
        "size": 18432,
    }


@pytest.mark.parametrize("result", SCANNED)
def test_a_scan_becomes_what_was_scanned_by_whose_plan_and_what_came_of_it(rules, result):
    status, threats = SCANNED[result]
    said = {"scanResultStatus": result, "threats": threats}
    event = SCAN_EVENT | {
        "detail": SCAN_EVENT["detail"] | {"scanStatus": status, "scanResultDetails": said}
    }

    assert transformed(rules[event["detail-type"]], event) == {
        "bucket": "uploads",
        "key": "mzxw6ytboi3dkojrgu2tgmzqge/0000",
        "version": "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
        "plan": ["arn:aws:guardduty:eu-west-2:123456789012:malware-protection-plan/b4c7f4"],
        "scan_status": status,
        "scan_result": result,
    }


@pytest.mark.parametrize("detail_type", SES_EVENTS)
def test_a_report_on_a_letter_becomes_ids_type_and_time(rules, detail_type):
    name, more = SES_EVENTS[detail_type]
    event = {
        "source": "aws.ses",
        "detail-type": detail_type,
        "time": "2026-11-22T03:17:22Z",
        "detail": {"eventType": name, "mail": MAIL} | more,
    }

    body = transformed(rules[detail_type], event)
    bounce = {"bounce_type": "Permanent", "bounce_subtype": "General"} if name == "Bounce" else {}
    assert (
        body
        == {
            "event": name,
            "message_id": "010b0190a1b2c3d4-5e6f7a8b-0000",
            "inquiry": ["mzxw6ytboi3dkojrgu2tgmzqge"],
            "letter": ["receipt"],
            "time": "2026-11-22T03:17:22Z",
        }
        | bounce
    )


def test_every_event_that_ses_publishes_has_one_rule_and_none_tracks_a_reader(rules, find):
    assert set(rules) == set(SES_EVENTS) | {"Object Created", SCAN_EVENT["detail-type"]}
    destinations = find("email", "AWS::SES::ConfigurationSetEventDestination")
    assert len(destinations) == 2
    for destination in destinations.values():
        assert destination["EventDestination"]["MatchingEventTypes"] == PUBLISHED
        assert destination["EventDestination"]["Enabled"] is True


def test_letters_need_tls_and_nobody_tracks_them(find):
    sets = find("email", "AWS::SES::ConfigurationSet")

    assert len(sets) == 2
    for one in sets.values():
        assert one["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
        assert one["VdmOptions"]["DashboardOptions"] == {"EngagementMetrics": "DISABLED"}
        assert "TrackingOptions" not in one


def test_rules_listen_to_this_stack_alone(rules):
    for detail_type, rule in rules.items():
        detail = rule["EventPattern"]["detail"]
        if detail_type == "Object Created":
            names = detail["bucket"]["name"]
        elif detail_type == SCAN_EVENT["detail-type"]:
            names = detail["s3ObjectDetails"]["bucketName"] + rule["EventPattern"]["resources"]
        else:
            names = detail["mail"]["tags"]["ses:configuration-set"]
        assert all("Fn::GetAtt" in name for name in names)


def test_queues_take_events_from_exactly_the_rules_that_aim_at_them(find):
    aimed, parked = {}, set()
    for name, rule in find("root", "AWS::Events::Rule").items():
        for target in rule["Targets"]:
            if "InputTransformer" in target:
                aimed.setdefault(target["Arn"]["Fn::GetAtt"][1], set()).add(name)
                assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][1] == (
                    "Outputs.UndeliveredEventsArn"
                )
                parked.add(name)

    allowed = {}
    for policy in find("root", "AWS::SQS::QueuePolicy").values():
        [statement] = policy["PolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        allowed[statement["Resource"]["Fn::GetAtt"][1]] = {s["Fn::GetAtt"][0] for s in sources}
    assert allowed == aimed | {"Outputs.UndeliveredEventsArn": parked}


# ---- the sample events for `sam local invoke` ------------------------------------------------


def sample(name):
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


def test_every_step_has_a_sample_event(top):
    steps = {path.parent.name for path in (top / "functions").glob("*/handler.py")}

    assert {path.stem for path in EVENTS.glob("*.json")} == steps


@pytest.mark.parametrize(
    "name", ["show_form", "show_site", "accept_inquiry", "sign_upload", "open_case"]
)
def test_sample_request_takes_a_route_of_the_api(find, name):
    event = sample(name)
    paths = find("root", "AWS::ApiGatewayV2::Api")["Api"]["Body"]["paths"]

    method, _, path = event["routeKey"].partition(" ")
    assert method.lower() in paths[path]
    fields = {field for _, field, _, _ in string.Formatter().parse(path) if field}
    given = event.get("pathParameters", {})  # left out where a route has none
    assert set(given) == fields
    assert event["rawPath"] == path.format(**given)


def test_sample_of_a_case_carries_what_the_authorizer_passes_on(written):
    claims = sample("open_case")["requestContext"]["authorizer"]["jwt"]["claims"]
    parameters = written["root"]["Parameters"]
    team = json.loads(parameters["TeamGroups"]["Default"])

    assert all(isinstance(value, str) for value in claims.values())
    assert parameters["StaffScope"]["Default"] in claims["scope"].split()
    groups = claims[parameters["GroupsClaim"]["Default"]].strip("[]").split()
    assert groups
    assert set(groups) <= set(team)


def test_sample_inquiry_is_one_of_the_valid_examples(top):
    examples = top / "schemas" / "forms" / "general-inquiry" / "examples" / "valid"
    answers = [json.loads(path.read_text("utf-8"))["answers"] for path in examples.glob("*.json")]

    assert json.loads(sample("accept_inquiry")["body"]) in answers


@pytest.mark.parametrize(
    "name", ["check_upload", "notify_team", "reply_to_sender", "track_delivery"]
)
def test_sample_messages_carry_the_hash_of_their_body(name):
    for record in sample(name)["Records"]:
        body = record["body"].encode()
        assert record["md5OfBody"] == hashlib.md5(body, usedforsecurity=False).hexdigest()


def test_sample_messages_have_what_the_rules_make(rules):
    def keys(detail_type):
        return set(rules[detail_type]["Targets"][0]["InputTransformer"]["InputPathsMap"])

    upload, scan = [json.loads(record["body"]) for record in sample("check_upload")["Records"]]
    reports = [json.loads(record["body"]) for record in sample("track_delivery")["Records"]]
    assert set(upload) == keys("Object Created")
    assert set(scan) == keys(SCAN_EVENT["detail-type"])
    assert set(reports[0]) == keys("Email Delivered") | {"event"}
    assert set(reports[1]) == keys("Email Bounced") | {"event"}
