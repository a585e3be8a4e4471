"""A form is no way to fill a stranger's inbox, however its address is spelt."""

from __future__ import annotations

import json

from intake.inquiry import RECEIPT
from tests.fast_pipeline import fast_pipeline
from tests.handlers import blueprint
from tests.steps.operator import answers

_POSTS = 1000
JSON = "application/json"
_SPELT = ("j.doe@gmail.com", "JDoe@gmail.com", "jd.oe+{n}@googlemail.com", "JDOE+x{n}@GMAIL.com")


def test_a_thousand_posts_with_one_address_write_to_it_three_times():
    with fast_pipeline() as deployed:
        told = answers()
        for n in range(_POSTS):
            email = _SPELT[n % len(_SPELT)].format(n=n)
            body = told | {
                "message": f"Question {n}",
                "contact": told["contact"] | {"email": email},
            }
            reply = deployed.send(
                "POST",
                "/f/general-inquiry",
                json.dumps(body).encode(),
                content_type="application/json",
            )
            assert reply.status == 200
        # What the team gets is not what this is about, and takes as long again.
        deployed.purge(*(name for name in blueprint().queues if name.endswith("TeamQueue")))
        deployed.run()

        receipts = [mail for mail in deployed.mails if dict(mail.tags)["letter"] == RECEIPT]
        assert len(receipts) == 3
