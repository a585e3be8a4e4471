import json
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[3]
LOOK = """
import json, boto3
from infra.local import sealed
sealed.seal("http://127.0.0.1:1")
session = boto3.Session()
print(json.dumps({
    "profile": session.profile_name,
    "key": session.get_credentials().access_key,
    "region": session.region_name,
    "endpoints": [session.client(name).meta.endpoint_url for name in ("s3", "sqs", "sesv2", "sts")],
}))
"""


def test_nothing_of_the_machine_leads_to_the_real_aws(tmp_path):
    settings = tmp_path / ".aws"
    settings.mkdir()
    (settings / "credentials").write_text(
        "[default]\naws_access_key_id = AKIAREAL\naws_secret_access_key = real\n"
    )
    (settings / "config").write_text("[default]\nendpoint_url = https://real.example\n")
    environment = {
        "HOME": str(tmp_path),
        "PYTHONPATH": str(TOP),
        "AWS_PROFILE": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_S3": "https://s3.real.example",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_ROLE_ARN": "arn:aws:iam::111111111111:role/real",
    }

    looked = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=True
    )

    assert json.loads(looked.stdout) == {
        "profile": "default",
        "key": "AKIALOCALWORLDONLY00",
        "region": "eu-west-2",
        "endpoints": ["http://127.0.0.1:1"] * 4,
    }
