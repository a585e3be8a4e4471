"""What the template asks for, as this world's own parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from infra.local.intrinsics import UnknownToThisWorldError

if TYPE_CHECKING:
    from infra.local.template import Resource  # loads the whole translator


@dataclass(frozen=True)
class Function:
    """One Lambda function. Timeout in seconds, memory in MB."""

    logical_id: str
    name: str
    arn: str
    handler: str
    timeout: int
    memory: int
    code: str
    layers: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class QueueTrigger:
    """A queue that wakes a function."""

    queue_arn: str
    function: str
    batch_size: int
    reports_failures: bool
    concurrency: int


@dataclass(frozen=True)
class Target:
    """Where a rule sends what it matched; `template` and `paths` are its input transformer."""

    arn: str
    template: str | None = None
    paths: Mapping[str, str] = field(default_factory=dict)
    dead_letters: str | None = None


@dataclass(frozen=True)
class Rule:
    """An EventBridge rule that waits for events."""

    name: str
    arn: str
    pattern: Mapping[str, Any]
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Schedule:
    """
    A function that is woken by time, or only by hand while it is not *enabled*.

    `source` is the event's own word for who woke it.
    """

    logical_id: str
    arn: str
    every: timedelta
    function_arn: str
    source: str
    enabled: bool = True


@dataclass(frozen=True)
class ScanPlan:
    """A GuardDuty plan: whatever is written to *bucket* is scanned."""

    arn: str
    bucket: str


@dataclass(frozen=True)
class JwtAuthorizer:
    """Whose tokens a route takes: signed by *issuer*, made for one of *audience*."""

    name: str
    issuer: str
    audience: tuple[str, ...]
    header: str


@dataclass(frozen=True)
class Route:
    """One route of the HTTP API; method "ANY" and path "$default" take what no other takes."""

    method: str
    path: str
    function_arn: str
    authorizer: JwtAuthorizer | None = None
    scopes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return the route key as AWS writes it."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass
class Blueprint:
    """Everything that the local world builds, by kind."""

    buckets: dict[str, "Resource"] = field(default_factory=dict)
    queues: dict[str, "Resource"] = field(default_factory=dict)
    tables: dict[str, "Resource"] = field(default_factory=dict)
    configuration_sets: dict[str, "Resource"] = field(default_factory=dict)
    identities: list[str] = field(default_factory=list)
    mail_events: dict[str, set[str]] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    triggers: list[QueueTrigger] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    scan_plans: list[ScanPlan] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    cors: Mapping[str, Any] | None = None

    def function_of(self, arn: str) -> Function:
        """Return the function with this ARN or name."""
        for function in self.functions.values():
            if arn in {function.arn, function.name}:
                return function
        message = f"no function has the ARN {arn}"
        raise UnknownToThisWorldError(message)
