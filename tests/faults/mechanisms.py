"""The mechanisms that promises rest on: where each stands, and what breaks without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    """A place in the source, found exactly once, and what stands there without the mechanism."""

    file: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        """Make it. Raises LookupError where the source has moved on."""
        path = root / self.file
        path.write_text(self.applied(path.read_text("utf-8")), "utf-8")

    def applied(self, text: str) -> str:
        """Return *text* without the mechanism. Raises as `apply`."""
        if text.count(self.old) != 1:
            raise LookupError(f"{self.file} has it {text.count(self.old)} times: {self.old!r}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Removal:
    """A mechanism, how it is taken out, and the invariants, one of which has to be named then."""

    name: str
    edits: Sequence[Edit]
    breaks: frozenset[str]


def _removal(name: str, breaks: str, *edits: tuple[str, str, str]) -> Removal:
    return Removal(name, [Edit(*each) for each in edits], frozenset(breaks.split()))


_AN_ANSWER_OF_NOTIFY_TEAM = """\
            Queue: !GetAtt Queues.Outputs.TeamQueueArn
            BatchSize: 5
            FunctionResponseTypes: [ReportBatchItemFailures]"""

REMOVALS = (
    _removal(  # a claim no longer keeps others away
        "lease",
        "I4",
        ("functions/intake/aws/ledger.py", '"lease": now + LEASE, "zero"', '"lease": now, "zero"'),
    ),
    _removal(  # what is due is counted, and not pushed
        "sweep",
        "I2",
        ("functions/retry_stalled/sweep.py", "self._push(item, now, tally)", "pass"),
    ),
    _removal(  # whoever comes second with a key overwrites the first
        "conditional write",
        "I8",
        (
            "functions/intake/aws/inquiries.py",
            'f"{unused} OR replay_until <= :now"',
            'f"{unused} OR replay_until <= :now OR attribute_exists(pk)"',
        ),
    ),
    _removal(  # what no worker survives comes again for four days
        "dead-letter queue",
        "I12",
        (
            "infra/queues.yaml",
            "RedrivePolicy: {deadLetterTargetArn: !GetAtt TeamDead.Arn, maxReceiveCount: 5}",
            "",
        ),
    ),
    _removal(  # an event that comes again is acted upon again
        "event dedupe",
        "I4 I9",
        (
            "functions/track_delivery/record.py",
            "if known or not report.meaning.failed",
            "if not report.meaning.failed",
        ),
        (
            "functions/intake/aws/ledger.py",
            'ConditionExpression="attribute_not_exists(pk)",',
            "",
        ),
    ),
    _removal(  # Lambda ignores the answer, and deletes what failed
        "partial batch",
        "I17",
        (
            "template.yaml",
            _AN_ANSWER_OF_NOTIFY_TEAM,
            _AN_ANSWER_OF_NOTIFY_TEAM.partition("FunctionResponseTypes")[0],
        ),
    ),
    _removal(  # what the scanner says of any version counts for the pinned one
        "version check",
        "I5 I6 I13",
        (
            "functions/check_upload/check.py",
            "if version and version != file.version:",
            "if version and version != file.version and not scan.is_scan(message):",
        ),
    ),
    _removal(  # our own look at a file is enough
        "verdict check",
        "I5 I6",
        (
            "functions/check_upload/verdict.py",
            "if scanning.lets_through(file):",
            "if file.scan is None or scanning.lets_through(file):",
        ),
    ),
    _removal(  # as long as idempotency libraries keep keys
        "idempotency lifetime",
        "I8",
        (
            "functions/intake/aws/inquiries.py",
            "KEYS_LIVE = timedelta(days=30)",
            "KEYS_LIVE = timedelta(hours=1)",
        ),
    ),
    _removal(  # equal answers are compared as they were written
        "canonical form",
        "I8",
        (
            "functions/accept_inquiry/front.py",
            "text = canonical(post.answers)",
            'text = json.dumps(post.answers).encode("utf-8")',
        ),
    ),
)
