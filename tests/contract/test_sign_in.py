"""Whoever opens a case has signed in, by our own pool or another issuer: the gateway sees to it."""

import json

import pytest


@pytest.fixture
def api(find):
    return find("root", "AWS::ApiGatewayV2::Api")["Api"]["Body"]


@pytest.fixture
def pool(find):
    [pool] = find("sign_in", "AWS::Cognito::UserPool").values()
    return pool


@pytest.fixture
def client(find):
    [client] = find("sign_in", "AWS::Cognito::UserPoolClient").values()
    return client


def test_cases_need_a_token_with_the_scope_and_nothing_else_needs_any(api):
    # Expanded: what the translator forgets would leave a route open.
    asked = {
        (method, path): operation.get("security")
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    }

    scoped = [{"StaffTokens": [{"Ref": "StaffScope"}]}]
    for (method, path), security in asked.items():
        assert security == (scoped if path.startswith("/cases") else None), (method, path)
    assert sum(security is not None for security in asked.values()) == 4
    assert "security" not in api


def test_tokens_are_our_pools_or_the_other_issuers(api, written):
    [(name, scheme)] = api["components"]["securitySchemes"].items()
    authorizer = scheme["x-amazon-apigateway-authorizer"]

    assert name == "StaffTokens"
    assert (authorizer["type"], authorizer["identitySource"]) == (
        "jwt",
        "$request.header.Authorization",
    )
    assert authorizer["jwtConfiguration"] == {
        "issuer": {"Fn::If": ["OwnStaffPool", output("Issuer"), {"Ref": "StaffIssuer"}]},
        "audience": [{"Fn::If": ["OwnStaffPool", output("ClientId"), {"Ref": "StaffAudience"}]}],
    }
    assert written["root"]["Conditions"]["OwnStaffPool"] == {
        "Fn::Equals": [{"Ref": "StaffIssuer"}, ""]
    }
    assert written["root"]["Resources"]["SignIn"]["Condition"] == "OwnStaffPool"


def output(name):
    return {"Fn::GetAtt": ["SignIn", f"Outputs.{name}"]}


def test_the_case_page_signs_in_where_the_gateway_expects(written):
    given = written["root"]["Resources"]["ShowSite"]["Properties"]["Environment"]["Variables"]

    for setting, (ours, theirs) in {
        "STAFF_ISSUER": ("Issuer", "StaffIssuer"),
        "STAFF_CLIENT_ID": ("ClientId", "StaffClientId"),
        "STAFF_SIGN_IN_ORIGIN": ("SignInOrigin", "StaffSignInOrigin"),
    }.items():
        assert given[setting] == {"Fn::If": ["OwnStaffPool", output(ours), {"Ref": theirs}]}
        assert ours in written["sign_in"]["Outputs"]
    assert given["STAFF_SCOPE"] == {"Ref": "StaffScope"}


def test_another_issuer_must_be_known_whole(written):
    rule = written["root"]["Rules"]["AnotherIssuerIsKnownWhole"]

    def is_given(name):
        return {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}

    assert rule["RuleCondition"] == is_given("StaffIssuer")
    assert [one["Assert"] for one in rule["Assertions"]] == [
        is_given(name) for name in ("StaffAudience", "StaffClientId", "StaffSignInOrigin")
    ]


def test_only_administrators_make_accounts_and_give_them_back(pool):
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["AccountRecoverySetting"] == {
        "RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]
    }


def test_everybody_shows_a_second_factor_at_every_sign_in(pool):
    assert pool["MfaConfiguration"] == "ON"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert "DeviceConfiguration" not in pool  # a remembered device is asked for none
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 14


def test_people_sign_in_by_name_so_that_the_access_log_shows_one(pool):
    # With any of these, Cognito makes the name up and it is a random id.
    assert not {"UsernameAttributes", "AliasAttributes"} & set(pool)


def test_accounts_outlive_the_stack(pool, written):
    resource = written["sign_in"]["Resources"]["Pool"]

    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert pool["DeletionProtection"] == "ACTIVE"


def test_the_page_signs_in_by_code_alone_and_keeps_no_secret(client):
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthFlowsUserPoolClient"] is True
    assert client["GenerateSecret"] is False
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["EnableTokenRevocation"] is True


def test_tokens_are_short_lived(client):
    assert client["TokenValidityUnits"] == {
        "AccessToken": "minutes",
        "IdToken": "minutes",
        "RefreshToken": "hours",
    }
    assert client["AccessTokenValidity"] <= 15
    assert client["IdTokenValidity"] <= 15
    assert client["RefreshTokenValidity"] <= 8


def test_the_pool_gives_the_scope_that_the_gateway_asks_for(find, client, written):
    [server] = find("sign_in", "AWS::Cognito::UserPoolResourceServer").values()
    [scope] = server["Scopes"]

    asked = written["root"]["Parameters"]["StaffScope"]["Default"]
    assert f"{server['Identifier']}/{scope['ScopeName']}" == asked
    # Not aws.cognito.signin.user.admin: a page's token may not change its owner's account.
    assert client["AllowedOAuthScopes"] == ["openid", asked]


def test_sign_in_returns_to_our_own_page_or_to_nowhere(client):
    pages = {"Fn::Sub": "${PublicUrl}/team"}, {"Fn::Sub": "${PublicUrl}/team/"}
    for urls in (client["CallbackURLs"], client["LogoutURLs"]):
        for url, page in zip(urls, pages, strict=True):
            condition, here, nowhere = url["Fn::If"]
            assert (condition, here) == ("PublicUrlIsKnown", page)
            assert nowhere.startswith("https://set-public-url.invalid/")  # RFC 6761: no such name


def test_the_pools_groups_are_those_that_may_do_something(find, written):
    groups = find("sign_in", "AWS::Cognito::UserPoolGroup").values()
    team = json.loads(written["root"]["Parameters"]["TeamGroups"]["Default"])

    assert {group["GroupName"] for group in groups} == set(team)
    assert {entry["role"] for entry in team.values()} == {"doctor", "coordinator", "supervisor"}
    assert all(entry["forms"] == ["*"] for entry in team.values())
    assert not [group for group in groups if "RoleArn" in group]  # no right on AWS


def test_groups_come_in_the_claim_that_cognito_fills(written):
    assert written["root"]["Parameters"]["GroupsClaim"]["Default"] == "cognito:groups"
