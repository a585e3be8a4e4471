"""The whole local world: moto, the steps, and everything that carries events between them."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.local import sealed, staff
from infra.local.aws import Aws, Listeners
from infra.local.blueprint import Schedule
from infra.local.bus import Bus
from infra.local.clock import Agenda, Clock
from infra.local.edits import Edits
from infra.local.functions import Functions
from infra.local.gateway import Gateway
from infra.local.guard import SCANNER
from infra.local.journal import Journal
from infra.local.mailbox import Letter, Mailbox
from infra.local.postmaster import Postmaster
from infra.local.queues import Poller, name_of
from infra.local.reading import read
from infra.local.scanner import Scanner
from infra.local.schedules import as_event
from infra.local.server import Server
from infra.local.template import Stack

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = Path(__file__).resolve().parents[2]
EVENT_TAKES = timedelta(milliseconds=500)
"""How long S3 takes to tell of an object. On AWS too the writer is usually done by then."""


def parameters(public_url: str, issuer: str = staff.NOWHERE) -> Mapping[str, str]:
    """Return what this world answers to the template's questions; *issuer* signs the team in."""
    return {
        "ClinicName": "Example Clinic",
        "PublicUrl": public_url,
        "MailFrom": "intake@clinic.example",
        "TeamRecipients": '{"default": ["team@clinic.example"]}',
        "FallbackRecipient": "office@backup.example",
        "AlarmEmail": "operator@clinic.example",
        "EnvironmentName": "local",
        "Canary": "DISABLED",  # its mails would fill the inbox; a button sends one
        "MailsPerSecond": "1000",
        # Everybody here comes from one address, and most examples are of the same patient.
        "SuspectPostsPerNetwork": "1000000",
        "MostPostsPerNetwork": "1000000",
        "SuspectPostsPerAddress": "1000000",
        **staff.parameters(issuer),
    }


@dataclass(frozen=True)
class Ports:
    """Where the world listens; 0 takes a free port."""

    world: int
    aws: int
    sign_in: int = 0


