"""What holds state: table, buckets, keys and queues are as the design lays them down."""

import re

import pytest

from intake import canary
from intake.aws.ledger import LEASE

BUCKETS = ("UploadsBucket", "RecordsBucket")


def test_table_has_all_its_indexes_from_the_start(find):
    table = find("storage", "AWS::DynamoDB::Table")["InquiryTable"]

    def keys(schema):
        return [(key["AttributeName"], key["KeyType"]) for key in schema]

    assert keys(table["KeySchema"]) == [("pk", "HASH"), ("sk", "RANGE")]
    indexes = {index["IndexName"]: index for index in table["GlobalSecondaryIndexes"]}
    assert {name: keys(index["KeySchema"]) for name, index in indexes.items()} == {
        "due": [("due_shard", "HASH"), ("due_at", "RANGE")],
        "worklist": [("worklist", "HASH"), ("worklist_order", "RANGE")],
    }
    assert indexes["due"]["Projection"] == {"ProjectionType": "ALL"}


def test_table_can_be_restored_and_not_deleted_by_mistake(find):
    table = find("storage", "AWS::DynamoDB::Table")["InquiryTable"]

    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] is True
    assert table["SSESpecification"]["SSEType"] == "KMS"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_what_holds_data_outlives_the_stack(expanded):
    for name, resource in expanded["storage"]["Resources"].items():
        if not resource["Type"].endswith("Policy"):
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


@pytest.mark.parametrize("name", BUCKETS)
def test_bucket_is_private_versioned_and_encrypted(find, name):
    bucket = find("storage", "AWS::S3::Bucket")[name]

    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


