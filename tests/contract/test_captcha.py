"""The captcha's settings fit together, and its secret is for one step alone."""

import re

from intake import captcha

VERIFY = "CaptchaVerifyUrl"


def test_every_maker_that_may_be_chosen_is_known(written):
    root = written["root"]
    makers = set(root["Parameters"]["Captcha"]["AllowedValues"]) - {captcha.NONE}
    urls = root["Mappings"]["CaptchaMaker"]

    assert makers == set(captcha.VENDORS) == set(urls) - {captcha.NONE}
    assert all(urls[maker]["VerifyUrl"].startswith("https://") for maker in makers)


def test_nothing_is_checked_without_tls(written):
    pattern = written["root"]["Parameters"][VERIFY]["AllowedPattern"]

    assert re.fullmatch(pattern, "https://proxy.clinic.example/siteverify")
    for wrong in ("http://proxy.clinic.example/", "https://a@b.example/", "ftp://x", "x"):
        assert not re.fullmatch(pattern, wrong)


def test_only_acceptance_reads_the_secret_and_only_that_one(written, find):
    policies = find("root", "AWS::IAM::Policy")
    (statement,) = policies["AcceptInquiryCaptcha"]["PolicyDocument"]["Statement"]

    assert written["root"]["Resources"]["AcceptInquiryCaptcha"]["Condition"] == "CaptchaIsOn"
    assert policies["AcceptInquiryCaptcha"]["Roles"] == [{"Ref": "AcceptInquiryRole"}]
    assert statement["Action"] == "ssm:GetParameter"
    assert statement["Resource"]["Fn::Sub"].endswith(":parameter${CaptchaSecretParameter}")
    assert "ssm:" not in str(find("root", "AWS::IAM::Role"))


def test_a_captcha_without_its_keys_is_not_deployed(written):
    rule = written["root"]["Rules"]["CaptchaHasItsKeys"]

    asserted = str(rule["Assertions"])
    assert "CaptchaSiteKey" in asserted
    assert "CaptchaSecretParameter" in asserted


def test_counting_reaches_nothing_but_counts(find):
    role = find("root", "AWS::IAM::Role")["AcceptInquiryRole"]
    statements = role["Policies"][0]["PolicyDocument"]["Statement"]

    [counts] = [each for each in statements if "dynamodb:UpdateItem" in each["Action"]]
    assert counts["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["count#*"]}}
