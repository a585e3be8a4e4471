"""What a game of states is played on, and what has to hold in it: after each step, and at last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import timedelta

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, invariant

from infra.local.queues import name_of
from intake.inquiry import File
from tests.faults.acts import BROKEN, OK, Sender, Slot
from tests.faults.campaign import Tally
from tests.faults.cases import is_over
from tests.faults.days import FATES
from tests.faults.invariants import (
    CLEAN,
    Broken,
    Witness,
    alarmed_after,
    cases,
    liveness,
    repeats,
)
from tests.faults.machine import Machine
from tests.faults.people import scanned as says_of
from tests.faults.world import World
from tests.handlers import blueprint

_QUIET_WITHIN = timedelta(hours=8)
_AT_A_LINK = {OK, 400, 403, 404, 409, 422}
_LAST = 60


class Playing(RuleBasedStateMachine):
    """
    One deployment, and who plays on it.

    After each step nothing may be broken that must hold at any time; in the end all is mended,
    time passes until nothing is under way, and then everything must be as it was promised.
    """

    machine: Machine
    tally: Tally

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.machine.begin(self.world)
        self.machine.scanner = says_of
        self.machine.fate = lambda _mailed: self.fate
        self.fate: tuple[str, ...] = FATES[0]
        self.senders: list[Sender] = []
        self.witness = Witness(self.machine, self.senders)
        self.leaps = self.steps = 0
        self._is_told = False

    # ---- For the rules ------------------------------------------------------------------------

    def accepted(self) -> list[Sender]:
        """Return those who know that they were heard."""
        return [each for each in self.senders if each.promised]

    def one(self, who: int) -> Sender:
        """Return one of them."""
        return self.accepted()[who % len(self.accepted())]

    def slots(self) -> list[tuple[Sender, Slot]]:
        """Return all declared files."""
        return [(each, slot) for each in self.senders for slot in each.slots]

    def expect(self, allowed: Collection[int], ask: Callable[[], int]) -> None:
        """Have somebody *ask*; only if something is broken may the answer be that it is."""
        was_well = self.world.is_well
        status = ask()
        assert status in allowed or (status >= BROKEN and not was_well), status

    def at_the_link(self, ask: Callable[[], int]) -> None:
        """Have a sender ask behind their link, which may be shut by now."""
        self.expect(_AT_A_LINK, ask)

    def is_clean(self, file: File) -> bool:
        """Tell whether all that lies under a file's key is as clean as it says."""
        found = [each for b in self.machine.buckets for each in self.machine.contents(b, file.key)]
        return bool(found) and all(says_of(each).result == CLEAN for each in found)

    # ---- What has to hold ---------------------------------------------------------------------

    @invariant()
    def nothing_is_broken(self) -> None:
        """Look at what has to hold at any time."""
        self.steps += 1
        self.witness.look()
        self._hold([*self.witness.broken, *self._let_in()])

    def teardown(self) -> None:
        """Mend everything, and look at what has become of it."""
        if self._is_told:
            return
        self.tally.cases += 1
        self._mend()
        self._hold([*self.witness.broken, *self._let_in(), *liveness(self.witness), *self._came()])
        self.tally.steps += self.steps
        self.tally.inquiries += len(cases(self.machine))
        self.tally.fired += len(self.world.fired)
        self.tally.repeats += repeats(self.machine) - len(self.witness.resent)
        self.tally.add_late(alarmed_after(self.witness))

    def _hold(self, broken: list[Broken]) -> None:
        if broken:
            self._is_told = True
            note("\n".join(self.machine.trace[-_LAST:]))
        assert not broken, "; ".join(map(str, broken))

    def _mend(self) -> None:
        machine = self.machine
        self.world.mend()
        self.fate = FATES[0]
        machine.scanner = says_of
        machine.cloud.index_lag(timedelta(0))
        ends = machine.now + _QUIET_WITHIN
        machine.wait(1)
        while machine.now < ends and (not is_over(machine) or self._redriven()):
            machine.doze(ends)
            machine.wait(1)

    def _redriven(self) -> int:
        """Have the operator send on what was buried; count it."""
        cloud, count = self.machine.cloud, 0
        for trigger in blueprint().triggers:
            queue = name_of(trigger.queue_arn)
            buried = blueprint().queues[queue].properties["RedrivePolicy"]["deadLetterTargetArn"]
            while found := cloud.receive(name_of(buried), 10):
                for message in found:
                    cloud.send(queue, message["Body"])
                    cloud.delete(name_of(buried), message["ReceiptHandle"])
                    count += 1
        return count

    def _let_in(self) -> Iterator[Broken]:
        records = self.machine.buckets[1]
        for each in self.machine.cloud.versions(records):
            content = self.machine.cloud.read(records, each["Key"], each["VersionId"])
            if says_of(content).result != CLEAN:
                yield Broken("I6 what is harmful never gets in", "it is among the records")

    def _came(self) -> Iterator[Broken]:
        """Whatever came under a key that was signed is known, unless nobody waits for it."""
        kept = cases(self.machine)
        known = {file.key for case in kept.values() for file in case.files if file.arrived_at}
        for sender, slot in self.slots():
            about = kept[sender.inquiry].inquiry
            is_over = about.rejected_at or about.withdrawn_at
            if slot.came and slot.key not in known and not is_over:
                yield Broken("I13 nothing accepted is lost", f"a file of patient {sender.n}")
