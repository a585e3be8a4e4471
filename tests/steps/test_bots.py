"""What looks like a bot's waits for a person, and is told the same; a flood is refused."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from intake.bots import TimeTrap
from tests.plain_browser import Page
from tests.steps.clinic import NOW, OUTAGE, UPLOADS, refusal
from tests.steps.cloudfront import API, posted
from tests.steps.fast_clinic import fast_clinic
from tests.steps.operator import answers

FORM = "general-inquiry"
NETWORK, ELSEWHERE = "203.0.113.7", "198.51.100.7"
SECRET = "nobody-knows-this"
TRAP = TimeTrap(SECRET)
JSON = {"content-type": "application/json"}
FAST, SLOW = timedelta(seconds=2), timedelta(seconds=4)
BOUNDS = {
    "SUSPECT_POSTS_PER_NETWORK": "2",
    "MOST_POSTS_PER_NETWORK": "4",
    "SUSPECT_POSTS_PER_ADDRESS": "3",
}


class Door:
    """Posts to the form, each time as somebody who writes something else."""

    def __init__(self, clinic):
        self.clinic = clinic
        self.number = 0

    def post(self, source=NETWORK, email=None, message=None, headers=JSON, **fields):
        """Send one inquiry; return the reply as the gateway gets it."""
        self.number += 1
        body = answers() | {"message": message or f"This is inquiry {self.number}."} | fields
        if email:
            body["contact"] = body["contact"] | {"email": email}
        return self.post_to(FORM, body, source, headers)

    def post_to(self, form, body, source=NETWORK, headers=JSON):
        """Send these answers to a form."""
        event = posted(json.dumps(body).encode(), headers | {"host": API}, source)
        here = {"rawPath": f"/f/{form}", "pathParameters": {"form": form}}
        return self.clinic.invoke("accept", event | here)

    def send(self, source=NETWORK, browser=None, **fields):
        """Send the page's own form, without a script, and with what a *browser* says of it."""
        self.number += 1
        flat = {"message": f"This is inquiry {self.number}.", "contact.email": "a@b.example"}
        body = urlencode(flat | fields).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
        return self.clinic.invoke("accept", posted(body, headers | (browser or {}), source))

    @property
    def inquiries(self):
        """What is stored, in its order."""
        rows = [row for row in self.clinic.rows("inquiry#") if row["sk"] == "inquiry"]
        return sorted(rows, key=lambda row: row["received_at"])

    @property
    def waiting(self):
        """How many of them wait in quarantine."""
        return sum("quarantined_at" in row for row in self.inquiries)


@pytest.fixture
def door(monkeypatch):
    with fast_clinic(monkeypatch) as clinic:
        yield Door(clinic)


@pytest.fixture
def bounded(door):
    """A clinic whose bounds are near."""
    door.clinic.configure(**BOUNDS)
    return door


def shown(before, form=FORM):
    return TRAP.set(form, NOW - before)


# ---- The same answer ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "caught",
    [
        {"_gotcha": "http://spam.example"},
        {"_started": shown(FAST)},
        {"_started": "1795374167701"},
        {"_started": shown(SLOW, form="rheumatoid-arthritis")},
    ],
    ids=["trap filled in", "too fast", "made up", "of another form"],
)
def test_a_bot_can_not_tell_that_it_was_caught(door, caught):
    person = door.post(_started=shown(SLOW))
    bot = door.post(**caught)

    told, heard = json.loads(person["body"]), json.loads(bot["body"])
    assert bot["statusCode"] == person["statusCode"] == 200
    assert bot["headers"] == person["headers"]
    assert list(heard) == list(told)
    assert [len(str(heard[key])) for key in told] == [len(str(told[key])) for key in told]
    assert door.waiting == 1


# ---- Time -----------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [SLOW, timedelta(hours=23), timedelta(days=2)])
def test_somebody_who_takes_their_time_is_no_bot_however_long(door, before):
    door.post(_started=shown(before))

    assert (len(door.inquiries), door.waiting) == (1, 0)


