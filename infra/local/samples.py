"""`make samples`: a folder of records of nobody, to drop onto a form."""

import io
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pycdlib

from infra.local.sample_records import blood, days_ago, packed, radiology, report, urine
from infra.local.sample_study import Study

_MARK = ".made-by-make-samples"
_READ_ME = """Records of nobody, to try the forms with. All were drawn or written by a program.

On the form, call the patient Synthetic Knee, born on 1 January 1980, and the scans are theirs;
with any other name, doctors are told that the details differ.

knee-mri/           a study as a CD has it: drop the whole folder
knee-mri.zip        the same, packed
knee-mri.iso        the same, as an image of the CD
old-knee-mri/       a study of three years ago, without its report
blood results.pdf   a lab report
urine page.jpg      a lab report, photographed
locked report.pdf   a report that has a password: it is refused
"""


def made() -> dict[str, bytes]:
    """Return paths and contents of everything in the folder."""
    study, old = Study(days_ago(20)), Study(days_ago(3 * 365), slices=4)
    disc = {**study.files(), "REPORT.PDF": radiology(study.day)}
    return {
        "README.txt": _READ_ME.encode(),
        **{f"knee-mri/{path}": content for path, content in disc.items()},
        "knee-mri.zip": packed(disc),
        "knee-mri.iso": _iso(disc),
        **{f"old-knee-mri/{path}": content for path, content in old.files().items()},
        "blood results.pdf": blood(days_ago(10)),
        "urine page.jpg": urine(days_ago(10)),
        "locked report.pdf": report("Lab report", days_ago(10), ["ESR: 24 mm/h"], "secret"),
    }


def _iso(files: Mapping[str, bytes]) -> bytes:
    disc = pycdlib.PyCdlib()
    disc.new(interchange_level=3, vol_ident="KNEE")
    folders = sorted({str(parent) for path in files for parent in Path(path).parents} - {"."})
    for folder in folders:  # each behind the one it is in
        disc.add_directory(f"/{folder}")
    for path, content in files.items():
        folder, _, name = path.rpartition("/")
        # ISO 9660 wants an ending and a version: "IM000000" is written "IM000000.;1".
        named = f"{name if '.' in name else name + '.'};1"
        disc.add_fp(io.BytesIO(content), len(content), f"/{folder}/{named}".replace("//", "/"))
    file = io.BytesIO()
    disc.write_fp(file)
    disc.close()
    return file.getvalue()


def main(arguments: Sequence[str]) -> int:
    """Write the folder that *arguments* name; return the exit status."""
    folder = Path(arguments[0])
    if folder.exists() and not (folder / _MARK).exists():
        print(f"error: {folder} is there already, and not made by this program", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in made().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    (folder / _MARK).touch()
    print(_READ_ME, end="")
    print(f"\nThey are in {folder}/, and recent for a while; make samples makes new ones.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
