"""The team's sign-in: an OpenID Connect provider in a process of its own, and who may sign in."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from infra.local.server import refuse_a_taken_port

CLIENT_ID = "local-team"
AUDIENCE = "urn:clinic-intake:cases"
SCOPE = "clinic-intake/cases"
ACCOUNTS: Mapping[str, tuple[str, ...]] = {
    "doctor": ("doctors",),
    "coordinator": ("coordinators",),
    "supervisor": ("supervisors",),
    "ra-doctor": ("ra-doctors",),
    "visitor": (),
}
"""Who may sign in, without a password, and the groups they are in."""

_EVERY_FORM = {
    "doctors": "doctor",
    "coordinators": "coordinator",
    "supervisors": "supervisor",
}
GROUPS = {group: {"role": role, "forms": ["*"]} for group, role in _EVERY_FORM.items()} | {
    "ra-doctors": {"role": "doctor", "forms": ["rheumatoid-arthritis"]}
}
"""What each group may do; the last is this world's own, to show a part of the forms."""

_HERE = Path(__file__).parent
_SCRIPT = _HERE / "sign_in" / "provider.mjs"
_PACKAGE = _HERE.parent / "node_modules" / "oidc-provider"
_STOP_SECONDS = 5
NOWHERE = "https://sign-in.invalid"
"""An issuer for those who only read the template."""


class SignInMissingError(Exception):
    """The provider cannot run here; the message says what to do."""


def parameters(issuer: str = NOWHERE) -> Mapping[str, str]:
    """Return the template's parameters that have *issuer*'s tokens let in."""
    return {
        "StaffIssuer": issuer,
        "StaffAudience": AUDIENCE,
        "StaffClientId": CLIENT_ID,
        "StaffScope": SCOPE,
        "StaffSignInOrigin": issuer,
        "TeamGroups": json.dumps(GROUPS),
    }


class SignIn:
    """The provider for the team page of one world. It ends with this process, however that ends."""

    def __init__(self, port: int, world_url: str) -> None:
        """Start it; port 0 takes a free one. It may take half a second until `issuer` is known."""
        node = shutil.which("node")
        if node is None or not _PACKAGE.exists():
            missing = "node is not on PATH" if node is None else "infra/node_modules is incomplete"
            message = f"the team's sign-in cannot run: {missing}; `make run` brings the packages"
            raise SignInMissingError(message)
        if port:
            refuse_a_taken_port("the team's sign-in", port)
        accounts = [{"name": name, "groups": groups} for name, groups in ACCOUNTS.items()]
        settings = {
            "port": port,
            "world": world_url,
            "audience": AUDIENCE,
            "scope": SCOPE,
            "clientId": CLIENT_ID,
            "accounts": accounts,
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own script
            [node, str(_SCRIPT), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._issuer = ""

    @property
    def issuer(self) -> str:
        """Return the provider's address, also its name in tokens; wait for it if need be."""
        if not self._issuer and self._process.stdout:
            said = self._process.stdout.readline()
            if not said.startswith("ready "):
                self.stop()
                message = "the team's sign-in ended at once; what it printed says why"
                raise SignInMissingError(message)
            self._issuer = said.split()[1]
        return self._issuer

    def move_clock(self, ahead: timedelta) -> None:
        """Have the provider's clock be *ahead* of this machine's: tokens carry times."""
        if self._process.stdin and self._process.poll() is None:
            self._process.stdin.write(f"{ahead.total_seconds() * 1000:.0f}\n")
            self._process.stdin.flush()

    def stop(self) -> None:
        """End it."""
        with self._process as process:  # closes its input, which it takes for the end
            try:
                if process.stdin:
                    process.stdin.close()
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
