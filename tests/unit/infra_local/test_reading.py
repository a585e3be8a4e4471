import copy
from pathlib import Path

import pytest
import yaml

from infra.local.blueprint import JwtAuthorizer
from infra.local.identity import Place
from infra.local.intrinsics import UnknownToThisWorldError
from infra.local.reading import read
from infra.local.template import Stack

PLACE = Place("eu-west-2", "http://127.0.0.1:1")
TEMPLATE = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}},
        "Step": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "CodeUri": "functions/",
                "Runtime": "python3.13",
                "Handler": "step.handler.handle",
                "Environment": {"Variables": {"QUEUE": {"Ref": "Queue"}}},
                "Events": {
                    "Page": {"Type": "HttpApi", "Properties": {"Path": "/p/{x}", "Method": "GET"}},
                    "Queue": {
                        "Type": "SQS",
                        "Properties": {
                            "Queue": {"Fn::GetAtt": ["Queue", "Arn"]},
                            "BatchSize": 5,
                            "FunctionResponseTypes": ["ReportBatchItemFailures"],
                            "ScalingConfig": {"MaximumConcurrency": 2},
                        },
                    },
                    "Minute": {"Type": "Schedule", "Properties": {"Schedule": "rate(5 minutes)"}},
                },
            },
        },
    },
}
STEP = ("Resources", "Step", "Properties")


def understood(tmp_path: Path, template=None):
    path = tmp_path / "template.yaml"
    path.write_text(yaml.safe_dump(template or TEMPLATE))
    return read(Stack(path, PLACE, {}).resources(), PLACE)


def changed(*path_and_value):
    *path, last, value = path_and_value
    template = copy.deepcopy(TEMPLATE)
    place = template
    for name in path:
        place = place[name]
    place[last] = value
    return template


def test_a_template_becomes_functions_triggers_routes_and_schedules(tmp_path):
    found = understood(tmp_path)

    (trigger,) = found.triggers
    assert found.functions["Step"].environment == {
        "QUEUE": "http://127.0.0.1:1/123456789012/intake-Queue"
    }
    assert (trigger.batch_size, trigger.reports_failures, trigger.concurrency) == (5, True, 2)
    assert [route.key for route in found.routes] == ["GET /p/{x}"]
    assert found.schedules["StepMinute"].every.total_seconds() == 300
    assert found.schedules["StepMinute"].enabled


def test_a_schedule_that_is_switched_off_is_known_and_wakes_nobody(tmp_path):
    off = changed(*STEP, "Events", "Minute", "Properties", "State", "DISABLED")

    assert not understood(tmp_path, off).schedules["StepMinute"].enabled


@pytest.mark.parametrize(
    ("template", "name"),
    [
        (changed("Resources", "Other", {"Type": "AWS::Kinesis::Stream"}), "AWS::Kinesis::Stream"),
        (changed("Resources", "Queue", "Properties", {"FifoQueue": True}), "FifoQueue"),
        (
            changed(*STEP, "Events", "Queue", "Properties", "MaximumBatchingWindowInSeconds", 5),
            "MaximumBatchingWindowInSeconds",
        ),
        (
            changed(*STEP, "Events", "Minute", "Properties", "Schedule", "cron(0 1 * * ? *)"),
            "cron",
        ),
        (
            changed(*STEP, "Events", "Minute", "Properties", "Input", "{}"),
            "Input",
        ),
        (changed(*STEP, "Events", "Topic", {"Type": "SNS", "Properties": {"Topic": "t"}}), "SNS"),
        (
            changed(
                *("Resources", "Bucket"),
                {
                    "Type": "AWS::S3::Bucket",
                    "Properties": {"NotificationConfiguration": {"LambdaConfigurations": []}},
                },
            ),
            "LambdaConfigurations",
        ),
        (changed(*STEP, "VpcConfig", {"SubnetIds": ["s"]}), "VpcConfig"),
        (changed("Transform", "AWS::LanguageExtensions"), "LanguageExtensions"),
        (changed(*STEP, "Events", "Page", "Properties", "Path", "/p/"), "ends in a slash"),
    ],
)
def test_what_the_world_does_not_know_stops_it(tmp_path, template, name):
    with pytest.raises(UnknownToThisWorldError, match=name):
        understood(tmp_path, template)


AUTHORIZER = {
    "IdentitySource": "$request.header.Authorization",
    "JwtConfiguration": {"issuer": "https://sign-in.example", "audience": ["the-clinic"]},
}


def guarded(**changes):
    """Return a template whose page asks for a token."""
    template = changed(
        *(*STEP, "Events", "Page", "Properties", "Auth"),
        {"Authorizer": "Tokens", "AuthorizationScopes": ["cases"]},
    )
    api = {"Auth": {"Authorizers": {"Tokens": AUTHORIZER | changes}}}
    template["Resources"]["Api"] = {"Type": "AWS::Serverless::HttpApi", "Properties": api}
    page = template["Resources"]["Step"]["Properties"]["Events"]["Page"]["Properties"]
    page["ApiId"] = {"Ref": "Api"}
    return template


