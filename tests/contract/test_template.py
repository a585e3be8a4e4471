"""The root template and the code agree: steps, settings, triggers, rights."""

import dataclasses
import importlib
import json
import re

import pytest

from intake import canary
from tests.rights import RIGHTS

STEPS = {
    "ShowForm": "show_form",
    "AcceptInquiry": "accept_inquiry",
    "SignUpload": "sign_upload",
    "CheckUpload": "check_upload",
    "NotifyTeam": "notify_team",
    "ReplyToSender": "reply_to_sender",
    "TrackDelivery": "track_delivery",
    "OpenCase": "open_case",
    "ShowSite": "show_site",
    "RetryStalled": "retry_stalled",
    "SendCanary": "send_canary",
    "ReportQuarantine": "report_quarantine",
}
each_step = pytest.mark.parametrize(("function", "folder"), STEPS.items(), ids=STEPS.values())

# IAM has no narrower names for these two: each stands for a call with and without plaintext.
WILDCARDS = {"kms:ReEncrypt*", "kms:GenerateDataKey*"}
# The one action that knows no resource (Service Authorization Reference, GuardDuty).
UNBOUND = {"guardduty:SendObjectMalwareScan"}


def statements(role):
    return [s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]


def actions(statement):
    return [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


def test_every_folder_with_a_handler_is_a_function_and_no_other(find, top):
    folders = {path.parent.name for path in (top / "functions").glob("*/handler.py")}

    assert folders == set(STEPS.values())
    assert set(find("root", "AWS::Lambda::Function")) == set(STEPS)


@each_step
def test_function_runs_the_handler_of_its_folder(find, function, folder):
    assert find("root", "AWS::Lambda::Function")[function]["Handler"] == f"{folder}.handler.handle"


@each_step
def test_function_gets_exactly_the_settings_it_declares(written, function, folder):
    handler = importlib.import_module(f"{folder}.handler")
    given = written["root"]["Resources"][function]["Properties"]["Environment"]["Variables"]

    declared = {field.name.upper() for field in dataclasses.fields(handler.Settings)}
    assert declared == set(given)


def test_what_every_function_gets_is_no_step_setting(written):
    variables = written["root"]["Globals"]["Function"]["Environment"]["Variables"]

    assert variables == {
        "AWS_ENDPOINT_URL": "",
        "POWERTOOLS_SERVICE_NAME": "intake",
        "POWERTOOLS_METRICS_NAMESPACE": "ClinicIntake",
    }


@pytest.mark.parametrize(
    ("layer", "setting"), [("SchemasLayer", "SCHEMAS_DIR"), ("WebsiteLayer", "WEBSITE_DIR")]
)
def test_a_layer_goes_to_the_steps_that_read_it(find, written, layer, setting):
    given = written["root"]["Resources"]
    # The translator gives every layer a name with the hash of where its content is.
    of_layer = {name for name in find("root", "AWS::Lambda::LayerVersion") if layer in name}
    for name, function in find("root", "AWS::Lambda::Function").items():
        has = of_layer & {one["Ref"] for one in function.get("Layers", [])}
        assert bool(has) is (setting in function["Environment"]["Variables"]), name
    assert given[layer]["Type"] == "AWS::Serverless::LayerVersion"


def test_layers_do_not_cover_each_other(top, written):
    # All are laid out in /opt; one that is built holds the folder "python" and no more.
    contents = [
        {"python"}
        if "Metadata" in layer
        else {path.name for path in (top / layer["Properties"]["ContentUri"]).iterdir()}
        for layer in written["root"]["Resources"].values()
        if layer["Type"] == "AWS::Serverless::LayerVersion"
    ]

    assert len(contents) == 3
    assert len(set.union(*contents)) == sum(map(len, contents))


def test_the_layer_that_reads_strangers_files_goes_to_one_step_and_its_processor(find, written):
    with_layer = [
        name
        for name, function in find("root", "AWS::Lambda::Function").items()
        if any("InspectionLayer" in one["Ref"] for one in function.get("Layers", []))
    ]
    layer = written["root"]["Resources"]["InspectionLayer"]

    assert with_layer == ["CheckUpload"]
    assert layer["Metadata"]["BuildArchitecture"] == {"Ref": "Architecture"}
    assert layer["Properties"]["CompatibleArchitectures"] == [{"Ref": "Architecture"}]


@pytest.mark.parametrize(
    "stack", ["root", "storage", "malware", "queues", "email", "sign_in", "hosting", "alarms"]
)
def test_every_parameter_is_described(written, stack):
    for name, parameter in written[stack].get("Parameters", {}).items():
        assert parameter.get("Description", "").strip(), name


def test_every_nested_stack_gets_what_it_asks_for(written):
    nested = {
        resource["Properties"]["Location"].removeprefix("infra/").removesuffix(".yaml"): resource
        for resource in written["root"]["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Application"
    }

    assert set(nested) == set(written) - {"root"}
    for stack, resource in nested.items():
        given = resource["Properties"].get("Parameters", {})
        assert set(given) == set(written[stack].get("Parameters", {})), stack


def test_what_an_operator_may_set_has_a_default_that_its_own_pattern_takes(written):
    for name, parameter in written["root"]["Parameters"].items():
        if {"Default", "AllowedPattern"} <= set(parameter):
            assert re.fullmatch(parameter["AllowedPattern"], parameter["Default"]), name


def test_http_routes_are_those_of_the_design(find):
    api = find("root", "AWS::ApiGatewayV2::Api")["Api"]["Body"]

    served = {
        (method, path): integration["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
        for path, methods in api["paths"].items()
        for method, integration in methods.items()
    }
    assert {route: re.search(r"\$\{(\w+)\.Arn\}", uri)[1] for route, uri in served.items()} == {
        ("get", "/f/{form}"): "ShowForm",
        ("post", "/f/{form}"): "AcceptInquiry",
        ("x-amazon-apigateway-any-method", "$default"): "AcceptInquiry",
        ("get", "/u/{token}"): "SignUpload",
        ("post", "/u/{token}"): "SignUpload",
        ("post", "/u/{token}/sign"): "SignUpload",
        ("get", "/cases"): "OpenCase",
        ("post", "/cases/{case}/open"): "OpenCase",
        ("post", "/cases/{case}/files/{n}/open"): "OpenCase",
        ("post", "/cases/{case}/actions"): "OpenCase",
        ("get", "/team"): "ShowSite",
        ("get", "/site/{file}"): "ShowSite",
        ("get", "/openapi.json"): "ShowSite",
    }


def test_no_origin_is_allowed_that_the_operator_did_not_name(find, written):
    # Expanded: given only a list made by a function, the translator drops all the rest.
    (api,) = find("root", "AWS::ApiGatewayV2::Api").values()
    _condition, cors, nothing = api["Body"]["x-amazon-apigateway-cors"]["Fn::If"]

    named = written["root"]["Parameters"]["AllowedOrigins"]["Default"]
    assert cors["allowOrigins"] == {"Fn::Split": [",", named]}
    assert "POST" in cors["allowMethods"]
    assert "idempotency-key" in cors["allowHeaders"]
    assert cors["maxAge"] == 7200
    assert "allowCredentials" not in cors
    assert not any("*" in word for word in cors["allowMethods"] + cors["allowHeaders"])
    assert nothing == {"Ref": "AWS::NoValue"}


def test_access_log_holds_neither_path_nor_address(find):
    stage = next(iter(find("root", "AWS::ApiGatewayV2::Stage").values()))

    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert set(logged.values()) == {
        "$context.requestId",
        "$context.requestTime",
        "$context.routeKey",
        "$context.status",
        "$context.responseLength",
        "$context.responseLatency",
        "$context.integration.error",
    }


def test_every_function_logs_into_a_group_of_its_own_that_forgets(find):
    groups = find("root", "AWS::Logs::LogGroup")

    used = [f["LoggingConfig"]["LogGroup"] for f in find("root", "AWS::Lambda::Function").values()]
    assert sorted(group["Ref"] for group in used) == sorted(f"{step}Log" for step in STEPS)
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())


@each_step
def test_role_is_the_functions_own_and_named_after_it(find, function, folder):
    role = find("root", "AWS::IAM::Role")[f"{function}Role"]

    name = "${AWS::StackName}-" + folder.replace("_", "-") + "-${AWS::Region}"
    assert role["RoleName"] == {"Fn::Sub": name}
    assert find("root", "AWS::Lambda::Function")[function]["Role"] == {
        "Fn::GetAtt": [f"{function}Role", "Arn"]
    }
    assert "ManagedPolicyArns" not in role


def test_rights_name_actions_and_resources(find):
    for role in find("root", "AWS::IAM::Role").values():
        for statement in statements(role):
            assert statement["Effect"] == "Allow"
            assert not [a for a in actions(statement) if "*" in a and a not in WILDCARDS]
            assert statement["Resource"] != "*" or set(actions(statement)) <= UNBOUND


@each_step
def test_rights_are_what_the_step_calls_and_what_its_trigger_needs(find, function, folder):
    role = find("root", "AWS::IAM::Role")[f"{function}Role"]
    granted = {a for s in statements(role) for a in actions(s) if not a.startswith("kms:")}

    takes = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    queue_fed = f"{function}Queue" in find("root", "AWS::Lambda::EventSourceMapping")
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert granted == RIGHTS[folder] | logs | (takes if queue_fed else set())


def test_quarantine_is_read_by_the_checker_and_records_by_the_case_page_too(find):
    readers = {
        (name, re.search(r"Outputs\.(\w+)BucketArn", statement["Resource"]["Fn::Sub"])[1])
        for name, role in find("root", "AWS::IAM::Role").items()
        for statement in statements(role)
        if any(action.startswith("s3:Get") for action in actions(statement))
    }

    assert readers == {
        ("CheckUploadRole", "Uploads"),
        ("CheckUploadRole", "Records"),
        ("OpenCaseRole", "Records"),
    }


def test_the_plan_scans_quarantine_and_tags_nothing(find, written):
    (plan,) = find("malware", "AWS::GuardDuty::MalwareProtectionPlan").values()
    given = written["root"]["Resources"]["Malware"]["Properties"]["Parameters"]

    assert plan["ProtectedResource"] == {"S3Bucket": {"BucketName": {"Ref": "UploadsBucketName"}}}
    assert plan["Actions"] == {"Tagging": {"Status": "DISABLED"}}
    assert plan["Role"] == {"Fn::GetAtt": ["ScanRole", "Arn"]}
    for name in ("UploadsBucketName", "UploadsBucketArn", "UploadsKeyArn"):
        assert given[name] == {"Fn::GetAtt": ["Storage", f"Outputs.{name}"]}


def test_the_scanner_may_do_what_its_guide_asks_for_and_not_tag(find):
    (role,) = find("malware", "AWS::IAM::Role").values()
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    rights = {a: s for s in statements(role) for a in actions(s)}

    assert trust["Principal"] == {"Service": "malware-protection-plan.guardduty.amazonaws.com"}
    assert set(rights) == {
        *("events:PutRule", "events:DeleteRule", "events:PutTargets", "events:RemoveTargets"),
        *("events:DescribeRule", "events:ListTargetsByRule", "s3:ListBucket"),
        *("s3:PutBucketNotification", "s3:GetBucketNotification", "s3:PutObject"),
        *("s3:GetObject", "s3:GetObjectVersion", "kms:GenerateDataKey", "kms:Decrypt"),
    }
    assert all(statement["Resource"] != "*" for statement in rights.values())
    own = {"Fn::Sub": "${UploadsBucketArn}/malware-protection-resource-validation-object"}
    assert rights["s3:PutObject"]["Resource"] == own
    assert rights["events:PutRule"]["Condition"] == {
        "StringLike": {"events:ManagedBy": "malware-protection-plan.guardduty.amazonaws.com"}
    }


def test_the_plan_whose_word_counts_is_this_stacks(written):
    root = written["root"]["Resources"]
    plan = {"Fn::GetAtt": ["Malware", "Outputs.PlanArn"]}

    settings = root["CheckUpload"]["Properties"]["Environment"]["Variables"]
    assert settings["MALWARE_PLAN"] == plan
    assert root["MalwareScanned"]["Properties"]["EventPattern"]["resources"] == [plan]
    assert written["malware"]["Outputs"]["PlanArn"]["Value"] == {"Fn::GetAtt": ["Plan", "Arn"]}


def test_the_canary_reads_its_own_alone_and_deletes_nothing(find):
    role = find("root", "AWS::IAM::Role")["SendCanaryRole"]
    rights = {a: s for s in statements(role) for a in actions(s)}

    def bound(action):
        ((operator, keys),) = rights[action]["Condition"].items()
        return operator, keys

    own = {"dynamodb:LeadingKeys": [f"inquiry#{canary.PREFIX}*"]}
    note = {"dynamodb:LeadingKeys": ["canary"]}
    assert bound("dynamodb:Query") == ("ForAllValues:StringLike", own)
    for action in ("dynamodb:GetItem", "dynamodb:PutItem"):
        assert bound(action) == ("ForAllValues:StringEquals", note)
    assert bound("s3:ListBucketVersions") == ("StringLike", {"s3:prefix": [f"{canary.PREFIX}*"]})
    assert not [action for action in rights if "Delete" in action or "Update" in action]


def test_the_canary_takes_the_way_that_patients_take(find, written):
    function = find("root", "AWS::Lambda::Function")["SendCanary"]
    condition, public, own = function["Environment"]["Variables"]["FORM_URL"]["Fn::If"]

    assert written["root"]["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "PublicUrl"}, "auto"]}]
    }
    assert public == {"Fn::Sub": "${PublicUrl}/f/canary"}
    assert (
        own["Fn::Sub"].removesuffix("canary")
        == written["root"]["Outputs"]["FormUrl"]["Value"]["Fn::Sub"]
    )
    # It may know the API because nothing that the API needs knows it: no route, no circle.
    body = json.dumps(find("root", "AWS::ApiGatewayV2::Api")["Api"])
    assert "SendCanary" not in body


@pytest.mark.parametrize("function", ["NotifyTeam", "ReplyToSender", "ReportQuarantine"])
def test_mail_leaves_only_from_the_configured_address(find, function):
    role = find("root", "AWS::IAM::Role")[f"{function}Role"]

    [mail] = [s for s in statements(role) if "ses:SendEmail" in actions(s)]
    assert mail["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}


def test_schedules_do_not_pile_up(find):
    functions = find("root", "AWS::Lambda::Function")
    rules = [r for r in find("root", "AWS::Events::Rule").values() if "ScheduleExpression" in r]

    by_step = {rule["Targets"][0]["Arn"]["Fn::GetAtt"][0]: rule for rule in rules}
    assert {step: rule["ScheduleExpression"] for step, rule in by_step.items()} == {
        "RetryStalled": "rate(1 minute)",
        "SendCanary": "rate(15 minutes)",
        "ReportQuarantine": "rate(1 day)",
    }
    assert functions["RetryStalled"]["Timeout"] < 60
    assert functions["SendCanary"]["Timeout"] < 15 * 60
