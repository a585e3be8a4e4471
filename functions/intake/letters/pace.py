"""How fast letters leave, and when there is no time left to begin another one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

# notify_team and reply_to_sender share the account's rate.
_MAIL_STEPS = 2
# A request alone takes longer.
_NO_WAIT = 0.01

# Seconds that AWS may keep us waiting at the most (`intake.aws.clients` sees to it): the table
# with one repetition, SES with none.
TABLE_TAKES = 4.0
SES_TAKES = 7.0
# Claim, read the case, count a receipt, and write the next attempt if time is up by then: no claim
# is left open by the end of an invocation. Sending is weighed once more, just before it.
BEGINNING_TAKES = 4 * TABLE_TAKES
SENDING_TAKES = SES_TAKES + TABLE_TAKES


@dataclass
class Pace:
    """
    The least time between two letters of this process, in seconds.

    A process has one invocation at a time, so the next one keeps the pace too.
    """

    interval: float
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _free_at: float = field(default=float("-inf"), init=False)

    @property
    def wait(self) -> float:
        """Seconds until the next letter may leave."""
        return max(0.0, self._free_at - self.monotonic())

    def keep(self) -> None:
        """Wait for that, and count a letter."""
        if self.wait > _NO_WAIT:
            self.sleep(self.wait)
        self._free_at = self.monotonic() + self.interval


def share(mails_per_second: str, concurrency: str) -> Pace:
    """
    Return the pace of one process, of those that may send *mails_per_second* together.

    Raises ValueError if one of the settings is no number, or no more than nothing.
    """
    rate, processes = float(mails_per_second), int(concurrency) * _MAIL_STEPS
    if rate <= 0 or processes <= 0:
        raise ValueError("MAILS_PER_SECOND and MAIL_CONCURRENCY must be above 0")
    return Pace(processes / rate)
