"""CloudFormation's list of what the stack holds: how operators' tools find it, here and on AWS."""

from dataclasses import dataclass
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from werkzeug.datastructures import Headers

from infra.local.blueprint import Blueprint
from infra.local.identity import Place
from infra.local.s3_requests import Answer

_LIST = "ListStackResources"
_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


@dataclass(frozen=True)
class Listed:
    """One resource: the template's name for it, AWS's own, and its type."""

    logical_id: str
    physical_id: str
    kind: str


@dataclass(frozen=True)
class StackList:
    """One stack with everything in it, that of nested stacks too."""

    name: str = ""
    listed: tuple[Listed, ...] = ()

    def answer(self, body: bytes) -> Answer:
        """Answer one call in the protocol that CloudFormation speaks."""
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        action, stack = asked.get("Action", ""), asked.get("StackName", "")
        if action != _LIST:
            return _error(501, "NotImplemented", f"{action} is not played by this world")
        if stack != self.name:
            return _error(400, "ValidationError", f"Stack with id {stack} does not exist")
        members = "".join(
            f"<member><LogicalResourceId>{one.logical_id}</LogicalResourceId>"
            f"<PhysicalResourceId>{escape(one.physical_id)}</PhysicalResourceId>"
            f"<ResourceType>{one.kind}</ResourceType>"
            "<ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
            for one in self.listed
        )
        return _xml(
            200,
            f'<{_LIST}Response xmlns="{_NAMESPACE}"><{_LIST}Result><StackResourceSummaries>'
            f"{members}</StackResourceSummaries></{_LIST}Result></{_LIST}Response>",
        )


def stack_list(blueprint: Blueprint, place: Place) -> StackList:
    """Return what *blueprint* made at *place*, under the names that AWS calls physical ids."""
    held = (blueprint.queues, blueprint.buckets, blueprint.tables)
    return StackList(
        place.stack,
        (
            *(
                Listed(one.logical_id, place.reference(one.kind, one.name), one.kind)
                for kind in held
                for one in kind.values()
            ),
            *(
                Listed(rule.name, rule.arn.rpartition("/")[2], "AWS::Events::Rule")
                for rule in blueprint.rules
            ),
            *(
                Listed(one.logical_id, one.name, "AWS::Lambda::Function")
                for one in blueprint.functions.values()
            ),
        ),
    )


def _error(status: int, code: str, message: str) -> Answer:
    return _xml(
        status,
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error></ErrorResponse>",
    )


def _xml(status: int, text: str) -> Answer:
    return status, Headers({"Content-Type": "text/xml"}), text.encode()
