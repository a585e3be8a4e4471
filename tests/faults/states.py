"""
Anything in any order: hypothesis plays senders, staff, the world and its mishaps, step by step.

A failing example is printed as a script of these rules; whoever runs it again sees the same.
"""

from __future__ import annotations

from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from infra.local.ses_events import DETAIL_TYPES
from infra.local.stored import Verdict, clean, failed, harmful, unsupported
from intake.inquiry import (
    FILES_UNUSABLE,
    RECEIPT,
    TEAM_CHANGE,
    TEAM_FALLBACK,
    TEAM_FOLLOW_UP,
    TEAM_NEW,
    TEAM_WITHDRAWN,
)
from intake.scanning import THREATS
from tests.faults.acts import CONFLICT, OK, Sender, decide, staff
from tests.faults.campaign import Tally
from tests.faults.days import FATES
from tests.faults.invariants import CLEAN, cases
from tests.faults.machine import Machine
from tests.faults.people import a_clean_file, an_infected_file, an_unsupported_file, of_one_size
from tests.faults.people import scanned as says_of
from tests.faults.plan import AT_CALLS, AT_DELIVERIES, AT_STARTS, DELIVERY, START, Kind
from tests.faults.playing import Playing
from tests.faults.world import AWAY, SERVICES

STEPS = 80
_MOST_SENDERS, _LEAPS = 6, 2
_FILES = {"clean": a_clean_file, "infected": an_infected_file, "unsupported": an_unsupported_file}
_CONTENTS = dict(zip(_FILES, of_one_size(*_FILES), strict=True))
_VERDICTS: dict[str, Verdict] = {
    "clean": clean(),
    "threats": harmful("Late"),
    "locked": unsupported("locked"),
    "failed": failed("busy"),
}
_LETTERS = (
    *(TEAM_NEW, RECEIPT, TEAM_FOLLOW_UP, TEAM_FALLBACK, FILES_UNUSABLE),
    *(TEAM_CHANGE, TEAM_WITHDRAWN),
)
# The form's first, without which the inquiry goes, and one that this form does not ask for.
_PURPOSES = ("health_data_review", "contact_about_inquiry", "research")
_any = st.integers(0, 20)
_files = st.lists(st.sampled_from(sorted(_FILES)), max_size=2)


