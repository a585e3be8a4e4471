"""
ClamAV, where it is installed: `clamscan`, with limits that are said and not assumed.

Not `clamdscan`: its limits are the daemon's, which nobody here has set, and by default a file over
them is called clean.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.eicar import pattern
from infra.local.stored import Stored, Verdict, clean, failed, harmful, unsupported

_LARGEST = 2047 << 20
"""Bytes; libclamav takes no file of 2 GiB."""
_LIMITS = (
    "--max-filesize=2047M",
    "--max-scansize=4095M",
    "--max-files=10000",
    "--max-recursion=17",
    "--max-scantime=300000",  # milliseconds for one file
    "--alert-exceeds-max=yes",  # or what was skipped is called clean
    "--alert-encrypted=yes",
)
_PATIENCE = 1800
"""Seconds for one run; loading the signatures alone takes half a minute."""
_SKIPPED = {"Heuristics.Limits.Exceeded": "over its limits", "Heuristics.Encrypted": "locked"}
_LINE = re.compile(r"(?P<name>[0-9]+): (?:(?P<threat>\S+) FOUND|(?P<said>OK|Empty file))")
_CLEAN, _FOUND = 0, 1  # what clamscan exits with; 2 is an error in at least one file


@dataclass(frozen=True)
class ClamAv:
    """The installed scanner; *signatures* are its own, or empty if it has none."""

    program: str
    version: str
    signatures: str
    at_once: int = 50

    @property
    def says(self) -> str:
        """Say in one sentence what scans."""
        if self.signatures:
            return f"Files are scanned by {self.version} with its own signatures {self.signatures}."
        return (
            f"{self.version} is installed without signatures, so it scans with one of ours and "
            f"finds the EICAR test pattern only; real malware is not found."
        )

    def scan(self, files: Sequence[Stored]) -> list[Verdict]:
        """
        Return a verdict on each of *files*; OSError if one cannot be read.

        All in one run, because each run loads the signatures anew: `at_once` is how many.
        """
        with tempfile.TemporaryDirectory(prefix="scan-") as folder:
            inbox = Path(folder, "files")
            inbox.mkdir()
            for number, file in enumerate(files):
                if file.size <= _LARGEST:
                    with (inbox / str(number)).open("wb") as copy:
                        copy.writelines(file.blocks())
            said = self._run(inbox, Path(folder))
        return [
            said.get(number, failed("no answer"))
            if file.size <= _LARGEST
            else unsupported("over its limits")
            for number, file in enumerate(files)
        ]

    def _run(self, inbox: Path, folder: Path) -> Mapping[int, Verdict]:
        names = sorted(inbox.iterdir())
        if not names:
            return {}
        command = [self.program, "--stdout", "--no-summary", *_LIMITS]
        if not self.signatures:
            command.append(f"--database={_our_signatures(folder)}")
        try:
            ran = subprocess.run(  # noqa: S603 - no shell, and names that are ours
                [*command, *map(str, names)],
                check=False,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_PATIENCE,
                env={**os.environ, "LC_ALL": "C"},
            )
        except (subprocess.TimeoutExpired, OSError):
            return {}
        told = (line.removeprefix(f"{inbox}/") for line in ran.stdout.splitlines())
        found = {int(m["name"]): _verdict(m["threat"]) for m in map(_LINE.fullmatch, told) if m}
        if ran.returncode in {_CLEAN, _FOUND}:
            return found
        # Somewhere it did not get through, so what it calls clean may not be.
        return {n: said for n, said in found.items() if said.result != clean().result}


def _verdict(threat: str | None) -> Verdict:
    if threat is None:
        return clean()
    skipped = [why for name, why in _SKIPPED.items() if threat.startswith(name)]
    return unsupported(skipped[0]) if skipped else harmful(threat)


def _our_signatures(folder: Path) -> Path:
    """Write a database that knows the test pattern: name, any kind of file, anywhere, bytes."""
    path = folder / "own.ndb"
    path.write_text(f"EICAR-Test-File:0:*:{pattern().hex()}\n", encoding="ascii")
    return path


def installed() -> ClamAv | None:
    """Return the scanner on PATH, or None if there is none that runs."""
    program = shutil.which("clamscan")
    if program is None:
        return None
    try:
        told = subprocess.run(  # noqa: S603 - what the machine has on PATH
            [program, "--version"], check=True, capture_output=True, text=True, timeout=60
        ).stdout.splitlines()
    except (subprocess.SubprocessError, OSError):
        return None
    # "ClamAV 1.4.3/27500/Sat Jan  4 09:31:00 2025"; without signatures only what is before the /.
    version, _, signatures = (told[0] if told else "ClamAV").partition("/")
    return ClamAv(program, version.strip(), signatures.partition("/")[0].strip())
