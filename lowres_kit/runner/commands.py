"""`lowres lessons …`: run them, store their outputs, check them, write the table."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path


def add_commands(subparsers):
    """Add the room's commands to the parser of ``lowres``."""
    lessons = subparsers.add_parser("lessons", help="run and check the lessons")
    verbs = lessons.add_subparsers(metavar="WHAT", required=True)

    run = verbs.add_parser("run", help="run lessons headless, hold them to their budgets")
    run.add_argument("numbers", nargs="*", help="such as 00 or prune; all if none")
    run.add_argument("--no-nbval", action="store_true", help="do not compare stored outputs")
    run.add_argument("--json", action="store_true", help="print the result for a program")
    run.set_defaults(run=_run)

    refresh = verbs.add_parser("refresh", help="run lessons and store their outputs")
    refresh.add_argument("numbers", nargs="*")
    refresh.set_defaults(run=_refresh)

    new = verbs.add_parser("new", help="begin a lesson that the runner passes")
    new.add_argument("name", help="number and title, such as 19-some-title")
    new.set_defaults(run=_new)

    check = verbs.add_parser(
        "check", help="check the lessons' form and all links to lessons, without running them"
    )
    check.set_defaults(run=_check)

    table = verbs.add_parser("table", help="print the table of lessons")
    table.add_argument("--write", metavar="FILE", help="put it between the marks in this file")
    table.set_defaults(run=_table)


def _run(arguments):
    import psutil

    from .lessons import lessons
    from .run_lesson import run_lesson
    from .sandbox import namespace_command

    chosen = lessons(arguments.numbers)
    if not arguments.json:
        how = "in a network namespace and by a guard" if namespace_command() else "by a guard"
        print(f"The network is off, {how}. One thread a lesson; seconds of the processor are")
        print("held to the budgets, the clock's are not.\n")
        print(HEAD)
    runs = []
    # Two at a time where there are cores and memory for two: what a lesson costs stays the same.
    at_once = 2 if (os.cpu_count() or 1) > 1 and psutil.virtual_memory().total > 7e9 else 1
    with ThreadPoolExecutor(at_once) as pool:
        for run in pool.map(partial(run_lesson, nbval=not arguments.no_nbval), chosen):
            runs.append(run)
            if not arguments.json:
                print(row(run), flush=True)
                for complaint in run.complaints:
                    print(f"     {complaint}", flush=True)
    if arguments.json:
        print(json.dumps([as_dict(run) for run in runs], indent=1))
    return int(any(run.complaints for run in runs))


HEAD = (
    f"{'lesson':<26} {'CPU s':>5} {'clock s':>7} {'peak MB':>7} {'exercises':>9} {'quiz':>4} "
    f"{'controls':>8} {'nbval':>7}  verdict"
)


def row(run):
    """Write how a lesson did as one line under `HEAD`."""
    name = f"{run.lesson.number} {run.lesson.title}"[:26]
    proven, total = run.exercises
    return (
        f"{name:<26} {run.seconds:5.0f} {run.wall:7.0f} {run.peak_mb:7.0f} "
        f"{f'{proven} of {total}':>9} "
        f"{run.quiz:4d} {run.widgets:8d} {run.nbval or '-':>7}  {run.verdict}"
    )


def as_dict(run):
    """Give how a lesson did as plain values, for JSON."""
    return {
        "lesson": run.lesson.number,
        "seconds": round(run.seconds, 1),
        "wall_seconds": round(run.wall, 1),
        "peak_mb": round(run.peak_mb),
        "exercises_proven": run.exercises[0],
        "exercises": run.exercises[1],
        "quiz_questions": run.quiz,
        "controls": run.widgets,
        "nbval": run.nbval,
        "verdict": run.verdict,
        "complaints": run.complaints,
    }


def _refresh(arguments):
    from .lessons import lessons
    from .refresh import refresh

    for lesson in lessons(arguments.numbers):
        took = refresh(lesson)
        print(
            f"{lesson.number} {lesson.title}: {took.seconds:.0f} s of the processor, "
            f"{took.wall:.0f} s by the clock, {took.peak_mb:.0f} MB; its box "
            f"says {lesson.costs['seconds']} s, {lesson.costs['peak_mb']} MB.",
            flush=True,
        )


def _new(arguments):
    from .new_lesson import new_lesson

    files = new_lesson(arguments.name)
    print("Written, run once, and in good form:", *(f"  {file}" for file in files), sep="\n")
    print("`lowres lessons table --write README.md` puts it into the table.")


def _check(arguments):
    from .lessons import FOLDER, lessons
    from .links import broken_links
    from .lint import lint

    complaints = [complaint for lesson in lessons() for complaint in lint(lesson.path)]
    complaints += broken_links(FOLDER.parent)
    print("\n".join(complaints) or "All lessons are in good form.")
    return int(bool(complaints))


def _table(arguments):
    from ..places import write_text
    from .lessons import lesson_table, with_table

    if not arguments.write:
        print(lesson_table())
        return
    path = Path(arguments.write)
    write_text(path, with_table(path.read_text(encoding="utf-8"), lesson_table()))