def test_a_route_knows_whose_tokens_it_takes(tmp_path):
    (route,) = understood(tmp_path, guarded()).routes

    assert route.authorizer == JwtAuthorizer(
        "Tokens", "https://sign-in.example", ("the-clinic",), "authorization"
    )
    assert route.scopes == ("cases",)


@pytest.mark.parametrize(
    "template",
    [
        guarded(IdentitySource="$request.querystring.token"),
        changed(
            *("Resources", "Api"),
            {
                "Type": "AWS::Serverless::HttpApi",
                "Properties": {
                    "Auth": {"EnableIamAuthorizer": True, "DefaultAuthorizer": "AWS_IAM"}
                },
            },
        ),
    ],
)
def test_no_other_way_to_let_callers_in_is_guessed_at(tmp_path, template):
    page = template["Resources"]["Step"]["Properties"]["Events"]["Page"]["Properties"]
    page["ApiId"] = {"Ref": "Api"}

    with pytest.raises(UnknownToThisWorldError, match="not known here"):
        understood(tmp_path, template)


def test_what_a_condition_leaves_out_need_not_be_known(tmp_path):
    template = changed(
        *("Resources", "Pool"), {"Type": "AWS::Cognito::UserPool", "Condition": "OwnPool"}
    )
    template["Conditions"] = {"OwnPool": {"Fn::Equals": ["", "issuer"]}}

    assert understood(tmp_path, template).functions
    template["Conditions"] = {"OwnPool": {"Fn::Equals": ["", ""]}}
    with pytest.raises(UnknownToThisWorldError, match="AWS::Cognito::UserPool"):
        understood(tmp_path, template)


def test_an_unknown_parameter_is_refused(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(yaml.safe_dump(TEMPLATE))

    with pytest.raises(UnknownToThisWorldError, match="no parameter Nope"):
        Stack(path, PLACE, {"Nope": 1})


def test_a_parameter_is_refused_as_cloudformation_would(tmp_path):
    path = tmp_path / "template.yaml"
    origin = {"Type": "String", "AllowedPattern": "https?://[^,/ ]+"}
    path.write_text(yaml.safe_dump(TEMPLATE | {"Parameters": {"Origin": origin}}))

    with pytest.raises(UnknownToThisWorldError, match="Origin can't be"):
        Stack(path, PLACE, {"Origin": "http://a.example/"})
    Stack(path, PLACE, {"Origin": "http://a.example"})


PLAN = {
    "Type": "AWS::GuardDuty::MalwareProtectionPlan",
    "Properties": {
        "Role": "arn:aws:iam::123456789012:role/scan",
        "ProtectedResource": {"S3Bucket": {"BucketName": "uploads"}},
        "Actions": {"Tagging": {"Status": "DISABLED"}},
    },
}


def with_plan(**changes):
    template = copy.deepcopy(TEMPLATE)
    plan = template["Resources"]["Plan"] = copy.deepcopy(PLAN)
    plan["Properties"] |= changes
    return template


def test_a_plan_says_which_bucket_is_scanned(tmp_path):
    (plan,) = understood(tmp_path, with_plan()).scan_plans

    assert plan.bucket == "uploads"
    assert plan.arn == PLACE.arn("guardduty", "malware-protection-plan/intake-Plan")


@pytest.mark.parametrize(
    "changes",
    [
        {"Actions": {"Tagging": {"Status": "ENABLED"}}},
        {"ProtectedResource": {"S3Bucket": {"BucketName": "b", "ObjectPrefixes": ["a"]}}},
    ],
)
def test_a_plan_that_does_more_than_scan_a_whole_bucket_is_not_guessed_at(tmp_path, changes):
    with pytest.raises(UnknownToThisWorldError):
        understood(tmp_path, with_plan(**changes))


def test_a_secret_is_one_value_for_all_and_another_in_each_world(tmp_path):
    template = changed("Resources", "Form", {"Type": "AWS::SecretsManager::Secret"})
    variables = template["Resources"]["Step"]["Properties"]["Environment"]["Variables"]
    written = {"Fn::Sub": "{{resolve:secretsmanager:${Form}}}"}
    variables |= {"ONE": written, "OTHER": written}

    places = [Place("eu-west-2", "http://127.0.0.1:1") for _ in range(2)]
    path = tmp_path / "template.yaml"
    path.write_text(yaml.safe_dump(template))
    worlds = [
        read(Stack(path, place, {}).resources(), place).functions["Step"].environment
        for place in places
    ]

    assert all(world["ONE"] == world["OTHER"] and len(world["ONE"]) == 64 for world in worlds)
    assert worlds[0]["ONE"] != worlds[1]["ONE"]


def test_a_secret_of_somebody_else_is_not_made_up(tmp_path):
    foreign = "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-2:1:secret:theirs}}"

    with pytest.raises(UnknownToThisWorldError):
        understood(tmp_path, changed(*STEP, "Environment", "Variables", "QUEUE", foreign))
