import threading
from datetime import timedelta

import pytest

from infra.local.clock import Agenda, Clock


@pytest.fixture
def clock():
    clock = Clock()
    yield clock
    clock.stop()


@pytest.fixture
def agenda(clock):
    agenda = Agenda(clock)
    agenda.start()
    yield agenda
    agenda.stop()


def test_the_clock_moves_forward_for_everybody(clock):
    before = clock.now()
    clock.move(timedelta(days=1))

    assert timedelta(days=1) <= clock.now() - before < timedelta(days=1, seconds=5)
    assert clock.shift == timedelta(days=1)
    with pytest.raises(ValueError, match="forward only"):
        clock.move(timedelta(seconds=-1))


def test_what_is_due_happens_in_order_once_the_clock_is_there(clock, agenda):
    done, finished = [], threading.Event()
    start = clock.now()
    agenda.at(start + timedelta(hours=2), "second", lambda: (done.append(2), finished.set()))
    agenda.at(start + timedelta(hours=1), "first", lambda: done.append(1))
    assert [label for _, label in agenda.due()] == ["first", "second"]

    clock.move(timedelta(hours=3))
    agenda.clock_moved()

    assert finished.wait(5)
    assert done == [1, 2]


def test_a_schedule_that_was_jumped_over_runs_once(clock, agenda):
    turns = threading.Semaphore(0)
    agenda.every(timedelta(minutes=1), "minute", turns.release)

    clock.move(timedelta(days=1))
    agenda.clock_moved()

    assert turns.acquire(timeout=5)
    assert not turns.acquire(timeout=0.1)
    assert [label for _, label in agenda.due()] == ["minute"]


def test_idle_minds_what_is_about_to_happen_and_no_schedule(clock, agenda):
    agenda.every(timedelta(seconds=2), "often", lambda: None)
    assert agenda.idle()

    agenda.at(clock.now() + timedelta(seconds=3), "once", lambda: None)
    assert not agenda.idle()
    agenda.forget()

    assert agenda.idle()
    assert [label for _, label in agenda.due()] == ["often"]
