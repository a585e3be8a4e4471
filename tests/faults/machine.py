"""
The platform under the steps, in virtual time: what AWS does between two of them, and gets wrong.

Events, messages, schedules and people happen in the order of their times, one after the other, in
one thread; nothing passes but on this machine's clock. Handlers, template and alarms are the real
ones. A plan says what goes wrong at which call, start or delivery; the trace says what happened,
and is the same, byte for byte, for the same seed.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from moto.events.models import EventPattern

from infra.local.blueprint import QueueTrigger, Rule
from infra.local.functions import FunctionFailedError
from infra.local.gateway import Gateway
from infra.local.http_event import Arrived, Response
from infra.local.journal import Journal
from infra.local.mailbox import Letter
from infra.local.queues import as_record, failed_ids, name_of
from infra.local.scanner import as_event
from infra.local.schedules import as_event as as_tick
from infra.local.ses_events import Said
from infra.local.stored import Stored, Verdict, clean
from infra.local.transformer import NotTransformedError, transform
from intake.aws import clients, items
from intake.aws.items import Item
from tests.alarms import Watch, alarms
from tests.faults.breaking import UnansweredError, broken, refusal
from tests.faults.cloud import Call, Cloud, install, uninstall
from tests.faults.dice import Dice, seeded
from tests.faults.plan import DELIVERY, MESSAGE, SKEW, START, TICK, Boundary, Kind, Plan
from tests.handlers import PLACE, Handlers, blueprint

NOW = datetime(2026, 11, 22, 11, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
EVENT_TAKES = timedelta(seconds=1)
SCAN_TAKES = timedelta(seconds=5)
MAIL_TAKES = timedelta(seconds=2)
LATE_BY = timedelta(minutes=20)
MOST_TWINS = 2
# How often a message may come: no clock of the table stands behind what SES says.
MOST_RECEIPTS = {"": 5, "TrackDelivery": 15}
SWEEP = "RetryStalledMinute"
_FAILED = 500
_API = {"ApiId": "intake-Api"}

Script = Iterator[timedelta]
"""What a person does: yields how long they wait before they go on."""


@dataclass
class Invocation:
    """One run of a step: how many calls it has made, and how wrong its clock is."""

    step: str
    n: int
    again: Callable[[], object]  # has a twin do the same
    calls: int = 0
    skew: timedelta = timedelta(0)
    is_astray: bool = False  # its clock is so wrong that AWS refuses its signatures


@dataclass(frozen=True)
class Mailed:
    """One mail that SES took: which letter, by which call, and its words."""

    at: datetime
    inquiry: str
    letter: str
    by: Boundary
    mail: Letter


@dataclass(order=True)
class _Entry:
    at: datetime
    n: int
    run: Callable[[], None] = field(compare=False)


class Machine:
    """One deployment. `begin` empties it; then people act, time passes, and things go wrong."""

    def __init__(
        self, cloud: Cloud, clock: time_machine.Coordinates, handlers: Handlers, dice: Dice
    ) -> None:
        self.cloud, self.handlers, self.dice = cloud, handlers, dice
        self._clock = clock
        self._rules = [(r, EventPattern.load(json.dumps(r.pattern))) for r in blueprint().rules]
        self._names = {f.arn: f.logical_id for f in blueprint().functions.values()}
        self._gateway = Gateway(blueprint(), self, Journal())  # type: ignore[arg-type]
        self._queues = [(name_of(t.queue_arn), t) for t in blueprint().triggers]
        self._readers = [
            Boundary(MESSAGE + self._names[blueprint().function_of(t.function).arn], 0, 0, DELIVERY)
            for _, t in self._queues
        ]
        cloud.between, cloud.on_event = self._called, self._happened
        cloud.on_mail, cloud.on_scan = self._mailed, self._asked_to_scan
        # What a scanner says of a version by its content (None: nothing), and SES of a mail.
        self.scanner: Callable[[bytes], Verdict | None] = lambda _content: clean()
        self.fate: Callable[[Mailed], tuple[str, ...]] = lambda _mailed: ("Send", "Delivery")
        self.begin(Plan())

    def begin(self, plan: Plan, seed: int = 0) -> None:
        """Empty the deployment, set its clock to NOW, and let *plan* decide what goes wrong."""
        self._clock.move_to(NOW)
        self.cloud.reset()
        self.dice.roll(seed)
        self.plan = plan
        self.now = NOW
        self.trace: list[str] = []
        self.mails: list[Mailed] = []
        self.said: list[str] = []  # all that steps printed, raised or put into queues
        self.scans: dict[str, list[str]] = {}  # version: the results of its scans
        self._written: dict[tuple[str, str], None] = {}
        self.dropped: list[str] = []  # messages that a step failed on, and that were deleted
        self.too_often: list[str] = []  # steps that a message came to again and again
        self.disturbed: set[str] = set()  # mails of whose events one came late, twice or never
        self.reported: dict[str, datetime] = {}  # mail: when a step first wrote down what became
        # Key and version of an object: when a step last heard of it.
        self.heard: dict[tuple[str, str], datetime] = {}
        self.after: Callable[[], None] = lambda: None  # an invocation
        self.watch = Watch(alarms(), NOW)
        self._agenda: list[_Entry] = []
        self._order = 0
        self._runs: Counter[str] = Counter()
        self._under_way: list[Invocation] = []
        self._empty_log()
        self._every_minute(NOW + MINUTE)

    # ---- Time ---------------------------------------------------------------------------------

    def act(self, script: Script, after: timedelta = timedelta(0)) -> None:
        """Have a person begin their *script*."""

        def go_on() -> None:
            wait = next(script, None)
            if wait is not None:
                self._at(self.now + wait, go_on)

        self._at(self.now + after, go_on)

    def run(self, until: datetime) -> None:
        """Let everything happen that happens until then, in the order of its time."""
        while True:
            due = self._agenda[0].at if self._agenda else until
            queue, visible = self._next_message()
            if visible is not None and visible < due:
                if visible > until:
                    break
                self._set(visible)
                self._poll(queue)
            elif due <= until and self._agenda:
                entry = heapq.heappop(self._agenda)
                self._set(entry.at)
                entry.run()
            else:
                break
        self._set(until)

    def wait(self, minutes: int) -> None:
        """Let minutes pass."""
        self.run(self.now + minutes * MINUTE)

    def doze(self, until: datetime) -> None:
        """
        Let time pass until then, or until anything may happen, without the sweeps in between.

        Only while nothing is under way: each of them would find nothing that is due.
        """
        if not self.is_quiet():
            return
        due = [row["due_at"]["S"] for row in self.rows() if "due_at" in row]
        wakes = min([until, *(datetime.fromisoformat(each) for each in due)])
        sweep = blueprint().function_of(blueprint().schedules[SWEEP].function_arn)
        names = {"FunctionName": sweep.name}
        while self.is_quiet() and self._agenda[0].at + MINUTE < wakes:
            at = heapq.heappop(self._agenda).at
            self._set(at)
            self.watch.put("AWS/Lambda", "Invocations", names, 1, at)
            self.watch.tick(at)
            self._every_minute(at + MINUTE)

    def _set(self, at: datetime) -> None:
        if at > self.now:
            self.now = at
            self._clock.move_to(at)

    def _at(self, when: datetime, run: Callable[[], None]) -> None:
        self._order += 1
        heapq.heappush(self._agenda, _Entry(when, self._order, run))

    def _every_minute(self, at: datetime) -> None:
        """Sweep, then have the alarms look at the minute that ended."""

        schedule = blueprint().schedules[SWEEP]

        def tick() -> None:
            self.cloud.expire()  # AWS takes its time for it: this is the soonest
            event = as_tick(schedule, self.now, PLACE.region)
            self._deliver(TICK, lambda: self._invoked(schedule.function_arn, event))
            self._measure()
            for change in self.watch.tick(self.now):
                self._note(f"alarm {change.name} {change.state}")
            self._every_minute(at + MINUTE)

        self._at(at, tick)

    # ---- HTTP ---------------------------------------------------------------------------------

    def send(self, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
        """Ask the HTTP API; header names are given with underscores."""
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        reply = self._gateway.answer(Arrived(method, target, named, body))
        failed = int(reply.status >= _FAILED)
        self.watch.put("AWS/ApiGateway", "5xx", _API, failed, self.now)
        self._note(f"{method} {target.partition('/u/')[0] or '/u/'} -> {reply.status}")
        return reply

    def invoke(self, arn: str, event: Any, *, at_most: float = 0) -> Any:
        """Run a function for the gateway."""
        del at_most
        return self._invoke(arn, event)

    # ---- Steps --------------------------------------------------------------------------------

    def _invoked(self, arn: str, event: Any) -> Any:
        """Run a function whose failure nobody waits for."""
        try:
            return self._invoke(arn, event)
        except FunctionFailedError:
            return None

    def _invoke(self, arn: str, event: Any) -> Any:
        step = self._names[blueprint().function_of(arn).arn]
        self._runs[step] += 1
        invocation = Invocation(step, self._runs[step], lambda: self._invoked(arn, event))
        metrics = {"FunctionName": blueprint().functions[step].name}
        self.watch.put("AWS/Lambda", "Invocations", metrics, 1, self.now)
        self._under_way.append(invocation)
        started = self.plan.kind(Boundary(step, invocation.n, 0, START), self.now)
        if started:
            invocation.skew = {Kind.AHEAD: SKEW, Kind.BEHIND: -SKEW}.get(started, timedelta(0))
            invocation.is_astray = started is Kind.ASTRAY
            self._note(f"{step} {invocation.n} {started.value}")
        self._shift(invocation)
        failed = True
        try:
            answer = self.handlers.invoke(arn, event)
            failed = False
            return answer
        finally:
            self._under_way.pop()
            self._unshift(invocation)
            self._note(f"{step} {invocation.n} {'failed' if failed else 'ended'}")
            self.watch.put("AWS/Lambda", "Errors", metrics, int(failed), self.now)
            if not self._under_way:
                self._empty_log()
                self.after()

    def _called(self, call: Call, do: Callable[[], Any]) -> Any:
        """Stand between a step and AWS."""
        if not self._under_way:
            return do()  # whoever looks at what is left
        invocation = self._under_way[-1]
        invocation.calls += 1
        at = Boundary(invocation.step, invocation.n, invocation.calls, call.name)
        if invocation.is_astray:
            raise refusal("InvalidSignatureException", 403)
        kind = self.plan.kind(at, self.now)
        self._note(f"{at}{f' !{kind.value}' if kind else ''}")
        self._unshift(invocation)  # AWS's own clock is right
        if call.service == "dynamodb":
            self._written |= dict.fromkeys(_keys(call.params))
        try:
            return self._with(kind, call, do, invocation)
        finally:
            self._shift(invocation)

    def _shift(self, invocation: Invocation) -> None:
        if invocation.skew:
            self._clock.move_to(self.now + invocation.skew)

    def _unshift(self, invocation: Invocation) -> None:
        if invocation.skew:
            self._clock.move_to(self.now)

    def _with(
        self, kind: Kind | None, call: Call, do: Callable[[], Any], invocation: Invocation
    ) -> Any:
        if kind is Kind.MEANWHILE and len(self._under_way) <= MOST_TWINS:
            invocation.again()
        if kind in {None, Kind.MEANWHILE}:
            return do()
        try:
            return broken(kind, call.service, do)
        except UnansweredError as error:
            # Whoever waits for an answer in vain has waited.
            invocation.skew += error.waited
            raise error.cause from None

    # ---- What is carried from one step to another ----------------------------------------------

    def _happened(self, event: dict[str, Any]) -> None:
        if event["detail-type"] == "Object Created":
            written = event["detail"]["object"]
            bucket = event["detail"]["bucket"]["name"]
            self._scan(bucket, written["key"], written["version-id"])
        self._publish(event, EVENT_TAKES)

    def _publish(self, event: dict[str, Any], takes: timedelta) -> None:
        what = event["detail-type"]
        if event["source"] == "aws.ses":
            what += f" {event['detail']['mail']['tags']['letter'][0]}"
        matched = [rule for rule, pattern in self._rules if pattern.matches_event(event)]
        if not matched:
            return

        def route() -> None:
            for rule in matched:
                self._route(rule, event)

        kind = self._deliver(what, route, self.now + takes)
        if kind not in {None, Kind.DOUBLED} and event["source"] == "aws.ses":
            self.disturbed.add(event["detail"]["mail"]["messageId"])

    def _route(self, rule: Rule, event: dict[str, Any]) -> None:
        for target in rule.targets:
            try:
                arn, body = target.arn, transform(target, rule, event)
            except NotTransformedError:
                arn, body = str(target.dead_letters), json.dumps(event)
            self.said.append(body)
            self.cloud.send(name_of(arn), body)

    def _deliver(
        self, what: str, run: Callable[[], Any], when: datetime | None = None
    ) -> Kind | None:
        """Have it delivered then, or now; or late, twice or never: return what went wrong."""
        self._runs[what] += 1
        at = Boundary(what, self._runs[what], 0, DELIVERY)
        kind = self.plan.kind(at, self.now)
        self._note(f"{at}{f' !{kind.value}' if kind else ''}")
        if kind is Kind.VANISHED:
            return kind
        if kind is Kind.LATE:
            when = (when or self.now) + LATE_BY
        if kind is Kind.HELD:
            when = self.plan.opens(at, self.now)
        for _ in range(2 if kind is Kind.DOUBLED else 1):
            if when is None:
                run()
            else:
                self._at(when, run)
        return kind

    def _mailed(self, message_id: str, mail: Mapping[str, Any]) -> None:
        letter = Letter(message_id, mail)
        tags = dict(letter.tags)
        invocation = self._under_way[-1]
        by = Boundary(invocation.step, invocation.n, invocation.calls, "sesv2.SendEmail")
        mailed = Mailed(self.now, tags["inquiry"], tags["letter"], by, letter)
        self.mails.append(mailed)
        for n, kind in enumerate(self.fate(mailed), start=1):
            self._at(self.now + n * MAIL_TAKES, lambda kind=kind: self.says(kind, letter))  # type: ignore[misc]

    def says(self, kind: str, letter: Letter) -> None:
        """Have SES say now what became of a mail, by its own word for that."""
        said = Said(kind, letter, letter.addresses("To")[0])
        self._publish(said.as_event(PLACE.region), timedelta(0))

    def _asked_to_scan(self, bucket: str, key: str, version: str) -> None:
        self._scan(bucket, key, version)

    def _scan(self, bucket: str, key: str, version: str) -> None:
        if any(plan.bucket == bucket for plan in blueprint().scan_plans):
            verdict = self.scanner(self.cloud.read(bucket, key, version))
            if verdict:
                self.finds(verdict, bucket, key, version)

    def finds(self, verdict: Verdict, bucket: str, key: str, version: str) -> None:
        """Have the scanner say what it finds in a version."""
        self.scans.setdefault(version, []).append(verdict.result)
        stored = Stored(None, bucket, key, version, "", 0)
        for plan in blueprint().scan_plans:
            if plan.bucket == bucket:
                self._publish(as_event(plan.arn, stored, verdict, PLACE.region), SCAN_TAKES)

    def _next_message(self) -> tuple[str, datetime | None]:
        found: tuple[str, datetime | None] = ("", None)
        for (queue, _), reader in zip(self._queues, self._readers, strict=True):
            visible = self.cloud.next_visible(queue)
            if visible is not None:
                # While a trigger is off, its queue waits.
                visible = self.plan.opens(reader, max(visible, self.now)) or visible
            if visible is not None and (found[1] is None or visible < found[1]):
                found = queue, visible
        return found

    def _poll(self, queue: str) -> None:
        """Hand one batch over, as the event source mapping does."""
        trigger = next(each for name, each in self._queues if name == queue)
        step = self._names[blueprint().function_of(trigger.function).arn]
        batch = {}
        for message in self.cloud.receive(queue, min(trigger.batch_size, 10)):
            kind = self._at_receipt(step, message)
            if kind is Kind.VANISHED:
                self.cloud.delete(queue, message["ReceiptHandle"])
            elif kind is Kind.LATE:
                self.cloud.delete(queue, message["ReceiptHandle"])
                self.cloud.send(queue, message["Body"], LATE_BY.total_seconds() / 2)
            else:
                batch[message["MessageId"]] = message
            if kind is Kind.DOUBLED:
                self.cloud.send(queue, message["Body"])
        if batch:
            self._hand_over(queue, trigger, batch)

    def _at_receipt(self, step: str, message: Mapping[str, Any]) -> Kind | None:
        receipts = int(message["Attributes"]["ApproximateReceiveCount"])
        if receipts > MOST_RECEIPTS.get(step, MOST_RECEIPTS[""]):
            self.too_often.append(step)
        if receipts > 1:
            return None
        self.said.append(message["Body"])
        what = MESSAGE + step
        self._runs[what] += 1
        at = Boundary(what, self._runs[what], 0, DELIVERY)
        kind = self.plan.kind(at, self.now)
        self._note(f"{at}{f' !{kind.value}' if kind else ''}")
        if kind not in {None, Kind.DOUBLED}:
            self.disturbed.add(_mail_of(message))
        return kind

    def _hand_over(
        self, queue: str, trigger: QueueTrigger, batch: Mapping[str, Mapping[str, Any]]
    ) -> None:
        for each in batch.values():
            told = json.loads(each["Body"])
            self.heard[told.get("key", ""), told.get("version", "")] = self.now
        records = [as_record(each, trigger.queue_arn, PLACE.region) for each in batch.values()]
        try:
            answer = self._invoke(trigger.function, {"Records": records})
        except FunctionFailedError:
            failed = set(batch)
        else:
            named = failed_ids(answer, set(batch))
            failed = named if trigger.reports_failures else set()
            self.dropped += [f"one of {queue}" for _ in named - failed]
        self.disturbed |= {_mail_of(batch[each]) for each in failed}
        for done in batch.keys() - failed:
            self.reported.setdefault(_mail_of(batch[done]), self.now)
            self.cloud.delete(queue, batch[done]["ReceiptHandle"])

    # ---- What people see of it ------------------------------------------------------------------

    @property
    def buckets(self) -> tuple[str, str]:
        """The names of uploads and records."""
        scanned = {plan.bucket for plan in blueprint().scan_plans}
        (uploads,) = scanned
        (records,) = set(blueprint().buckets) - scanned
        return uploads, records

    def contents(self, bucket: str, key: str) -> list[bytes]:
        """Return what lies under *key*, version by version."""
        listed = [each for each in self.cloud.versions(bucket) if each["Key"] == key]
        return [self.cloud.read(bucket, key, each["VersionId"]) for each in listed]

    def rows(self) -> list[Item]:
        """Return all items of the table."""
        return self.cloud.items(next(iter(blueprint().tables)))

    def written(self) -> list[Item]:
        """Return the items that steps wrote to since this was last asked, as they are now."""
        table = self.cloud.dynamodb.tables[next(iter(blueprint().tables))]
        found = [table.rows.get(key) for key in self._written]
        self._written.clear()
        return [row.item for row in found if row]

    def is_stored(self, inquiry: str) -> bool:
        """Tell whether the table has the inquiry itself."""
        wanted = (items.partition(inquiry), items.INQUIRY)
        return any((row["pk"]["S"], row["sk"]["S"]) == wanted for row in self.rows())

    def rang(self, name: str) -> bool:
        """Tell whether an alarm whose name holds *name* has rung."""
        return any(c.state == "ALARM" and name in c.name for c in self.watch.history)

    def is_quiet(self) -> bool:
        """Tell whether nothing is under way but the schedule."""
        return len(self._agenda) == 1 and self._next_message()[1] is None

    def _measure(self) -> None:
        """Publish what SQS does once a minute."""
        for queue in blueprint().queues:
            name = {"QueueName": queue}
            oldest = self.cloud.oldest(queue)
            age = (self.now - oldest).total_seconds() if oldest else 0
            depth = self.cloud.depth(queue)
            put = self.watch.put
            put("AWS/SQS", "ApproximateNumberOfMessagesVisible", name, depth, self.now)
            put("AWS/SQS", "ApproximateAgeOfOldestMessage", name, age, self.now)

    def _note(self, line: str) -> None:
        self.trace.append(f"{(self.now - NOW).total_seconds():.3f} {line}")

    def _empty_log(self) -> None:
        log = self.handlers.log
        text = log.getvalue()
        if text:
            self.said.append(text)
            self.watch.read_log(text, self.now)
            log.seek(0)
            log.truncate()


def _mail_of(message: Mapping[str, Any]) -> str:
    """Return which mail a message tells of, nothing if of none."""
    return str(json.loads(message["Body"]).get("message_id", ""))


def _keys(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the primary keys that a request to DynamoDB writes to, if it writes."""
    writes = [params, *(put for each in params.get("TransactItems", ()) for put in each.values())]
    for write in writes:
        key = write.get("Item") or ("UpdateExpression" in write and write["Key"])
        if key:
            yield key["pk"]["S"], key["sk"]["S"]


@contextmanager
def machine(handlers_of: type[Handlers] = Handlers) -> Iterator[Machine]:
    """Deploy the template on an empty fast cloud, with time and dice of its own."""
    clients.client.cache_clear()
    cloud = Cloud(blueprint(), PLACE.region)
    with pytest.MonkeyPatch.context() as monkeypatch, seeded() as dice:
        handlers = handlers_of(monkeypatch)
        install(cloud)
        try:
            with time_machine.travel(NOW, tick=False) as clock:
                yield Machine(cloud, clock, handlers, dice)
        finally:
            handlers.close()
            uninstall()
            clients.client.cache_clear()
