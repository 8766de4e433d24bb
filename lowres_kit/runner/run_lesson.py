"""Run lessons as a learner would, and hold them to what they promise.

Each lesson runs twice, with the network off. First by papermill, all cells: the stub of each
exercise must be told "not yet", its solution must pass, the quiz and the widgets must work, and
processor time and memory must keep the budget. Then by nbval, without the solutions: the notebook
must run to its end and give the outputs that are committed.
"""

import os
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import nbformat

from . import sandbox
from .lessons import Lesson
from .meter import slowness, watch

# The same work takes a third longer at some hours on the same processor: the lessons' boxes are
# held to the budgets as they are, their runs to a third more; and where one core of this machine
# does a known piece of work more slowly, to so much more (see `watch.slowness`).
SLACK = 4 / 3
# That is judged when a run has ended. It is stopped only at four budgets, so that a processor which
# is as much slower can show what it does.
STOP = 4
# Seconds by the clock that a kernel may take to start, and that nbval waits for a cell: long, since
# `watch` stops what takes too much.
START, WAIT = "600", "1800"


@dataclass(frozen=True)
class Limits:
    """What a lesson may take in the quick profile: the guide's 90 s (45 s a cell) on two cores.

    Attributes
    ----------
    seconds, cell_seconds : float
        Of one core, for the whole lesson and for one cell; runs have `SLACK`. Five thirds of
        those on two: in the lessons that come near, four fifths of the time is torch's, which two
        threads share, so 150 s become 30 + 120 / 2 = 90.
    memory_mb : float
        Of its kernel.
    threads : int
        Of its kernel. One, so that two lessons at a time have a core each, and so that seconds of
        the processor are those of a quiet clock: threads that wait for others compute on
        meanwhile, so each thread more may take as many seconds more.
    """

    seconds: float = 150
    cell_seconds: float = 75
    memory_mb: float = 1500
    threads: int = 1

    def kept(self, seconds, most):
        """Say whether a run that took so many seconds of the processor keeps to a limit."""
        most = most * SLACK * self.threads
        return seconds <= most or seconds <= most * slowness()


@dataclass
class LessonRun:
    """How a lesson did.

    Attributes
    ----------
    lesson : Lesson
        Which one.
    seconds, wall, peak_mb : float
        Of the run by papermill: of the processor (see `watch.Watched`), by the clock, and MB.
    exercises : tuple of int
        How many are proven, of how many.
    quiz : int
        Questions of the quiz whose every answer was tried.
    widgets : int
        Controls that were moved to their ends and changed the picture.
    nbval : str
        "same" if nbval found the committed outputs, "differs" if not, "" if it was not run.
    executed : nbformat.NotebookNode or None
        As papermill left it.
    complaints : list of str
        What is wrong, one sentence each; empty if all is well.
    """

    lesson: Lesson
    seconds: float = 0.0
    wall: float = 0.0
    peak_mb: float = 0.0
    exercises: tuple = (0, 0)
    quiz: int = 0
    widgets: int = 0
    nbval: str = ""
    executed: object = None
    complaints: list = field(default_factory=list)

    @property
    def verdict(self):
        """Say "passed" or "FAILED"."""
        return "FAILED" if self.complaints else "passed"


def run_lesson(lesson, limits=None, nbval=True, papermill=True):
    """Run a lesson by papermill, and by nbval, with the network off.

    Parameters
    ----------
    lesson : Lesson
        Which one.
    limits : Limits, optional
        What it may take.
    nbval, papermill : bool
        Whether to run it by each.

    Returns
    -------
    LessonRun
    """
    limits = limits or Limits()
    run = LessonRun(lesson)
    for wanted, by in ((papermill, _papermill), (nbval, _nbval)):
        if wanted and not run.complaints:
            with tempfile.TemporaryDirectory(prefix="lowres-") as place:
                by(run, limits, Path(place))
    return run


def execute(lesson, place, limits):
    """Run all cells of a lesson by papermill, watched, with the network off.

    Parameters
    ----------
    lesson : Lesson
        Which one.
    place : pathlib.Path
        Folder for the executed notebook ``executed.ipynb`` and what the lesson makes.
    limits : Limits
        What it may take.

    Returns
    -------
    watched : Watched
        What it took.
    requests : list of str
        What it asked of the network.
    """
    command = [sys.executable, "-m", "papermill", str(lesson.path), str(place / "executed.ipynb")]
    command += ["--no-progress-bar", "--cwd", str(lesson.path.parent), "--kernel", "python3"]
    command += ["--start-timeout", START]
    return _alone(command, lesson, place, limits, {"LOWRES_PROVE": "1"})


def _alone(command, lesson, place, limits, extra):
    """Run a command on a lesson in a fresh project folder, with its threads and no network."""
    log = place / "network.txt"
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    threads = dict.fromkeys(names, str(limits.threads))
    project = {"LOWRES_PROJECT": str(place / "my-project"), "LOWRES_QUIET": "1"}
    environment = sandbox.guarded({**os.environ, **threads, **project, **extra}, log)
    watched = watch(
        [*sandbox.namespace_command(), *command],
        environment,
        lesson.path.parent,
        limits.seconds * STOP * limits.threads,
        limits.memory_mb,
        place / "output.txt",
    )
    return watched, sandbox.requests_in(log)


