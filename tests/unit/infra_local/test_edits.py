"""The world notices once that forms were edited, and asks for no restart."""

import pytest

from infra.local.edits import Edits


class Watch:
    """A clock that somebody else moves, in seconds."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Watch()


@pytest.fixture
def forms(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "form.json").write_text("{}")
    return tmp_path


@pytest.fixture
def noticed(forms, clock):
    """Look, two seconds after something was done; return how often a change was noticed so far."""
    changes = []
    edits = Edits(forms, lambda: changes.append(1), clock)

    def look(seconds=2):
        clock.now += seconds
        edits.look()
        return len(changes)

    return look


def test_nothing_is_done_while_nothing_changes(noticed):
    assert [noticed(), noticed()] == [0, 0]


def test_a_new_form_an_edited_and_a_deleted_file_are_noticed_once_each(noticed, forms):
    (forms / "two").mkdir()
    (forms / "two" / "form.json").write_text("{}")
    assert [noticed(), noticed()] == [1, 1]
    (forms / "one" / "form.json").write_text('{"active": false}')
    assert [noticed(), noticed()] == [2, 2]
    (forms / "one" / "form.json").unlink()
    assert [noticed(), noticed()] == [3, 3]


def test_it_looks_once_a_second_at_most(noticed, forms):
    noticed()
    (forms / "one" / "form.json").write_text('{"active": false}')

    assert [noticed(0.5), noticed(0.6)] == [0, 1]


def test_what_could_not_be_wired_is_tried_again(forms, clock):
    tried = []

    def fail_once():
        tried.append(1)
        if len(tried) == 1:
            raise LookupError("no JSON")

    edits = Edits(forms, fail_once, clock)
    (forms / "one" / "form.json").write_text("{")
    clock.now += 2
    with pytest.raises(LookupError, match="no JSON"):
        edits.look()
    clock.now += 2
    edits.look()

    assert len(tried) == 2
