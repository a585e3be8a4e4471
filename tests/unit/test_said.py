"""What a child says is weighed: one that was taken over may say anything."""

from __future__ import annotations

import json
import socket
import struct
import threading
from dataclasses import asdict

import pytest

from check_upload.inspection import wire
from check_upload.inspection.result import (
    MOST_PEOPLE,
    MOST_STUDIES,
    Asked,
    Inspection,
    Person,
)
from check_upload.said import NonsenseError, inspection, plain
from check_upload.talk import Talk
from intake.findings import Facts, Study, to_text
from tests.records.reading import Bytes

STUDY = Study(
    *("1.2.3", "MR", "KNEE", "Knee left", "2026-09-14"), 120, 1, bytes=9, mark="00f1e2d3c4b5a697"
)
FACTS = Facts(
    pages=2,
    width=1200,
    height=900,
    date="2026-09-14",
    date_source="dicom",
    studies=(STUDY,),
    people=1,
    panels=("Blood count",),
    flags=("too_small",),
)
FOUND = Inspection("clean", None, "dicom", FACTS, (Person("A^B", "1961-04-09", "7"),))


def said(**changed):
    return json.loads(json.dumps(asdict(FOUND) | changed))


def with_facts(**changed):
    return said(facts=asdict(FACTS) | changed)


def with_study(**changed):
    return with_facts(studies=[asdict(STUDY) | changed])


def test_an_honest_answer_comes_as_it_was_meant():
    assert inspection(said()) == FOUND
    assert inspection(said(outcome="refused", reason="pdf_active")).reason == "pdf_active"
    assert inspection(said(outcome="withheld", reason="two_things", kind=None)).kind is None


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "clean",
        {},
        said(outcome="fine"),
        said(outcome=["clean"]),
        said(kind=None),
        said(kind="exe"),
        said(reason="two_things"),
        said(outcome="refused"),
        said(outcome="refused", reason="two_things"),
        said(outcome="withheld", reason="pdf_active"),
        said(outcome="refused", reason="<script>"),
        said(outcome="refused", reason=["pdf_active"]),
        said(facts=None),
        said(facts=[]),
        said(people={}),
        said(people=[{"name": 1}]),
        said(people=[{"nick": "x"}]),
        said(people=[{"birth_date": "1961"}]),
        with_facts(pages=-1),
        with_facts(pages=True),
        with_facts(pages=1.5),
        with_facts(pages="2"),
        with_facts(pages=2**60),
        with_facts(people=None),
        with_facts(date="yesterday"),
        with_facts(date=20260914),
        with_facts(date_source="stated"),
        with_facts(identity="match"),
        with_facts(flags=["fine"]),
        with_facts(flags="too_small"),
        with_facts(panels=[1]),
        with_study(mark=17),
        with_study(mark="00f1"),
        with_study(mark="00F1E2D3C4B5A697"),
        with_study(mark="00f1e2d3c4b5a697\n"),
        with_study(mark="00f1e2d3c4b5a69x"),
        with_facts(studies={}),
        with_facts(verdict="clean"),
        with_study(uid=None),
        with_study(images="120"),
        with_study(note="x"),
        with_study(date="2026-13-01"),
    ],
)
def test_an_answer_of_another_shape_is_nonsense(answer):
    with pytest.raises(NonsenseError):
        inspection(answer)


def test_texts_out_of_files_are_short_and_plain():
    assert plain("Knee\u202e left\x00\n\tMRI \u200b") == "Knee left MRI"
    assert plain("หัวเข่า 膝") == "หัวเข่า 膝"
    long = inspection(with_study(description="x" * 5000)).facts.studies[0].description

    assert len(long) == 120


def test_names_of_panels_out_of_files_are_few():
    assert len(inspection(with_facts(panels=["x"] * 1000)).facts.panels) == 20


def test_no_study_and_nobody_is_cut_off():
    studies = [asdict(STUDY)] * MOST_STUDIES
    people = [{"name": "A"}] * MOST_PEOPLE

    assert len(inspection(with_facts(studies=studies)).facts.studies) == MOST_STUDIES
    assert len(inspection(said(people=people)).people) == MOST_PEOPLE
    for answer in (with_facts(studies=[*studies, studies[0]]), said(people=[*people, people[0]])):
        with pytest.raises(NonsenseError):
            inspection(answer)


def test_the_facts_of_as_many_studies_as_there_may_be_fit_into_a_row():
    wide = "\u0e1c" * 64
    study = Study("1." * 32, wide[:16], wide[:16], wide, "2026-09-14", 9999, 9999, 2**40, "f" * 16)

    assert len(to_text(Facts(studies=(study,) * MOST_STUDIES)).encode()) < 100_000


def talked(*messages, source=None):
    """Return what a talk with a child that says *messages*, come what may, ends in."""
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    talk = Talk(source or Bytes(b"x" * 1000), most_requests=5, most_bytes=4000)

    def child():
        with theirs:
            for message in messages:
                theirs.sendall(message)
            theirs.shutdown(socket.SHUT_WR)
            while theirs.recv(65536):
                pass

    speaking = threading.Thread(target=child)
    speaking.start()
    try:
        return talk.hold(ours, Asked("a", "", "blood"))
    finally:
        ours.close()
        speaking.join()


ANSWER = wire.packed({"found": said(), "error": "ValueError"})


def test_reads_are_served_up_to_the_answer():
    source = Bytes(bytes(range(200)))
    reads = (wire.packed({"soon": [[0, 10]]}), wire.packed({"read": [190, 100]}))

    assert talked(*reads, ANSWER, source=source) == (FOUND, "ValueError")
    assert (source.asked, source.soon) == ([(190, 100)], [(0, 10)])


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (b"\0\0",),
        (struct.pack("!I", 2**31),),
        (wire.framed(b"{"),),
        (wire.framed(b"[" * 100_000),),
        (wire.framed(b"\xff\xfe"),),
        (wire.packed([]),),
        (wire.packed({}),),
        (wire.packed({"read": None}),),
        (wire.packed({"read": [0]}),),
        (wire.packed({"read": [-1, 10]}),),
        (wire.packed({"read": [0, -10]}),),
        (wire.packed({"read": ["0", 10]}),),
        (wire.packed({"read": [True, True]}),),
        (wire.packed({"read": [0, 2**30]}),),
        (wire.packed({"soon": 1}),),
        (wire.packed({"soon": [[0, 1e9]]}),),
        (wire.packed({"read": [0, 1]}),) * 6,
        (wire.packed({"read": [0, 900]}),) * 5,
        (wire.packed({"soon": [[0, 1]] * 6}),),
        (wire.packed({"found": {}}),),
    ],
    ids=range(21),
)
def test_a_child_that_talks_nonsense_is_not_listened_to(messages):
    with pytest.raises(NonsenseError):
        talked(*messages)


@pytest.mark.parametrize("error", ["a name of somebody", "x.y", 7, ["x"], None])
def test_an_error_is_a_class_or_nothing(error):
    assert talked(wire.packed({"found": said(), "error": error})) == (FOUND, None)
