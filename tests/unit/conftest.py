"""Values in, values out: no test here opens a socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake.forms import Form, Forms, Notice

SCHEMAS = Path(__file__).parents[2] / "schemas"


@pytest.fixture(autouse=True)
def no_sockets(socket_disabled):
    """Refuse any socket."""


@pytest.fixture(scope="session")
def forms():
    """Return the forms as they ship."""
    return Forms(SCHEMAS)


@pytest.fixture
def make_form():
    """Return a maker of small forms, for tests about one rule."""

    def make(tree=None, *, requirements=(), notices=(), **meta):
        asked = [{"kind": kind, "need": "optional"} for kind in requirements]
        given = {"default_locale": "en", "locales": ["en"], "honeypot": "homepage_link"}
        return Form(
            name="small",
            schema={},
            tree=tree or {},
            meta=given | {"requirements": asked} | meta,
            policy={"windows": {}},
            languages=(),
            catalogues={},
            notices={(notice.purpose, notice.locale): notice for notice in notices},
        )

    return make


@pytest.fixture
def notice():
    """Return a published text about having one's data looked at."""
    return Notice("a" * 64, "health_data_review", "en", "1", "Title", "Text")