def test_what_has_no_page_is_no_bot(door):
    door.post()
    door.post(_started="")

    assert (len(door.inquiries), door.waiting) == (2, 0)


def test_a_page_of_days_ago_that_comes_again_and_again_is_a_robots(door):
    page = shown(timedelta(days=2))
    for _ in range(5):
        door.post(_started=page)

    assert (len(door.inquiries), door.waiting) == (5, 2)


def test_mending_one_field_quickly_makes_nobody_a_bot(door):
    page = shown(timedelta(minutes=9))
    refused = door.send(_started=page, **{"contact.email": "nobody"})

    again = Page(refused["body"]).one("input", name="_started")
    assert (refused["statusCode"], again["value"]) == (422, page)


def test_a_page_that_came_without_a_time_gets_none(door):
    refused = door.send(**{"contact.email": "nobody"})

    assert not Page(refused["body"]).all("input", name="_started")


NAMELESS = {"origin": "null", "sec-fetch-site": "cross-site"}


@pytest.mark.parametrize("more", [{}, {"_more": ""}], ids=["refused", "one more"])
def test_a_strangers_page_chooses_neither_key_nor_time_of_what_a_patient_sends(door, more):
    """Its key might be used already, or by it afterwards; its time has a patient caught."""
    planted = {"_id": "known-to-the-stranger", "_started": "bogus", "contact.email": "nobody"}
    told = [
        Page(door.send(**planted, **more, browser=browser)["body"])
        for browser in (NAMELESS, NAMELESS | {"sec-fetch-site": "same-origin"})
    ]

    theirs, ours = (page.one("input", name="_id")["value"] for page in told)
    assert theirs != ours == "known-to-the-stranger"
    times = [page.all("input", name="_started") for page in told]
    assert [len(each) for each in times] == [0, 1]


# ---- Bounds ---------------------------------------------------------------------------------


def test_more_than_a_hospital_sends_waits_and_a_flood_is_refused(bounded):
    statuses = [
        bounded.post(source=f"203.0.113.{n}", email=f"p{n}@b.example")["statusCode"]
        for n in range(6)
    ]

    assert statuses == [200, 200, 200, 200, 429, 429]
    assert (len(bounded.inquiries), bounded.waiting) == (4, 2)
    assert bounded.post(source=ELSEWHERE, email="q@b.example")["statusCode"] == 200
    assert bounded.waiting == 2


def test_the_next_hour_is_another(bounded):
    for n in range(4):
        bounded.post(email=f"p{n}@b.example")
    refused = bounded.post(email="q@b.example")
    bounded.clinic.clock.shift(timedelta(seconds=int(refused["headers"]["Retry-After"])))

    assert bounded.post(email="q@b.example")["statusCode"] == 200
    assert 0 < int(refused["headers"]["Retry-After"]) <= 3600


def test_one_inbox_is_counted_under_all_its_spellings_wherever_they_come_from(bounded):
    plain, dotted = ("jane.doe@gmail.com", "janedoe+1@gmail.com"), ("j.anedoe@gmail.com",)
    spelt = (*plain, "JaneDoe@googlemail.com", *dotted)
    for n, email in enumerate(spelt):
        bounded.post(source=f"198.51.{n}.1", email=email)

    assert (len(bounded.inquiries), bounded.waiting) == (4, 1)


def test_nobody_is_refused_for_an_address_that_strangers_typed(bounded):
    for n in range(9):
        bounded.post(source=f"198.51.{n}.1", email="victim+x@b.example")
    heard = bounded.post(source="192.0.2.1", email="victim@b.example")

    assert (heard["statusCode"], len(bounded.inquiries), bounded.waiting) == (200, 10, 7)


def test_a_flood_leaves_nothing_and_asks_nothing_of_the_bucket(bounded):
    for n in range(4):
        bounded.post(email=f"p{n}@b.example")
    before = len(bounded.clinic.calls)
    refused = bounded.post(email="q@b.example")

    assert bounded.clinic.calls[before:] == ["dynamodb.GetItem"] + ["dynamodb.UpdateItem"] * 2
    assert refused["statusCode"] == 429
    assert len(bounded.inquiries) == 4
    assert bounded.clinic.versions(UPLOADS) == []


