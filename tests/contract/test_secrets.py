"""Random values that nobody has to know: made by AWS, handed over at deployment."""

import json


def test_aws_makes_every_secret_and_none_is_written_down(written):
    made = written["secrets"]["Resources"]

    assert set(made) == {"FormSecret", "OriginSecret"}
    for secret in made.values():
        assert secret["Type"] == "AWS::SecretsManager::Secret"
        assert "SecretString" not in secret["Properties"]
        assert secret["Properties"]["GenerateSecretString"]["PasswordLength"] >= 32


def test_outputs_name_secrets_and_tell_none(written):
    outputs = written["secrets"]["Outputs"]

    assert {name: output["Value"] for name, output in outputs.items()} == {
        "FormSecretArn": {"Ref": "FormSecret"},
        "OriginSecretArn": {"Ref": "OriginSecret"},
    }
    told = [template.get("Outputs") for template in written.values()]
    assert "resolve" not in json.dumps(told)


def test_no_step_may_read_a_secret_by_itself(expanded):
    assert "secretsmanager:GetSecretValue" not in json.dumps(expanded["root"]["Resources"])
