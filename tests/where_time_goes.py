"""At the end of a run: which rooms and files took how much time, and how the lessons did."""

import os
from collections import defaultdict

import numpy as np
import pytest

FILES = 10  # that are listed
_used = sum(os.times()[:4])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Note in the report of a test's part what it took of the processor.

    Programs that it started count when they have ended, so a server or an emulated Pi that
    lives longer counts with the test that ends it.
    """
    global _used
    report = yield
    before, _used = _used, sum(os.times()[:4])
    report.cpu = _used - before  # xdist sends it along
    return report


def pytest_terminal_summary(terminalreporter):
    """Print the rooms, the slowest files, and the lessons as `lowres lessons run` shows them."""
    reports = [one for some in terminalreporter.stats.values() for one in some]
    reports = [one for one in reports if hasattr(one, "cpu")]
    rooms, files = defaultdict(lambda: np.zeros(3)), defaultdict(lambda: np.zeros(3))
    for report in reports:
        name = report.nodeid.partition("::")[0]
        room = name.rpartition("/")[0] if name.count("/") > 1 else name
        for took in (rooms[room], files[name]):
            took += (report.when == "setup", report.duration, report.cpu)
    if len(files) > 1:
        terminalreporter.section("where the time goes")
        terminalreporter.write_line(f"{'room':<44} {'tests':>5} {'clock s':>8} {'CPU s':>8}")
        _write(terminalreporter, rooms)
        _write(terminalreporter, {"all": sum(rooms.values())})
        terminalreporter.write_line(f"\n{f'the {FILES} slowest files':<44}")
        _write(terminalreporter, files, FILES)
    lessons = [
        row for report in reports if report.when == "teardown"
        for key, row in report.user_properties if key == "lesson"
    ]  # fmt: skip
    if lessons:
        from lowres_kit.runner.commands import HEAD

        terminalreporter.section("lessons")
        terminalreporter.write_line("\n".join([HEAD, *sorted(lessons)]))


def _write(terminalreporter, took, most=None):
    for name, (tests, wall, cpu) in sorted(took.items(), key=lambda one: -one[1][1])[:most]:
        terminalreporter.write_line(f"{name:<44} {tests:5.0f} {wall:8.0f} {cpu:8.0f}")
