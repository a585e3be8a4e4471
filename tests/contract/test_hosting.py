"""One domain for pages and API: what stands before the API adds a name, and takes nothing away."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from accept_inquiry.handler import Settings as AcceptSettings
from infra.local.identity import Place
from infra.local.reading import read
from infra.local.template import Stack
from intake import viewer
from show_site import embed
from tests.handlers import ROOT, resources

SECRET = {"Fn::Sub": "{{resolve:secretsmanager:${OriginSecretArn}}}"}
# Every status that CloudFront would keep for ten seconds by itself (its guide, "error caching").
ERRORS = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


@pytest.fixture(scope="module")
def one(expanded):
    """The only resource of a kind that hosting has, or the one of that name."""

    def one(kind, name=None):
        found = {
            logical: resource["Properties"]
            for logical, resource in expanded["hosting"]["Resources"].items()
            if resource["Type"] == f"AWS::{kind}" and name in {None, logical}
        }
        (properties,) = found.values()
        return properties

    return one


@pytest.fixture
def distribution(one):
    return one("CloudFront::Distribution")["DistributionConfig"]


@pytest.fixture
def origins(distribution):
    return {origin["Id"]: origin for origin in distribution["Origins"]}


def behaviours(distribution):
    return [distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]]


# ---- Who made it, and whether -----------------------------------------------------------------


def test_it_is_made_where_a_domain_is_given_and_not_else(written):
    root = written["root"]

    assert root["Parameters"]["HostDomain"]["Default"] == ""
    assert root["Conditions"]["Hosted"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "HostDomain"}, ""]}]
    }
    assert root["Resources"]["Hosting"]["Condition"] == "Hosted"
    asks = [name for name, out in root["Outputs"].items() if "Hosting" in json.dumps(out["Value"])]
    assert asks
    assert all(root["Outputs"][name]["Condition"] == "Hosted" for name in asks)


def test_a_machines_world_has_none_of_it():
    assert not [one.logical_id for one in resources() if "CloudFront" in one.kind]


def test_a_machines_world_would_pass_it_over_and_keep_its_bucket():
    place = Place("eu-west-2", "http://127.0.0.1:5080")
    stack = Stack(ROOT / "infra/hosting.yaml", place, hosted())

    assert list(read(stack.resources(), place).buckets) == ["intake-sitebucket"]


@pytest.mark.parametrize(
    ("parameter", "takes", "refuses"),
    [
        (
            "HostDomain",
            ["intake.clinic.example", "a.b-c.co", "xn--80ak6aa92e.xn--p1ai"],
            ["https://a.example", "a.example/", "localhost", "A.example", "-a.example", "a..b"],
        ),
        (
            "CertificateArn",
            ["arn:aws:acm:us-east-1:123456789012:certificate/0a-1b"],
            ["arn:aws:acm:eu-west-2:123456789012:certificate/0a-1b", "certificate/0a-1b"],
        ),
        (
            "WebAclArn",
            ["arn:aws:wafv2:us-east-1:123456789012:global/webacl/forms/0a-1b"],
            [
                "arn:aws:wafv2:eu-west-2:123456789012:global/webacl/forms/0a-1b",
                "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/forms/0a-1b",
            ],
        ),
    ],
)
def test_a_parameter_takes_what_cloudfront_would(written, parameter, takes, refuses):
    pattern = written["root"]["Parameters"][parameter]["AllowedPattern"]

    assert all(re.fullmatch(pattern, one) for one in ["", *takes])
    assert not [one for one in refuses if re.fullmatch(pattern, one)]


def test_a_domain_without_a_certificate_is_refused_before_anything_is_made(written):
    rule = written["root"]["Rules"]["DomainIsCertified"]

    assert rule["RuleCondition"] == written["root"]["Conditions"]["Hosted"]
    (wants,) = rule["Assertions"]
    assert wants["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "CertificateArn"}, ""]}]}


def test_what_an_operator_does_next_is_an_output(written):
    outputs = written["root"]["Outputs"]

    assert "CNAME" in outputs["HostAlias"]["Description"]
    assert "PublicUrl" in outputs["HostPublicUrl"]["Description"]
    assert "python -m infra.operate publish" in outputs["HostPublicUrl"]["Description"]
    assert outputs["HostPublicUrl"]["Value"] == {"Fn::Sub": "https://${HostDomain}"}


def test_the_operators_page_names_parameters_and_outputs_that_there_are(written):
    page = (ROOT / "infra" / "README.md").read_text("utf-8")
    _, _, section = page.partition("## What is set up once\n")
    section = section.partition("\n## ")[0]
    given = dict(re.findall(r"`([A-Z]\w+)=([^`]+)`", section))
    parameters = written["root"]["Parameters"]

    assert {"HostDomain", "CertificateArn", "WebAclArn", "PublicUrl", "Captcha"} <= set(given)
    for name, value in given.items():
        if not value.endswith("..."):
            assert re.fullmatch(parameters[name].get("AllowedPattern", ".*"), value), name
    told = set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", section))
    assert told <= parameters.keys() | written["root"]["Outputs"].keys()
    assert "make publish STACK=" in section


# ---- What the API is told ---------------------------------------------------------------------


def test_the_api_gets_all_that_a_viewer_sends_but_host_and_cookies(one, distribution):
    # A list of headers could not have Authorization in it, and nobody could sign in.
    policy = one("CloudFront::OriginRequestPolicy")["OriginRequestPolicyConfig"]

    assert policy["HeadersConfig"] == {"HeaderBehavior": "allExcept", "Headers": ["Host"]}
    assert policy["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert policy["CookiesConfig"] == {"CookieBehavior": "none"}
    assert distribution["DefaultCacheBehavior"]["OriginRequestPolicyId"] == {"Ref": "ToApi"}


def test_the_api_can_tell_its_own_cloudfront_and_nobody_elses(origins, written):
    told = {h["HeaderName"]: h["HeaderValue"] for h in origins["api"]["OriginCustomHeaders"]}
    given = written["root"]["Resources"]["Hosting"]["Properties"]["Parameters"]
    read_by = written["root"]["Resources"]["AcceptInquiry"]["Properties"]["Environment"]

    assert told == {
        viewer.PROOF_HEADER: SECRET,
        viewer.SITE_HEADER: {"Fn::Sub": "https://${HostDomain}"},
    }
    assert "OriginCustomHeaders" not in origins["bucket"]
    assert given["OriginSecretArn"] == {"Fn::GetAtt": ["Secrets", "Outputs.OriginSecretArn"]}
    assert read_by["Variables"]["ORIGIN_SECRET"] == {
        "Fn::Sub": "{{resolve:secretsmanager:${Secrets.Outputs.OriginSecretArn}}}"
    }
    assert "origin_secret" in AcceptSettings.__dataclass_fields__


def test_the_viewers_address_is_cloudfronts_word_whatever_the_viewer_says(one, distribution):
    function = one("CloudFront::Function")
    (attached,) = distribution["DefaultCacheBehavior"]["FunctionAssociations"]
    event = {
        "viewer": {"ip": "2001:db8::a"},
        "request": {"uri": "/u/token", "headers": {viewer.ADDRESS_HEADER: {"value": "192.0.2.1"}}},
    }
    run = f"{function['FunctionCode']};console.log(JSON.stringify(handler({json.dumps(event)})))"

    done = subprocess.run(["node", "-e", run], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == event["request"] | {
        "headers": {viewer.ADDRESS_HEADER: {"value": "2001:db8::a"}}
    }
    assert function["AutoPublish"] is True
    assert attached == {
        "EventType": "viewer-request",
        "FunctionARN": {"Fn::GetAtt": ["SayViewer", "FunctionMetadata.FunctionARN"]},
    }


def test_cloudfront_waits_longer_than_the_gateway_and_asks_it_over_tls_alone(origins):
    asked = origins["api"]["CustomOriginConfig"]

    assert asked["OriginReadTimeout"] > 30
    assert asked["OriginProtocolPolicy"] == "https-only"
    assert asked["OriginSSLProtocols"] == ["TLSv1.2"]


def test_the_apis_own_address_stays_open(find, written):
    # CloudFront asks it there. Closed, it would need a domain and a certificate of its own.
    (api,) = find("root", "AWS::ApiGatewayV2::Api").values()
    given = written["root"]["Resources"]["Hosting"]["Properties"]["Parameters"]["ApiDomain"]

    assert not api.get("DisableExecuteApiEndpoint")
    assert given == {"Fn::Sub": "${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}


# ---- What is kept, and for whom ---------------------------------------------------------------


def test_nothing_of_the_api_is_kept_not_even_an_error(distribution):
    default = distribution["DefaultCacheBehavior"]
    errors = {one["ErrorCode"]: one for one in distribution["CustomErrorResponses"]}

    assert default["CachePolicyId"] == CACHING_DISABLED
    assert set(errors) == ERRORS
    assert all(one == {"ErrorCode": n, "ErrorCachingMinTTL": 0} for n, one in errors.items())


def test_a_page_among_the_files_is_treated_as_pages_are(distribution):
    page, files = distribution["CacheBehaviors"]  # the first that matches counts

    assert page == {"PathPattern": f"/site/{embed.NAME}"} | distribution["DefaultCacheBehavior"]
    assert files["PathPattern"] == "/site/*"


def test_every_method_of_the_api_passes(distribution, written):
    cors = written["root"]["Resources"]["Api"]["Properties"]["CorsConfiguration"]["Fn::If"][1]

    passes = set(distribution["DefaultCacheBehavior"]["AllowedMethods"])
    assert {*cors["AllowMethods"], "HEAD"} <= passes


def test_files_come_from_the_bucket_and_what_it_lacks_from_the_api(distribution):
    _page, files = distribution["CacheBehaviors"]
    (group,) = distribution["OriginGroups"]["Items"]
    first, second = (member["OriginId"] for member in group["Members"]["Items"])

    assert files["PathPattern"] == "/site/*"
    assert files["TargetOriginId"] == group["Id"]
    assert (first, second) == ("bucket", "api")
    # May not list: a file that is not there is 403. And an S3 that is down is no reason to fail.
    assert {403, 404, 503} <= set(group["FailoverCriteria"]["StatusCodes"]["Items"])
    # CloudFront takes no other for a second origin.
    assert set(files["AllowedMethods"]) <= {"GET", "HEAD", "OPTIONS"}
    # Host would break the bucket's signature.
    assert "OriginRequestPolicyId" not in files
    assert "FunctionAssociations" not in files


def test_a_file_is_kept_as_long_as_it_says_and_a_refusal_not_at_all(one, distribution):
    kept = one("CloudFront::CachePolicy")["CachePolicyConfig"]
    key = kept["ParametersInCacheKeyAndForwardedToOrigin"]

    assert distribution["CacheBehaviors"][1]["CachePolicyId"] == {"Ref": "FileCache"}
    assert (kept["MinTTL"], kept["DefaultTTL"], kept["MaxTTL"]) == (0, 0, 31536000)
    assert key["EnableAcceptEncodingGzip"] is key["EnableAcceptEncodingBrotli"] is True
    assert distribution["CacheBehaviors"][1]["Compress"] is True
    assert {key[f"{what}sConfig"][f"{what}Behavior"] for what in ("Header", "Cookie")} == {"none"}


def test_the_bucket_is_private_versioned_encrypted_and_outlives_the_stack(one, expanded):
    bucket = one("S3::Bucket")
    outlives = expanded["hosting"]["Resources"]["SiteBucket"]

    assert list(bucket["PublicAccessBlockConfiguration"].values()) == [True] * 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert "LifecycleConfiguration" not in bucket  # websites name files of years ago
    assert outlives["DeletionPolicy"] == outlives["UpdateReplacePolicy"] == "Retain"


def test_the_bucket_is_read_by_our_distribution_alone_and_never_in_clear(one, origins):
    tls, reads = one("S3::BucketPolicy")["PolicyDocument"]["Statement"]
    access = one("CloudFront::OriginAccessControl")["OriginAccessControlConfig"]

    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": False}}
    assert (reads["Effect"], reads["Action"]) == ("Allow", "s3:GetObject")
    assert reads["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert reads["Resource"] == {"Fn::Sub": "${SiteBucket.Arn}/site/*"}
    (source,) = reads["Condition"]["ArnEquals"].values()
    assert source["Fn::Sub"].endswith("distribution/${Distribution}")
    assert (access["SigningBehavior"], access["SigningProtocol"]) == ("always", "sigv4")
    assert origins["bucket"]["OriginAccessControlId"] == {"Ref": "SiteAccess"}


# ---- What the viewer gets ---------------------------------------------------------------------


def test_browsers_come_by_tls_alone_and_remember_it(one, distribution):
    certificate = distribution["ViewerCertificate"]

    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert certificate["AcmCertificateArn"] == {"Ref": "CertificateArn"}
    assert (distribution["HttpVersion"], distribution["IPV6Enabled"]) == ("http2and3", True)
    for behaviour in behaviours(distribution):
        assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
        name = behaviour["ResponseHeadersPolicyId"]["Ref"]
        policy = one("CloudFront::ResponseHeadersPolicy", name)["ResponseHeadersPolicyConfig"]
        said = policy["SecurityHeadersConfig"]
        assert said["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 365 * 86400
        assert said["ContentTypeOptions"] == {"Override": True}


def test_what_a_step_says_of_its_page_stands(one):
    policy = one("CloudFront::ResponseHeadersPolicy", "PageHeaders")["ResponseHeadersPolicyConfig"]
    said = policy["SecurityHeadersConfig"]

    # A page's own policy says who may frame it; X-Frame-Options would forbid the embedded form.
    assert not {"ContentSecurityPolicy", "FrameOptions", "XSSProtection"} & set(said)
    assert said["ReferrerPolicy"] == {"ReferrerPolicy": "same-origin", "Override": False}
    assert "CorsConfig" not in policy
    assert "RemoveHeadersConfig" not in policy
    (asked,) = policy["CustomHeadersConfig"]["Items"]
    assert asked["Header"] == "Permissions-Policy"
    assert re.fullmatch(r"[a-z-]+=\(\)(, [a-z-]+=\(\))*", asked["Value"])


def test_every_website_may_check_the_hash_of_a_file(one):
    policy = one("CloudFront::ResponseHeadersPolicy", "FileHeaders")["ResponseHeadersPolicyConfig"]

    cors = policy["CorsConfig"]
    assert cors["AccessControlAllowOrigins"] == {"Items": ["*"]}
    assert (cors["AccessControlAllowCredentials"], cors["OriginOverride"]) == (False, True)
    # CloudFront makes no policy that names these itself, or drops them beside its own.
    own = {each["Header"].lower() for each in policy["CustomHeadersConfig"]["Items"]}
    assert not [name for name in own if name == "vary" or name.startswith("access-control-")]


def test_the_path_is_in_no_log(distribution, expanded):
    # That of /u/{token} is a key to an inquiry.
    kinds = {resource["Type"] for resource in expanded["hosting"]["Resources"].values()}

    assert "Logging" not in distribution
    assert not any("RealtimeLogConfigArn" in behaviour for behaviour in behaviours(distribution))
    assert not [kind for kind in kinds if kind.startswith("AWS::Logs::")]
    assert "LoggingConfiguration" not in json.dumps(expanded["hosting"])


def hosted():
    return {
        "Prefix": "intake",
        "HostDomain": "intake.clinic.example",
        "ApiDomain": "abc.execute-api.eu-west-2.amazonaws.com",
        "OriginSecretArn": "arn:aws:secretsmanager:eu-west-2:123456789012:secret:intake-origin",
        "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0a",
        "WebAclArn": "",
        "PriceClass": "PriceClass_All",
        "SecretsRound": "1",
    }


def test_who_has_the_secret_gets_another_one_in_the_same_deployment(written):
    """CloudFormation reads a secret again only for a resource that is changed."""
    holders = [
        resource["Properties"]
        for template in (written["root"], written["hosting"])
        for resource in template["Resources"].values()
        if "resolve:secretsmanager" in json.dumps(resource)
    ]

    assert len(holders) == 3
    assert all("${SecretsRound}" in json.dumps(each) for each in holders)


def test_other_sites_are_told_to_paste_the_address_that_keeps_earlier_files(written):
    site = written["root"]["Resources"]["ShowSite"]["Properties"]["Environment"]["Variables"]

    assert site["PUBLIC_URL"] == {
        "Fn::If": ["Hosted", {"Fn::Sub": "https://${HostDomain}"}, {"Ref": "PublicUrl"}]
    }
