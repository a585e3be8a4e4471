"""A fast, deterministic stand-in for what the steps ask of AWS; strict where emulators are not."""

from tests.faults.cloud.client import Call
from tests.faults.cloud.cloud import Cloud
from tests.faults.cloud.session import in_turn, install, uninstall

__all__ = ["Call", "Cloud", "in_turn", "install", "uninstall"]
