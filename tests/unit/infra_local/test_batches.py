import pytest

from infra.local.queues import as_record, failed_ids, name_of

BATCH = {"1", "2"}


@pytest.mark.parametrize(
    "answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}]
)
def test_no_failure_named_means_all_went_well(answer):
    assert failed_ids(answer, BATCH) == set()


def test_only_the_named_come_again():
    assert failed_ids({"batchItemFailures": [{"itemIdentifier": "2"}]}, BATCH) == {"2"}


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemIdentifier": "3"}]},
        {"batchItemFailures": [{"id": "1"}]},
        {"failures": []},
        "ok",
    ],
)
def test_an_answer_that_makes_no_sense_fails_the_whole_batch(answer):
    assert failed_ids(answer, BATCH) == BATCH


def test_a_record_is_spelt_as_lambda_spells_it():
    message = {
        "MessageId": "1",
        "ReceiptHandle": "r",
        "Body": "{}",
        "MD5OfBody": "m",
        "Attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "2"},
        "MessageAttributes": {"a": {"StringValue": "x", "DataType": "String"}},
    }

    assert as_record(message, "arn:aws:sqs:eu-west-2:123456789012:q", "eu-west-2") == {
        "messageId": "1",
        "receiptHandle": "r",
        "body": "{}",
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "2"},
        "messageAttributes": {
            "a": {
                "stringValue": "x",
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": "String",
            }
        },
        "md5OfBody": "m",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-2:123456789012:q",
        "awsRegion": "eu-west-2",
    }
    assert name_of("arn:aws:sqs:eu-west-2:123456789012:q") == "q"
