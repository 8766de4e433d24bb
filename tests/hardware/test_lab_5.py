"""Lab 5 does not wait for a record that was written and, since the power was cut, never told."""

import nbformat
import pytest
from lab_shape import LABS

TOLD = "ready: pack leaves 1234abcd, LiteRT, 0 records\n#1 rust 98 % photo-000.jpg\n"
CUT = TOLD + "\nready: pack leaves 1234abcd, LiteRT, 2 records\n"


@pytest.mark.parametrize(
    ("log", "count"),
    [("", 0), (TOLD, 1), (CUT, 2), (CUT + "#3 ask a person: rust 62 % photo-002.jpg\n", 3)],
)
def test_records_are_counted_by_what_the_station_says(tmp_path, log, count):
    (tmp_path / "station.log").write_text(log)
    cells = nbformat.read(LABS / "lab-5-station-for-a-week.ipynb", as_version=4).cells
    [cell] = [cell.source for cell in cells if "def written()" in cell.source]
    names = {"log": tmp_path / "station.log", "photos": LABS.parent / "demo" / "photos"}
    exec(cell, names)
    assert names["written"]() == count
