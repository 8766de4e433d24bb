"""The table of the benchmark, in Markdown."""

import contextlib
import platform
import statistics
from dataclasses import dataclass, field
from pathlib import Path

OURS = "LiteRT int8"
# An answer that takes so much more processor time than wall time had more than one thread.
ONE_THREAD = 1.2


@dataclass
class Row:
    """One runtime on one network.

    Attributes
    ----------
    runtime : str
        Name and precision.
    run_mb, make_mb : tuple
        MB to download and on disk, to run a made file, and to make it from a torch network.
    size_kb : float
        Size of the file.
    start_s, process_mb : float
        Until the first answer; peak memory of the whole process then.
    ms, cpu_ms : list of float
        Wall and processor time of each answer.
    accuracy : float
        Share of right answers.
    error : str
        Why there is no measurement; "" if there is.
    """

    runtime: str
    run_mb: tuple = (0.0, 0.0)
    make_mb: tuple = (0.0, 0.0)
    size_kb: float = float("nan")
    start_s: float = float("nan")
    process_mb: float = float("nan")
    ms: list = field(default_factory=list)
    cpu_ms: list = field(default_factory=list)
    accuracy: float = float("nan")
    error: str = ""

    @property
    def median(self):
        """Median milliseconds of an answer."""
        return statistics.median(self.ms)


HEAD = (
    "| runtime | time, quartiles | to LiteRT int8 | of peak | file | memory | first answer after "
    "| accuracy |",
    "|---|---|---|---|---|---|---|---|",
)


def network_table(name, rows, multiply_adds, peak):
    """Table of one network.

    Parameters
    ----------
    name : str
        What the network is called.
    rows : list of Row
        Runtimes; the failed ones come last.
    multiply_adds : int
        For one answer.
    peak : float or None
        Multiply-adds a second that the processor did in a large int8 product, where known.

    Returns
    -------
    str
    """
    ok = sorted((row for row in rows if not row.error), key=lambda row: row.median)
    ours = next((row.median for row in ok if row.runtime == OURS), None)
    lines = [f"**{name}**, {multiply_adds / 1e6:.0f} million multiply-adds", "", *HEAD]
    for row in ok:
        low, _, high = statistics.quantiles(row.ms, n=4) if len(row.ms) > 1 else 3 * row.ms
        of_peak = ""
        if peak and "int8" in row.runtime:
            of_peak = f"{100 * multiply_adds / (row.median / 1e3) / peak:.0f} %"
        cells = (
            f"**{row.runtime}**" if row.runtime == OURS else row.runtime,
            f"{row.median:.2f} ms ({low:.2f} to {high:.2f})",
            "" if ours is None else f"{row.median / ours:.2f} x",
            of_peak,
            f"{row.size_kb:,.0f} kB",
            f"{row.process_mb:.0f} MB",
            f"{row.start_s:.2f} s",
            f"{100 * row.accuracy:.1f} %",
        )
        lines.append("| " + " | ".join(cells) + " |")
    for row in rows:
        if row.error:
            lines.append(f"| {row.runtime} | not measured: {row.error.replace('|', '/')} |")
    return "\n".join([*lines, "", *_remarks(ok, ours)])


def _remarks(rows, ours):
    """Where a peer wins, say so; where somebody used a second thread, say that too."""
    told = []
    for row in rows:
        if ours is not None and row.median < ours:
            told.append(f"{row.runtime} is {ours / row.median:.2f} times as fast as {OURS}.")
        cpu = statistics.median(row.cpu_ms) / row.median
        if cpu > ONE_THREAD:
            told.append(f"{row.runtime} used {cpu:.1f} threads: its time is not comparable.")
    mine = next((row for row in rows if row.runtime == OURS), None)
    if mine is not None:
        for what, unit, better in (
            ("size_kb", "file", min),
            ("process_mb", "memory", min),
            ("accuracy", "accuracy", max),
        ):
            best = better(getattr(row, what) for row in rows)
            if best != getattr(mine, what):
                first = next(row.runtime for row in rows if getattr(row, what) == best)
                told.append(f"Best {unit}: {first}.")
    if not told and ours is not None:
        told = [f"{OURS} is best in each column."]
    return [" ".join(told), ""]


def setting(pins):
    """Say on which processor, with which Python and versions, one thread each."""
    name = platform.processor() or platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line for line in lines if line.startswith("model name")).split(":")[1].strip()
    versions = ", ".join(f"{package} {version}" for package, version in pins.items())
    return (
        f"{name}, {platform.system()}, Python {platform.python_version()}; one thread; {versions}; "
        "torch and LiteRT as pinned by the kit. Times: median and quartiles of warm answers, all "
        "runtimes in turn. Memory: the whole process until its first answer.\n"
    )


def install_table(rows):
    """What each runtime costs to install: MB to download, and on disk."""
    lines = [
        "| to install, MB download / disk | to run a made file | to make it from a torch network |",
        "|---|---|---|",
    ]
    seen = {row.runtime: row for row in rows if not row.error}
    for name, row in seen.items():
        run, make = (f"{mb[0]:.0f} / {mb[1]:.0f}" for mb in (row.run_mb, row.make_mb))
        lines.append(f"| {name} | {run} | {make} |")
    return "\n".join([*lines, ""])


def peak_line(peak):
    """Say what the shares of the peak refer to."""
    if not peak:
        return "The processor's peak could not be measured.\n"
    return (
        f"Peak: {peak / 1e9:.0f} thousand million multiply-adds a second, the best that one thread "
        "did in a large int8 matrix product (LiteRT), taken in turn with the runtimes.\n"
    )
