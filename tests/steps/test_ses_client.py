"""SES's client asks once and waits for seconds, whatever the other side does."""

from __future__ import annotations

import socket
import threading
import time

import boto3
import pytest
from botocore.config import Config

from intake.aws import clients
from intake.aws.mail import Postbox
from intake.letters.draft import Draft, Mail
from intake.letters.posting import OutcomeUnknownError

MAIL = Mail(("team@clinic.example",), Draft("New inquiry", "en", "ltr", "One line"))


@pytest.fixture
def _account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    clients.client.cache_clear()
    yield
    clients.client.cache_clear()


@pytest.mark.usefixtures("_account")
def test_ses_is_asked_once_and_waited_for_seven_seconds_at_the_most():
    config = clients.client("sesv2").meta.config

    assert (config.connect_timeout, config.read_timeout) == (2, 5)
    assert config.retries["total_max_attempts"] == 1


@pytest.mark.usefixtures("_account")
def test_a_server_that_never_answers_is_asked_once_and_leaves_a_doubt():
    came = []
    with socket.create_server(("127.0.0.1", 0)) as silent:

        def listen():
            while True:
                try:
                    came.append(silent.accept())
                except OSError:
                    return

        threading.Thread(target=listen, daemon=True).start()
        # As deployed but for the seconds, which a test need not wait.
        config = clients.client("sesv2").meta.config.merge(Config(read_timeout=0.3))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        sesv2 = boto3.client("sesv2", endpoint_url=url, config=config)
        began = time.perf_counter()
        with pytest.raises(OutcomeUnknownError, match="ReadTimeoutError"):
            Postbox(sesv2, "intake@clinic.example", "intake-team").send(MAIL, {"letter": "x"})

        took = time.perf_counter() - began
    assert len(came) == 1
    assert 0.3 <= took < 2  # seconds: another attempt would wait again
    for connection, _ in came:
        connection.close()