def _papermill(run, limits, place):
    """Execute the lesson by papermill, and note what went wrong."""
    watched, requests = execute(run.lesson, place, limits)
    run.seconds, run.wall, run.peak_mb = watched.seconds, watched.wall, watched.peak_mb
    _note_limits(run, watched, limits, "papermill")
    _note_requests(run, requests)
    if run.complaints and watched.stopped:
        return
    executed = place / "executed.ipynb"
    run.executed = nbformat.read(executed, as_version=4) if executed.exists() else None
    if watched.code:
        run.complaints.append(_failure(run.executed, watched.output))
    else:
        _prove(run, run.executed, watched, limits)


def _note_limits(run, watched, limits, by):
    why = {
        "time": f"it takes more than {watched.seconds:.0f} s of the processor",
        "wall": f"it computed for {watched.seconds:.0f} s of {watched.wall:.0f}, so it hangs",
        "memory": f"its kernel takes more than {limits.memory_mb:.0f} MB",
    }
    if watched.stopped:
        run.complaints.append(f"it was stopped: {why[watched.stopped]} ({by})")


def _note_requests(run, requests):
    if requests:
        run.complaints.append(f"it asks the network: {requests[0]} ({len(requests)} requests)")


def _failure(notebook, output):
    for cell in notebook.cells if notebook else ():
        for out in cell.get("outputs", ()):
            if out.output_type == "error":
                return f"the cell '{cell.id}' raises {out.ename}: {out.evalue[:300]}"
    return "papermill fails: " + " / ".join(output.strip().splitlines()[-3:])


def _prove(run, notebook, watched, limits):
    """Read from the executed notebook whether exercises, quiz and widgets did what they should."""
    proven, total = 0, 0
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        facts = [out.get("metadata", {}).get("lowres_kit", {}) for out in cell.get("outputs", ())]
        run.quiz += sum(one["questions"] for one in facts if one.get("quiz") and one["proven"])
        run.widgets += sum(
            len(one["widget"]) for one in facts if one.get("widget") and one["proven"]
        )
        if "check" in tags or "solution" in tags:
            total += 1
            proven += _proves(run, cell, "solution" in tags, facts)
        seconds = _seconds(cell, watched)
        if not limits.kept(seconds, limits.cell_seconds):
            run.complaints.append(
                f"the cell '{cell.id}' takes {seconds:.0f} s of the processor; "
                f"a cell's budget is {limits.cell_seconds:.0f} s"
            )
    run.exercises = (proven // 2, total // 2)
    for name, count in (("exercises", total), ("quiz", run.quiz), ("controls", run.widgets)):
        if not count:
            run.complaints.append(f"it has no {name} that work")
    _note_costs(run, limits)


def _seconds(cell, watched):
    """Seconds of the processor that a cell took."""
    times = [cell.metadata.get("papermill", {}).get(name) for name in ("start_time", "end_time")]
    if None in times:
        return 0.0
    return watched.seconds_between(*(datetime.fromisoformat(time).timestamp() for time in times))


def _proves(run, cell, is_solution, facts):
    """Whether the check told the stub "not yet", or the solution "passed"."""
    passed = [one["passed"] for one in facts if "exercise" in one]
    if passed == [is_solution]:
        return True
    name = cell.metadata.get("lowres_kit", {}).get("exercise", cell.id)
    if not passed:
        run.complaints.append(f"exercise {name}: the cell '{cell.id}' shows no verdict")
    elif is_solution:
        run.complaints.append(f"exercise {name}: the solution does not pass its own check")
    else:
        run.complaints.append(f"exercise {name}: the stub passes, so the check checks nothing")
    return False


def _note_costs(run, limits):
    """Hold the lesson's box to the budget, and the run to what the box says."""
    costs = run.lesson.costs
    for value, most, unit in ((costs["seconds"], limits.seconds, "s"),
                              (costs["peak_mb"], limits.memory_mb, "MB")):  # fmt: skip
        if value > most:
            run.complaints.append(f"its box says {value} {unit}; the budget is {most:.0f} {unit}")
    if not limits.kept(run.seconds, costs["seconds"]):
        run.complaints.append(
            f"its box says {costs['seconds']} s, but it takes {run.seconds:.0f} s of the processor"
        )
    if run.peak_mb > costs["peak_mb"] * SLACK:
        run.complaints.append(
            f"its box says {costs['peak_mb']} MB, but it takes {run.peak_mb:.0f} MB"
        )


def _nbval(run, limits, place):
    """Compare the committed outputs, without the solutions (they carry the tag nbval-skip)."""
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env"]
    command += ["--nbval-cell-timeout", WAIT, "--nbval-kernel-startup-timeout", START]
    command += ["-p", "no:cacheprovider", "-o", "addopts="]
    command += ["-q", "--tb=short", "--color=no", str(run.lesson.path)]
    watched, requests = _alone(command, run.lesson, place, limits, {"LOWRES_PROVE": "0"})
    _note_limits(run, watched, limits, "nbval")
    _note_requests(run, requests)
    run.nbval = "differs" if watched.code else "same"
    if watched.code and not run.complaints:
        run.complaints.append(
            "its committed outputs are stale, or it fails with the stubs alone: "
            + _what_differs(watched.output)
        )


def _what_differs(output):
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("FAILED", "<<<", ">>>", "E "))]
    return " / ".join((telling or lines)[-4:])[:600]
