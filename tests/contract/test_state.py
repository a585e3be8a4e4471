"""What holds state: table, buckets, keys and queues are as the design lays them down."""

import re

import pytest

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


@pytest.mark.parametrize("name", BUCKETS)
def test_bucket_refuses_plain_http_and_all_readers_but_the_checker(find, name):
    policy = find("storage", "AWS::S3::BucketPolicy")[f"{name}Policy"]
    tls, read = policy["PolicyDocument"]["Statement"]

    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": False}}
    assert (read["Effect"], read["Principal"], read["Action"]) == ("Deny", "*", "s3:GetObject*")
    [reader] = read["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert reader["Fn::Sub"].endswith(":role/${Prefix}-check-upload-${AWS::Region}")


def test_quarantine_forgets_every_version_after_sixty_days_and_no_pinned_one_before_thirty(find):
    rules = find("storage", "AWS::S3::Bucket")["UploadsBucket"]["LifecycleConfiguration"]["Rules"]
    [expiry] = [rule for rule in rules if "ExpirationInDays" in rule]

    hidden, gone = (
        expiry["ExpirationInDays"],
        expiry["NoncurrentVersionExpiration"]["NoncurrentDays"],
    )
    assert hidden + gone == 60
    assert gone >= 30


def test_records_never_expire_by_themselves(find):
    bucket = find("storage", "AWS::S3::Bucket")["RecordsBucket"]
    rules = bucket["LifecycleConfiguration"]["Rules"]

    assert [rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] for rule in rules] == [8]


def test_quarantine_tells_eventbridge(find):
    bucket = find("storage", "AWS::S3::Bucket")["UploadsBucket"]

    assert bucket["NotificationConfiguration"] == {
        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
    }


def test_keys_rotate_and_are_used_only_by_roles_that_exist(find):
    roles = {
        role["RoleName"]["Fn::Sub"].replace("${AWS::StackName}", "${Prefix}")
        for role in find("root", "AWS::IAM::Role").values()
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
        holders = {
            role["RoleName"]["Fn::Sub"].partition("${AWS::StackName}")[2]
            for role in find("root", "AWS::IAM::Role").values()
            for statement in role["Policies"][0]["PolicyDocument"]["Statement"]
            if statement["Resource"] == {"Fn::GetAtt": ["Storage", f"Outputs.{name}Arn"]}
        }
        assert named == holders, name


def test_every_queue_has_a_dead_letter_queue_that_keeps_longer(find):
    queues = find("queues", "AWS::SQS::Queue")
    for name in ("Check", "Team", "Sender", "Delivery"):
        queue = queues[f"{name}Queue"]

        assert queue["RedrivePolicy"] == {
            "deadLetterTargetArn": {"Fn::GetAtt": [f"{name}Dead", "Arn"]},
            "maxReceiveCount": 5,
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
