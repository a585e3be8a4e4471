"""What holds for every test: no real account, and in CI no test that quietly does not run."""

import os
import sys

import hypothesis
import pytest

CI = os.environ.get("CI") == "true"

# Whatever a developer's shell is signed in to, a test that misses its emulator meets nothing.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_REGION": "eu-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
    "MOTO_DISABLE_GLOBAL_CORS": "1",  # moto's own answers would let any website in
    "POWERTOOLS_METRICS_NAMESPACE": "ClinicIntake",
    "POWERTOOLS_SERVICE_NAME": "intake",
}

# Where an image sets it, each of the many worlds that tests start would compile all of moto anew,
# for a third of what they cost.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A slow machine is no bug; a failing example is the same for everybody who looks for it.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.load_profile("ci" if CI else "here")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and CI skips nothing: {report.longrepr}"
    return report
