"""How much processor time accepting takes beyond the boto3 calls that it makes."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.bench.calls import bare_clients, recorded, repeat
from tests.bench.children import serving
from tests.bench.figures import Figure, alternate, cpu_ms
from tests.bench.plan import Plan
from tests.bench.steps import accept, example, wired

GOAL_MS = 3.0
_FORM = "rheumatoid-arthritis"
_EXAMPLES = {
    "accept a short post: CPU": "every-record-promised",
    "accept every field filled in: CPU": "every-field-filled-in",
}


def rows(plan: Plan) -> list[Figure]:
    """Measure accept_inquiry with its own clients against canned answers."""
    rounds, posts = plan.rounds(20), plan.rounds(10)
    with serving("tests.bench.stub") as printed:
        environment = plan.environment("AcceptInquiry", printed.split()[-1])
        handler = wired("accept_inquiry", environment)
        return [
            _figure(title, handler, example(_FORM, name), rounds, posts)
            for title, name in _EXAMPLES.items()
        ]


def _figure(title: str, handler: Any, answers: dict[str, Any], rounds: int, posts: int) -> Figure:
    post = partial(accept, handler, _FORM, answers)
    with recorded(*(handler.client(service) for service in ("dynamodb", "s3", "sqs"))) as calls:
        post()
    bare = partial(repeat, bare_clients(calls), calls)
    ours, baseline = alternate(rounds, cpu_ms(posts, post), cpu_ms(posts, bare))
    return Figure(
        title, "ms", ours, baseline, f"its {len(calls)} boto3 calls", GOAL_MS, "difference"
    )
