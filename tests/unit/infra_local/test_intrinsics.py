import pytest

from infra.local.intrinsics import NO_VALUE, Scope, UnknownToThisWorldError

REFERENCES = {"Name": "intake", "AWS::NoValue": NO_VALUE, "Stage": "test"}
CONDITIONS = {
    "IsTest": {"Fn::Equals": [{"Ref": "Stage"}, "test"]},
    "IsLive": {"Fn::Not": [{"Condition": "IsTest"}]},
    "Both": {"Fn::And": [{"Condition": "IsTest"}, {"Condition": "IsLive"}]},
    "Either": {"Fn::Or": [{"Condition": "IsTest"}, {"Condition": "IsLive"}]},
}
SCOPE = Scope(
    REFERENCES.__getitem__,
    lambda name, attribute: f"{name}/{attribute}",
    CONDITIONS,
    {"Sizes": {"small": {"memory": 128}}},
    lambda arn: f"value of {arn}",
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"Ref": "Name"}, "intake"),
        ({"Fn::GetAtt": ["Stack", "Outputs.Url"]}, "Stack/Outputs.Url"),
        ({"Fn::GetAtt": "Queue.Arn"}, "Queue/Arn"),
        ({"Fn::Sub": "${Name}-${Queue.Arn}-${!Literal}"}, "intake-Queue/Arn-${Literal}"),
        ({"Fn::Sub": ["${A}${Name}", {"A": {"Ref": "Stage"}}]}, "testintake"),
        ("{{resolve:secretsmanager:arn:x}}", "value of arn:x"),
        ({"Fn::Sub": "{{resolve:secretsmanager:${Name.Arn}}}!"}, "value of Name/Arn!"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, "a-intake"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::FindInMap": ["Sizes", "small", "memory"]}, 128),
        ({"Fn::If": ["IsTest", "yes", {"Ref": "Nobody"}]}, "yes"),
        ({"Fn::If": ["IsLive", {"Ref": "Nobody"}, "no"]}, "no"),
        ({"Kept": 1, "Dropped": {"Fn::If": ["IsLive", 1, {"Ref": "AWS::NoValue"}]}}, {"Kept": 1}),
        ([1, {"Ref": "AWS::NoValue"}, 2], [1, 2]),
    ],
)
def test_functions_mean_what_they_mean_to_cloudformation(written, meant):
    assert SCOPE.resolve(written) == meant


@pytest.mark.parametrize(
    ("condition", "holds"),
    [("IsTest", True), ("IsLive", False), ("Both", False), ("Either", True)],
)
def test_conditions_hold_or_not(condition, holds):
    assert SCOPE.holds(condition) is holds


@pytest.mark.parametrize(
    "written",
    [
        {"Fn::ImportValue": "x"},
        {"Fn::Cidr": ["10.0.0.0/8", 1, 1]},
        {"Condition": "Nope"},
        "{{resolve:ssm:/some/name}}",
    ],
)
def test_what_is_not_known_is_not_guessed(written):
    with pytest.raises(UnknownToThisWorldError):
        SCOPE.resolve(written)
