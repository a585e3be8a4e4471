"""Links that browsers use in our name: which steps sign, for what, and to which address."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rights import ASKED, RIGHTS, SIGNED

FUNCTIONS = Path(__file__).parents[2] / "functions"
ROLES = {"sign_upload": ("SignUploadRole", "Uploads"), "open_case": ("OpenCaseRole", "Records")}
SIGNS = re.compile(r'(?:generate_presigned_url|_signed)\(\s*"(\w+)"')
SIGN = """
from intake.aws.clients import client
given = {"Bucket": "uploads", "Key": "a/0001", "UploadId": "u", "PartNumber": 1}
print(client("s3").generate_presigned_post("uploads", "a/0001")["url"])
print(client("s3").generate_presigned_url("upload_part", Params=given))
"""


@pytest.mark.parametrize("step", SIGNED)
def test_what_a_step_signs_it_may_do_itself(step):
    # A link carries no more rights than the role behind it.
    assert SIGNED[step] <= RIGHTS[step]


@pytest.mark.parametrize("step", SIGNED)
def test_a_step_that_signs_may_do_nothing_else_with_files_and_in_one_bucket_alone(find, step):
    role, bucket = ROLES[step]

    statements = find("root", "AWS::IAM::Role")[role]["Policies"][0]["PolicyDocument"]["Statement"]
    of_s3 = [one for one in statements if "s3:" in str(one["Action"])]
    # Listing versions shows keys, which are opaque, and opens nothing.
    [files] = [one for one in of_s3 if one["Action"] != "s3:ListBucketVersions"]
    named = [files["Action"]] if isinstance(files["Action"], str) else files["Action"]
    assert set(named) == SIGNED[step]
    assert files["Resource"] == {"Fn::Sub": f"${{Storage.Outputs.{bucket}BucketArn}}/*"}


def test_everything_that_is_signed_is_covered_and_nothing_is_granted_for_no_link():
    sources = "\n".join(path.read_text("utf-8") for path in FUNCTIONS.rglob("*.py"))
    operations = {name.title().replace("_", "") for name in SIGNS.findall(sources)}
    if "generate_presigned_post(" in sources:
        operations.add("PutObject")

    asked = set().union(*(ASKED[f"s3.{operation}"] for operation in operations))
    assert asked == set().union(*SIGNED.values())
    assert operations == {
        *("PutObject", "CreateMultipartUpload", "UploadPart", "ListParts"),
        *("CompleteMultipartUpload", "AbortMultipartUpload", "GetObject"),
    }


@pytest.mark.parametrize("region", ["eu-west-2", "us-east-1"])
def test_browsers_send_files_to_the_origin_that_pages_allow(written, region):
    # In a process of its own: clients are made once, and read the region then.
    signed = subprocess.run(
        [sys.executable, "-c", SIGN],
        env={
            "PYTHONPATH": str(FUNCTIONS),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": "id",
            "AWS_SECRET_ACCESS_KEY": "secret",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    origin = written["storage"]["Outputs"]["UploadsOrigin"]["Value"]["Fn::Sub"]
    for name, value in {
        "${UploadsBucket}": "uploads",
        "${AWS::Region}": region,
        "${AWS::URLSuffix}": "amazonaws.com",
    }.items():
        origin = origin.replace(name, value)

    for url in signed.stdout.split():
        assert url.startswith(f"{origin}/")
