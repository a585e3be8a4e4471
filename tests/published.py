"""What CloudWatch hears of a pipeline: what functions print, and what AWS's services publish."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from infra.local.http_event import Response
from tests.alarms import ALARM, Watch, alarms
from tests.fast_pipeline import FastPipeline, fast_pipeline
from tests.handlers import blueprint, resources

MINUTE = timedelta(minutes=1)


class Published:
    """
    A deployed pipeline with CloudWatch beside it; `watch` has its alarms.

    Each service as its own guide describes it, where an alarm looks:

    - Lambda ("Types of metrics for Lambda functions"): a run is an Invocation and an Error, 0 or 1;
      what is throttled never ran and is neither.
    - SQS ("Available CloudWatch metrics for Amazon SQS"): the number of visible messages of a
      queue that is active, and the age of the oldest one of a queue that holds any.
    - API Gateway ("Monitor CloudWatch metrics for HTTP APIs"): a Count of each request, and a
      4xx and a 5xx, 0 or 1.
    - SES ("Reputation.BounceRate"): shares of all letters, told by whoever plays.
    """

    def __init__(self, deployed: FastPipeline) -> None:
        self.pipeline = deployed
        self.watch = Watch(alarms(), datetime.now(UTC))
        self._read = deployed.handlers.log.tell()
        deployed.handlers.ran = self._ran

    def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
        """Ask the HTTP API."""
        answer = self.pipeline.send(method, target, body, **headers)
        (api,) = (r.name for r in resources() if r.kind == "AWS::ApiGatewayV2::Api")
        for metric, value in [
            ("Count", 1),
            ("4xx", 400 <= answer.status < 500),
            ("5xx", answer.status >= 500),
        ]:
            self._put("AWS/ApiGateway", metric, {"ApiId": api}, value)
        return answer

    def throttle(self, function: str) -> None:
        """Have Lambda refuse to start *function*."""
        name = blueprint().functions[function].name
        self._put("AWS/Lambda", "Throttles", {"FunctionName": name}, 1)

    def rate(self, metric: str, share: float) -> None:
        """Have SES tell a *share* of all letters."""
        self._put("AWS/SES", metric, {}, share)

    def minutes(self, count: int, *, sweep: bool = True, work: bool = True) -> None:
        """Let time pass; without *sweep* the schedule is off, without *work* the triggers are."""
        for _ in range(count):
            if sweep:
                self.pipeline.fire()
            if work:
                self.pipeline.run()
            self._publish()
            self.pipeline.clock.shift(MINUTE)
            self.watch.tick(datetime.now(UTC))

    def skip(self, time: timedelta) -> None:
        """Let a long time pass in which nothing runs, as if all of it had been quiet."""
        self._publish()
        self.pipeline.clock.shift(time)

    def rang(self, name: str) -> datetime | None:
        """Return when the alarm rang last, None if it never did."""
        found = [c.at for c in self.watch.history if (c.name, c.state) == (name, ALARM)]
        return found[-1] if found else None

    def _ran(self, function: str, failed: bool) -> None:  # noqa: FBT001  a callback
        for metric, value in [("Invocations", 1), ("Errors", failed)]:
            self._put("AWS/Lambda", metric, {"FunctionName": function}, value)

    def _publish(self) -> None:
        text = self.pipeline.handlers.log.getvalue()
        self.watch.read_log(text[self._read :], datetime.now(UTC))
        self._read = len(text)
        for queue in blueprint().queues:
            named = {"QueueName": queue}
            waiting = self.pipeline.depth(queue)
            self._put("AWS/SQS", "ApproximateNumberOfMessagesVisible", named, waiting)
            oldest = self.pipeline.oldest(queue)
            if oldest:
                age = (datetime.now(UTC) - oldest).total_seconds()
                self._put("AWS/SQS", "ApproximateAgeOfOldestMessage", named, age)

    def _put(self, namespace: str, metric: str, dimensions: dict[str, str], value: float) -> None:
        self.watch.put(namespace, metric, dimensions, float(value), datetime.now(UTC))


@contextmanager
def published() -> Iterator[Published]:
    """Deploy the pipeline, with CloudWatch beside it from the first minute on."""
    with fast_pipeline() as deployed:
        yield Published(deployed)