class States(Playing):
    """What may happen to a deployment: each rule one thing that somebody does or that befalls."""

    # ---- Senders ------------------------------------------------------------------------------

    @initialize(files=_files)
    def somebody_posts(self, files: list[str]) -> None:
        self.posts(files, is_bot=False)

    @precondition(lambda self: len(self.senders) < _MOST_SENDERS)
    @rule(files=_files, is_bot=st.sampled_from((False, False, True)))
    def posts(self, files: list[str], is_bot: bool) -> None:  # noqa: FBT001
        n = len(self.senders)
        sent = [_FILES[each]() for each in files]
        self.senders.append(Sender(n, files=sent, key=f"key-{n}", is_bot=is_bot))
        self.posts_again(n)

    @precondition(lambda self: self.senders)
    @rule(who=_any)
    def posts_again(self, who: int) -> None:
        sender = self.senders[who % len(self.senders)]
        self.expect({OK}, lambda: sender.send(self.machine).status)

    @precondition(lambda self: self.accepted() and len(self.senders) < _MOST_SENDERS)
    @rule(who=_any)
    def posts_the_same_under_another_key(self, who: int) -> None:
        first = self.one(who)
        key = f"other-{len(self.senders)}"
        self.senders.append(Sender(first.n, first.files, key=key, is_bot=first.is_bot))
        self.expect({OK}, lambda: self.senders[-1].send(self.machine).status)

    @precondition(lambda self: self.accepted())
    @rule(who=_any)
    def posts_something_else_under_the_same_key(self, who: int) -> None:
        sender = self.one(who)
        other = {"message": "Something else."}
        self.expect({CONFLICT}, lambda: sender.send_other(self.machine, other).status)

    @rule()
    def posts_what_no_form_takes(self) -> None:
        nobody = Sender(99, key="nobody")
        self.expect({400, 422}, lambda: nobody.send_other(self.machine, {"contact": {}}).status)

    @precondition(lambda self: self.accepted())
    @rule(who=_any, method=st.sampled_from(("PUT", "POST")), what=st.sampled_from(sorted(_FILES)))
    def declares_and_uploads(self, who: int, method: str, what: str) -> None:
        sender, before = self.one(who), len(self.one(who).slots)
        self.at_the_link(lambda: sender.declare(self.machine, method).status)
        if len(sender.slots) == before:
            return
        if method == "PUT":
            sender.put(self.machine, sender.slots[-1], _CONTENTS[what])
        else:
            self.at_the_link(
                lambda: sender.put_parts(self.machine, sender.slots[-1], _CONTENTS[what]).status
            )

    @precondition(lambda self: self.accepted())
    @rule(who=_any)
    def declares_only(self, who: int) -> None:
        self.at_the_link(lambda: self.one(who).declare(self.machine, "PUT").status)

    @precondition(lambda self: self.slots())
    @rule(which=_any, what=st.sampled_from(sorted(_FILES)))
    def uploads_over_it(self, which: int, what: str) -> None:
        sender, slot = self.slots()[which % len(self.slots())]
        sender.put(self.machine, slot, _CONTENTS[what])

    @precondition(lambda self: self.slots())
    @rule(which=_any)
    def takes_back(self, which: int) -> None:
        sender, slot = self.slots()[which % len(self.slots())]
        self.at_the_link(lambda: sender.take_back(self.machine, slot).status)

    @precondition(lambda self: self.accepted())
    @rule(who=_any)
    def says_that_is_all(self, who: int) -> None:
        self.at_the_link(lambda: self.one(who).say_all(self.machine).status)

    @precondition(lambda self: self.accepted())
    @rule(who=_any)
    def confirms_the_address(self, who: int) -> None:
        def confirm() -> int:
            reply = self.one(who).confirm(self.machine)
            return reply.status if reply else OK

        self.at_the_link(confirm)

    @precondition(lambda self: self.accepted())
    @rule(who=_any, n=st.integers(0, 2))
    def corrects_the_address(self, who: int, n: int) -> None:
        self.at_the_link(lambda: self.one(who).correct(self.machine, n).status)

    @precondition(lambda self: self.accepted())
    @rule(who=_any, n=st.integers(0, 3))
    def adds_a_correction(self, who: int, n: int) -> None:
        self.at_the_link(lambda: self.one(who).add_note(self.machine, n).status)

    @precondition(lambda self: self.accepted())
    @rule(who=_any, purpose=st.sampled_from(_PURPOSES))
    def takes_back_a_consent(self, who: int, purpose: str) -> None:
        self.at_the_link(lambda: self.one(who).take_back_consent(self.machine, purpose).status)

    @precondition(lambda self: self.accepted())
    @rule(who=_any)
    def withdraws(self, who: int) -> None:
        self.at_the_link(lambda: self.one(who).withdraw(self.machine).status)

    # ---- Staff --------------------------------------------------------------------------------

    @rule()
    def staff_look_at_the_list(self) -> None:
        self.expect({OK}, lambda: staff(self.machine, "", "")[0])

    @precondition(lambda self: self.accepted())
    @rule(who=_any)
    def staff_open(self, who: int) -> None:
        self.expect({OK}, lambda: staff(self.machine, "open", self.one(who).inquiry)[0])

    @precondition(lambda self: self.accepted())
    @rule(who=_any, action=st.sampled_from(("release", "reject", "answered", "reopen")))
    def staff_decide(self, who: int, action: str) -> None:
        case = self.one(who).inquiry
        self.expect({OK, CONFLICT}, lambda: decide(self.machine, case, action))

    @precondition(lambda self: self.accepted())
    @rule(who=_any, n=st.integers(0, 3), action=st.sampled_from(("let_through", "refuse")))
    def staff_decide_on_a_file(self, who: int, n: int, action: str) -> None:
        case = self.one(who).inquiry
        self.expect({OK, 404, CONFLICT}, lambda: decide(self.machine, case, action, file=n))

    @precondition(lambda self: self.accepted())
    @rule(who=_any, letter=st.sampled_from(_LETTERS))
    def staff_have_a_letter_sent_again(self, who: int, letter: str) -> None:
        case = self.one(who).inquiry
        allowed = {OK, 404, CONFLICT, 422}  # the last: their address does not work
        self.expect(allowed, lambda: decide(self.machine, case, "resend", letter=letter))

    # ---- Time and the world -------------------------------------------------------------------

    @rule(seconds=st.sampled_from((1, 2, 5, 30, 61)))
    def seconds_pass(self, seconds: int) -> None:
        self.machine.run(self.machine.now + timedelta(seconds=seconds))

    @rule(minutes=st.sampled_from((1, 3, 6, 20)))
    def minutes_pass(self, minutes: int) -> None:
        self.machine.wait(minutes)

    @precondition(lambda self: self.world.is_well and self.leaps < _LEAPS)
    @rule()
    def two_days_pass(self) -> None:
        self.leaps += 1
        until = self.machine.now + timedelta(days=2)
        while self.machine.now < until:
            self.machine.doze(until)
            self.machine.wait(1)

    @rule(service=st.sampled_from(SERVICES), kind=st.sampled_from(AWAY))
    def a_service_breaks(self, service: str, kind: Kind) -> None:
        self.world.down[service] = kind

    @precondition(lambda self: not self.world.is_well)
    @rule()
    def all_is_mended(self) -> None:
        self.world.mend()

    @rule(n=st.integers(1, 12), kind=st.sampled_from(AT_CALLS))
    def a_call_will_break(self, n: int, kind: Kind) -> None:
        self.world.break_call(n, kind)

    @rule(kind=st.sampled_from(AT_DELIVERIES))
    def a_delivery_will_go_wrong(self, kind: Kind) -> None:
        self.world.break_next(DELIVERY, kind)

    @rule(kind=st.sampled_from(AT_STARTS))
    def a_clock_will_be_wrong(self, kind: Kind) -> None:
        self.world.break_next(START, kind)

    @rule()
    def the_schedule_stops(self) -> None:
        self.world.is_stopped = True

    @rule(seconds=st.sampled_from((0, 5, 70)))
    def the_indexes_lag(self, seconds: int) -> None:
        self.machine.cloud.index_lag(timedelta(seconds=seconds))

    @rule(fate=st.sampled_from(sorted(set(FATES))))
    def mails_will_fare(self, fate: tuple[str, ...]) -> None:
        self.fate = fate

    @precondition(lambda self: self.machine.mails)
    @rule(which=_any, kind=st.sampled_from(sorted(DETAIL_TYPES)))
    def ses_says_more(self, which: int, kind: str) -> None:
        mailed = self.machine.mails[which % len(self.machine.mails)]
        self.machine.says(kind, mailed.mail)

    @rule(is_silent=st.booleans())
    def the_scanner_falls_silent(self, is_silent: bool) -> None:  # noqa: FBT001
        self.machine.scanner = (lambda _content: None) if is_silent else says_of

    @rule(which=_any, verdict=st.sampled_from(sorted(_VERDICTS)))
    def the_scanner_says_more(self, which: int, verdict: str) -> None:
        here = [f for case in cases(self.machine).values() for f in case.files if f.version]
        if not here:
            return
        file, found = here[which % len(here)], _VERDICTS[verdict]
        # What is harmful is only ever called clean once somebody has heard that it is not.
        if found.result != CLEAN or file.scan == THREATS or self.is_clean(file):
            self.machine.finds(found, self.machine.buckets[0], file.key, str(file.version))


def play(
    deployed: Machine,
    examples: int,
    number: int | None = None,
    *,
    steps: int = STEPS,
    shrinks: bool = True,
    game: type[States] = States,
) -> Tally:
    """
    Play so many *examples* on it, those of a seed or always the same; return what they came to.

    What breaks is told as a script of rules: a short one if it *shrinks*, which takes minutes.
    """

    played = type(game.__name__, (game,), {"machine": deployed, "tally": Tally()})

    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=number is None,
        database=None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink) if shrinks else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    machine = played if number is None else seed(number)(played)
    told = StringIO()
    try:
        with redirect_stdout(told):
            run_state_machine_as_test(machine, settings=chosen)
    except AssertionError as error:
        script = [told.getvalue(), *getattr(error, "__notes__", ())]
        played.tally.broken[str(error).partition("\n")[0]] += 1
        played.tally.first = "\n".join(script)
    return played.tally
