"""Labels on a disk that is full, or that nothing can be written to: told, and nothing lost."""

from own_mounts import run_on_small_disk

SMALL_DISK = """
import subprocess, sys
from pathlib import Path
from lowres_kit.data.labels.label_log import answers_of
from lowres_kit.data.labels.labelled_folder import LabelledFolder
from lowres_kit.errors import KitError

disk, photos = Path(sys.argv[1]), Path(sys.argv[2])
labelled = LabelledFolder(photos, ["a", "b"], disk / "labels")
told = []
for name in labelled.photos:
    labelled.answer(name, "a")
    told.append(labelled.follow())
assert told[0] == [] and "No space left" in told[-1][0], told
assert len(answers_of(disk / "labels")) == 6, "a label was lost for want of room for its photo"
with open(disk / "filler", "wb", buffering=0) as filler:
    try:
        while filler.write(bytes(512)):
            pass
    except OSError:
        pass
saved = len(labelled.log.standing)
try:
    for _ in range(200):
        labelled.answer(labelled.photos[0], None)
        saved += 1
except KitError as problem:
    assert "could not be saved" in str(problem) and "Make room" in str(problem), problem
else:
    raise AssertionError("the disk was never full")
assert len(answers_of(disk / "labels")) == saved
(disk / "filler").unlink()
(disk / "labels" / "a" / labelled.photos[1]).unlink()
labelled.answer(labelled.photos[0], "b")
labelled.close()
subprocess.run(["mount", "-o", "remount,size=9m", str(disk)], check=True)
again = LabelledFolder(photos, ["a", "b"], disk / "labels")
assert again.told == [] and again.owed == {}
found = sorted(path.relative_to(disk / "labels").as_posix()
               for path in (disk / "labels").glob("*/*"))
assert found == [f"a/{name}" for name in again.photos[1:]] + [f"b/{again.photos[0]}"], found
again.close()
subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
try:
    LabelledFolder(photos, ["a", "b"], disk / "labels")
except KitError as problem:
    assert "cannot be written to" in str(problem), problem
else:
    raise AssertionError("a disk that is read only was taken")
print("whole")
"""


def test_on_a_disk_that_is_full_or_read_only(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "disk").mkdir()
    for number in range(6):
        (tmp_path / "photos" / f"{number}.jpg").write_bytes(bytes(50_000))
    program = run_on_small_disk(SMALL_DISK, tmp_path / "disk", 200, str(tmp_path / "photos"))
    assert program == "whole\n"