class World:
    """Everything between one form post and one letter. Use `start`, then `stop`."""

    def __init__(
        self,
        ports: Ports,
        site: "Callable[[World], WSGIApplication]",
        *,
        aws_apart: bool = False,
        allowed_origins: str = "",
    ) -> None:
        """
        Build all parts; *site* makes the application that answers on the world's port.

        With *aws_apart*, what steps need of memory is not mixed with what AWS holds. Other websites
        that may show forms are *allowed_origins*, as the template takes them, or its own default.
        """
        self.server = Server("the world", ports.world, self._answer)
        self.url = self.server.url
        self.sign_in = staff.SignIn(ports.sign_in, self.url)  # takes its time while we go on
        self.journal = Journal()
        self.mailbox = Mailbox(self._took)
        self.aws = Aws(
            ports.aws,
            Listeners(
                on_queue=self._queue_changed,
                on_mail=self.mailbox.take,
                on_refusal=lambda service, code: self.journal.failed("refused", service, code),
                on_write=self._written,
                on_scan=self._asked_to_scan,
            ),
            self.journal,
            apart=aws_apart,
        )
        self.place = self.aws.place
        given = dict(parameters(self.url, self.sign_in.issuer))
        if allowed_origins:
            given["AllowedOrigins"] = allowed_origins
        stack = Stack(ROOT / "template.yaml", self.place, given)
        self.blueprint = read(stack.resources(), self.place)
        self.journal.names = {
            name: resource.logical_id
            for kind in (self.blueprint.queues, self.blueprint.buckets)
            for name, resource in kind.items()
        }
        self.clock = Clock()
        self.agenda = Agenda(self.clock)
        self.aws.start(self.blueprint, given["MailFrom"])
        self.functions = Functions(
            self.blueprint.functions, ROOT, sealed.variables(self.aws.url), self.journal
        )
        self.edits = Edits(ROOT / "schemas", self.functions.wire)
        self.gateway = Gateway(self.blueprint, self.functions, self.journal)
        self.bus = Bus(self.blueprint.rules, self._send, self.functions.invoke_later, self.journal)
        self.scanner = Scanner(
            self.blueprint.scan_plans,
            self.aws.clients["s3"],
            self.bus.publish,
            lambda: SCANNER in self.aws.emulator.broken(),
            self.journal,
        )
        self._postmaster = Postmaster(
            self.blueprint.mail_events, self.bus.publish, self.agenda, self.journal
        )
        self._pollers = [
            Poller(trigger, self.aws, self.functions, self.journal)
            for trigger in self.blueprint.triggers
        ]
        self._site = site(self)

    def start(self) -> None:
        """Let time, events and visitors in."""
        self.bus.start()
        self.scanner.start()
        for poller in self._pollers:
            poller.start()
        for name, schedule in self.blueprint.schedules.items():
            if not schedule.enabled:
                continue
            self.agenda.every(schedule.every, name, self._firing(schedule))
        self.agenda.start()
        self.server.start()

    def stop(self) -> None:
        """Stop everything, in the order in which things need each other."""
        self.server.stop()
        self.agenda.stop()
        self.scanner.stop()
        self.bus.stop()
        for poller in self._pollers:
            poller.stop()
        self.aws.stop()
        self.clock.stop()
        self.sign_in.stop()

    def reset(self) -> None:
        """Empty tables, buckets, queues, mailbox and journal; the clock stays where it is."""
        self.settle(5)
        self.agenda.forget()
        self.aws.empty()
        self.mailbox.delete()
        self.journal.clear()

    def move_clock(self, by: timedelta) -> None:
        """Put the clock forward and let everything that became due happen."""
        self.clock.move(by)
        self.aws.move_clock(by)
        self.sign_in.move_clock(self.clock.shift)
        self.agenda.clock_moved()
        for poller in self._pollers:
            poller.look()

    def fire(self, schedule: str) -> None:
        """Wake a schedule's function now, whatever the clock says."""
        self._firing(self.blueprint.schedules[schedule])()

    @property
    def idle(self) -> bool:
        """Whether nothing happens and nothing is about to happen by itself."""
        at_rest = all(poller.idle for poller in self._pollers)
        return self.journal.idle and at_rest and self.agenda.idle()

    def settle(self, seconds: float) -> bool:
        """Wait until the world is idle, at most *seconds*; tell whether it is."""
        deadline = time.monotonic() + seconds
        while not self.idle:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _answer(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> "Iterable[bytes]":
        return self._site(environ, start_response)

    def _queue_changed(self, queue: str) -> None:
        for poller in self._pollers:
            if poller.queue == queue:
                poller.look()

    def _took(self, letter: Letter) -> None:
        self._postmaster.took(letter, self.place.region)

    def _written(self, event: dict[str, Any]) -> None:
        def tell() -> None:
            self.bus.publish(event)
            self.scanner.written(event)  # GuardDuty hears of objects as everybody does

        self.agenda.at(self.clock.now() + EVENT_TAKES, event["detail-type"], tell)

    def _asked_to_scan(self, bucket: str, key: str, version: str | None) -> None:
        self.scanner.want(bucket, key, version)

    def _send(self, queue_arn: str, body: str, attributes: Mapping[str, str]) -> None:
        url = self.place.queue_url(name_of(queue_arn))
        named = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        }
        self.aws.clients["sqs"].send_message(
            QueueUrl=url, MessageBody=body, MessageAttributes=named
        )

    def _firing(self, schedule: Schedule) -> Callable[[], None]:
        function = self.blueprint.function_of(schedule.function_arn)

        def fire() -> None:
            self.journal.happened("schedule", schedule.logical_id, function.logical_id)
            event = as_event(schedule, self.clock.now(), self.place.region)
            self.functions.invoke_later(function.arn, event)

        return fire