@pytest.mark.parametrize(
    ("language", "says"), [("en", "Please wait an hour"), ("th", "กรุณารอหนึ่งชั่วโมง")]
)
def test_a_flood_is_told_in_its_own_words_and_keeps_what_was_typed(bounded, language, says):
    bounded.clinic.configure(**BOUNDS | {"MOST_POSTS_PER_NETWORK": "1"})
    bounded.post()
    told = bounded.post(headers=JSON | {"accept-language": language})
    page = bounded.clinic.invoke("accept", _by_page(language))

    body = json.loads(told["body"])
    assert (told["statusCode"], body["errors"][0]["code"]) == (429, "TOO_MANY_POSTS")
    assert says in body["detail"]
    assert (page["statusCode"], says in page["body"]) == (429, True)
    assert "What I typed" in page["body"]


def _by_page(language):
    fields = {"message": "What I typed", "_language": language}
    flat = [*_flat(answers() | fields).items()]
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
    return posted(urlencode(flat).encode(), headers, NETWORK)


def _flat(value, path=""):
    if isinstance(value, dict):
        inner = ((f"{path}.{name}".strip("."), each) for name, each in value.items())
    elif isinstance(value, list):
        inner = ((f"{path}.{n}", each) for n, each in enumerate(value))
    else:
        return {path: {True: "true", False: "false"}.get(value, value)}
    return {name: leaf for at, each in inner for name, leaf in _flat(each, at).items()}


def test_a_repeat_counts_for_nothing(bounded):
    for _ in range(20):
        assert bounded.post(message="The same.")["statusCode"] == 200

    assert (len(bounded.inquiries), bounded.waiting) == (1, 0)


def test_what_is_refused_anyway_counts_for_nothing(bounded):
    for _ in range(20):
        assert bounded.post(patient="nobody")["statusCode"] == 422

    assert bounded.clinic.rows() == []


@pytest.mark.parametrize(
    "outage",
    [OUTAGE, refusal("ThrottlingException"), refusal("AccessDeniedException")],
    ids=["down", "throttled", "not granted"],
)
def test_what_can_not_be_counted_is_let_in(bounded, outage):
    bounded.clinic.on("dynamodb.UpdateItem", outage)
    statuses = {bounded.post()["statusCode"] for _ in range(8)}

    assert statuses == {200}
    assert (len(bounded.inquiries), bounded.waiting) == (8, 0)
    [*_, last] = [line for line in bounded.clinic.logged() if line["level"] == "WARNING"]
    assert len(last["errors"]) == 2
    assert all(each.startswith("UpdateItem ") for each in last["errors"])


def test_no_address_is_kept_or_logged_that_anybody_could_read(bounded):
    for _ in range(6):
        bounded.post(email="victim@b.example")

    counts = json.dumps(bounded.clinic.rows("count#"), default=str)
    said = counts + bounded.clinic.log.getvalue()
    assert len(bounded.clinic.rows("count#")) == 2
    assert not [word for word in (NETWORK, "203.0.113", "victim", "b.example") if word in said]


def test_counts_are_gone_by_themselves(bounded):
    bounded.post()

    for row in bounded.clinic.rows("count#"):
        assert NOW.timestamp() < row["expires_at"] <= (NOW + timedelta(days=2)).timestamp()


def test_fifty_at_once_are_never_more_than_the_bound(aws):
    """On the emulator: it counts as DynamoDB does, on threads."""
    # Of one bound alone: a post may be the second of its network and the fourth of its address.
    aws.configure(**BOUNDS | {"MOST_POSTS_PER_NETWORK": "20", "SUSPECT_POSTS_PER_ADDRESS": "100"})
    door = Door(aws)
    with ThreadPoolExecutor(25) as pool:
        replies = list(pool.map(lambda n: door.post(message=f"I am {n}."), range(50)))

    statuses = [reply["statusCode"] for reply in replies]
    assert (statuses.count(200), statuses.count(429)) == (20, 30)
    assert (len(door.inquiries), door.waiting) == (20, 18)