@pytest.mark.parametrize(
    ("name", "readers"),
    [
        ("UploadsBucket", ["check-upload", "scan-uploads"]),
        ("RecordsBucket", ["check-upload", "open-case"]),
    ],
)
def test_bucket_refuses_plain_http_and_all_readers_but_those_it_names(find, name, readers):
    policy = find("storage", "AWS::S3::BucketPolicy")[f"{name}Policy"]
    tls, read, _last = policy["PolicyDocument"]["Statement"]

    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": False}}
    assert (read["Effect"], read["Principal"], read["Action"]) == ("Deny", "*", "s3:GetObject*")
    named = [arn["Fn::Sub"] for arn in read["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]]
    assert [arn.partition(":role/")[2] for arn in named] == [
        f"${{Prefix}}-{reader}-${{AWS::Region}}" for reader in readers
    ]


def test_nobody_tags_a_file_in_quarantine(find):
    # A tag can be a scanner's verdict: an uploader could bring "clean" along. Ours sends events.
    policy = find("storage", "AWS::S3::BucketPolicy")["UploadsBucketPolicy"]
    tags = policy["PolicyDocument"]["Statement"][-1]

    assert (tags["Effect"], tags["Principal"]) == ("Deny", "*")
    assert "Condition" not in tags
    assert set(tags["Action"]) == {
        f"s3:{verb}Object{what}Tagging" for verb in ("Put", "Delete") for what in ("", "Version")
    }


def test_a_link_to_a_record_dies_after_five_minutes_whatever_it_says(find):
    policy = find("storage", "AWS::S3::BucketPolicy")["RecordsBucketPolicy"]
    old = policy["PolicyDocument"]["Statement"][-1]

    assert (old["Effect"], old["Principal"], old["Action"]) == ("Deny", "*", "s3:GetObject*")
    assert old["Condition"] == {"NumericGreaterThan": {"s3:signatureAge": 5 * 60 * 1000}}


def test_browsers_may_send_list_and_give_up_uploads_and_do_nothing_with_records(find):
    buckets = find("storage", "AWS::S3::Bucket")
    [rule] = buckets["UploadsBucket"]["CorsConfiguration"]["CorsRules"]

    assert set(rule["AllowedMethods"]) == {"PUT", "POST", "GET", "DELETE"}
    assert rule["AllowedHeaders"] == ["*"]
    assert rule["ExposedHeaders"] == ["ETag", "Location"]
    assert rule["MaxAge"] == 3000
    assert "CorsConfiguration" not in buckets["RecordsBucket"]


def test_pages_that_may_send_files_are_our_own_and_those_that_may_post_forms(find, written):
    [rule] = find("storage", "AWS::S3::Bucket")["UploadsBucket"]["CorsConfiguration"]["CorsRules"]
    comma, joined = rule["AllowedOrigins"]["Fn::Split"]
    own, others = joined["Fn::Join"][1]
    given = written["root"]["Resources"]["Storage"]["Properties"]["Parameters"]

    assert (comma, joined["Fn::Join"][0]) == (",", ",")
    assert others == {"Ref": "AllowedOrigins"}
    condition, public_url, api = own["Fn::If"]
    assert written["storage"]["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "PublicUrl"}, "auto"]}]
    }
    assert public_url == {"Ref": "PublicUrl"}
    assert api == {"Fn::Sub": "https://*.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
    assert given["PublicUrl"] == {"Ref": "PublicUrl"}
    # Our own domain's pages too, before it is the PublicUrl.
    hosted, with_ours, named = given["AllowedOrigins"]["Fn::If"]
    assert hosted == "Hosted"
    assert with_ours == {"Fn::Sub": "https://${HostDomain},${AllowedOrigins}"}
    assert named == {"Ref": "AllowedOrigins"}


def test_quarantine_forgets_every_version_after_sixty_days_and_no_pinned_one_before_thirty(find):
    rules = find("storage", "AWS::S3::Bucket")["UploadsBucket"]["LifecycleConfiguration"]["Rules"]
    [expiry] = [rule for rule in rules if "ExpirationInDays" in rule]

    hidden, gone = (
        expiry["ExpirationInDays"],
        expiry["NoncurrentVersionExpiration"]["NoncurrentDays"],
    )
    assert hidden + gone == 60
    assert gone >= 30


def test_records_of_patients_never_expire_by_themselves(find):
    bucket = find("storage", "AWS::S3::Bucket")["RecordsBucket"]
    unfinished, *rules = bucket["LifecycleConfiguration"]["Rules"]

    assert unfinished["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 8}
    assert set(unfinished) == {"Id", "Status", "AbortIncompleteMultipartUpload"}
    # A key begins with its inquiry's id (test_canary.py: no patient's begins like this).
    assert {rule["Prefix"] for rule in rules} == {canary.PREFIX}


def test_quarantine_tells_eventbridge(find):
    bucket = find("storage", "AWS::S3::Bucket")["UploadsBucket"]

    assert bucket["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }


def test_keys_rotate_and_are_used_only_by_roles_that_exist(find):
    roles = {
        role["RoleName"]["Fn::Sub"].replace("${AWS::StackName}", "${Prefix}")
        for stack in ("root", "malware")
        for role in find(stack, "AWS::IAM::Role").values()
    }

    for key in find("storage", "AWS::KMS::Key").values():
        assert key["EnableKeyRotation"] is True
        for statement in key["KeyPolicy"]["Statement"]:
            named = statement.get("Condition", {}).get("ArnEquals", {}).get("aws:PrincipalArn", [])
            assert {arn["Fn::Sub"].partition(":role/")[2] for arn in named} <= roles


def test_nobody_uses_a_key_but_through_its_service(find):
    manages = re.compile(
        r"kms:(Describe|Get|List|Enable|Disable|Put|Update|Revoke|Tag|Untag|Schedule|Cancel)"
    )

    for key in find("storage", "AWS::KMS::Key").values():
        manager, *users = key["KeyPolicy"]["Statement"]
        assert all(manages.match(action) for action in manager["Action"])
        assert all("kms:ViaService" in user["Condition"]["StringEquals"] for user in users)


def test_roles_that_a_key_names_are_those_with_rights_on_it(find):
    for name, key in find("storage", "AWS::KMS::Key").items():
        named = {
            arn["Fn::Sub"].partition("${Prefix}")[2]
            for statement in key["KeyPolicy"]["Statement"]
            for arn in statement.get("Condition", {})
            .get("ArnEquals", {})
            .get("aws:PrincipalArn", [])
        }
        # In a nested stack it is a parameter, which gets that very output.
        held = ({"Fn::GetAtt": ["Storage", f"Outputs.{name}Arn"]}, {"Ref": f"{name}Arn"})
        holders = {
            role["RoleName"]["Fn::Sub"].partition("}")[2]
            for stack in ("root", "malware")
            for role in find(stack, "AWS::IAM::Role").values()
            for statement in role["Policies"][0]["PolicyDocument"]["Statement"]
            if statement["Resource"] in held
        }
        assert named == holders, name


def test_every_queue_has_a_dead_letter_queue_that_keeps_longer(find):
    queues = find("queues", "AWS::SQS::Queue")
    # No clock of the table stands behind what SES says, so that is tried for longer.
    for name, tries in {"Check": 5, "Team": 5, "Sender": 5, "Delivery": 15}.items():
        queue = queues[f"{name}Queue"]

        assert queue["RedrivePolicy"] == {
            "deadLetterTargetArn": {"Fn::GetAtt": [f"{name}Dead", "Arn"]},
            "maxReceiveCount": tries,
        }
        assert queue["MessageRetentionPeriod"] == 4 * 86400
        assert queues[f"{name}Dead"]["MessageRetentionPeriod"] == 14 * 86400
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())


def test_failed_messages_come_back_alone_and_not_before_their_function_has_ended(find):
    triggers = find("root", "AWS::Lambda::EventSourceMapping")

    assert len(triggers) == 4
    for trigger in triggers.values():
        assert trigger["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        output = trigger["EventSourceArn"]["Fn::GetAtt"][1]
        queue = output.removeprefix("Outputs.").removesuffix("Arn")
        function = find("root", "AWS::Lambda::Function")[trigger["FunctionName"]["Ref"]]
        visible = find("queues", "AWS::SQS::Queue")[queue]["VisibilityTimeout"]
        assert visible >= 6 * function["Timeout"]


def test_mail_steps_run_as_often_as_their_pace_supposes(find):
    triggers = find("root", "AWS::Lambda::EventSourceMapping")

    for function in ("NotifyTeam", "ReplyToSender"):
        scaling = triggers[f"{function}Queue"]["ScalingConfig"]
        assert scaling == {"MaximumConcurrency": {"Ref": "MailConcurrency"}}


def test_a_lost_report_comes_again_before_a_letter_is_sent_again(find):
    visible = find("queues", "AWS::SQS::Queue")["DeliveryQueue"]["VisibilityTimeout"]

    assert visible < LEASE.total_seconds()
