"""The kit's files on LiteRT against what one would pick instead: the table of docs/measured.md.

    .venv/bin/python benchmarks/runtimes.py FOLDER [--models DIR DIR DIR] [--quick]

FOLDER holds real photos, one sub-folder a class; DIR are networks that `lowres train` made of
them (without, three are trained here: whole, cut at 112 and cut at 40). Each runtime is installed
into an environment of its own under the kit's cache folder (about 4 GB), makes its files from the
same torch network, and answers in a process of its own. The processes take turns on one thread,
so that whatever else the computer does hits all alike; still, let it do nothing else.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from peers.environments import PINS, environment
from peers.report import Row, install_table, network_table, peak_line, setting

from lowres_kit.errors import KitError
from lowres_kit.places import cache_folder
from lowres_kit.shrink.measure.operations import count_tflite, count_torch

ROOT = Path(__file__).resolve().parents[1]
TORCH = ("torch", "numpy")


@dataclass(frozen=True)
class Peer:
    """A runtime: its program, its precision or way, and the packages to run and to make with."""

    title: str
    program: str
    variant: str
    run: tuple
    make: tuple


ONNX = (("onnxruntime", "numpy"), ("onnxruntime", "onnx", "onnxscript", *TORCH))
EXECUTORCH = (("executorch", "torchao", *TORCH),) * 2
LITERT = (
    ("ai-edge-litert", "backports-strenum", "numpy"),
    ("ai-edge-litert", "ai-edge-quantizer", "flatbuffers", "backports-strenum", *TORCH),
)
PEERS = (
    Peer("torch eager", "torch_peer.py", "eager", TORCH, TORCH),
    Peer("torch.compile", "torch_peer.py", "compile", TORCH, TORCH),
    Peer("ONNX Runtime float", "onnx_peer.py", "float", *ONNX),
    Peer("ONNX Runtime int8", "onnx_peer.py", "int8", *ONNX),
    Peer("ExecuTorch float", "executorch_peer.py", "float", *EXECUTORCH),
    Peer("ExecuTorch int8", "executorch_peer.py", "int8", *EXECUTORCH),
    Peer("LiteRT float", "litert_peer.py", "float", *LITERT),
    Peer("LiteRT int8", "litert_peer.py", "int8", *LITERT),
)
PEAK = Peer("peak", "litert_peer.py", "product", *LITERT)


def say(line):
    """Tell on standard error what goes on; standard output is the table's alone."""
    print(line, file=sys.stderr, flush=True)


def surroundings():
    """One thread, and the kit for the programs that make files."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return os.environ | one | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}


def command(python, peer, *words):
    """The command line of a peer's program."""
    return [python, str(ROOT / "benchmarks" / "peers" / peer.program), *map(str, words)]


def make(peer, python, work):
    """Let a peer write its file; gives the path, or raises RuntimeError with the reason."""
    done = subprocess.run(
        command(python, peer, "make", work, peer.variant),
        env=surroundings(),
        capture_output=True,
        text=True,
        check=False,
    )
    log = work / f"{peer.title}.log".replace(" ", "-")
    log.write_text(done.stderr, encoding="utf-8")
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(f"making its file failed (exit code {done.returncode})")
    told = json.loads(done.stdout.splitlines()[-1])
    if "error" in told:
        raise RuntimeError(told["error"])
    return Path(told["file"])


class Process:
    """A peer that waits for its turn; see `peers/worker.py` for what is said."""

    def __init__(self, peer, python, work, path):
        self.log = open(work / f"{peer.title}-run.log".replace(" ", "-"), "w", encoding="utf-8")
        self.process = subprocess.Popen(
            command(python, peer, "run", work, peer.variant, path),
            env=surroundings(),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
        )

    def hear(self):
        """The next answer; raises RuntimeError if the process has ended or failed."""
        line = self.process.stdout.readline()
        told = json.loads(line) if line else {"error": f"it ended ({self.process.wait()})"}
        if "error" in told:
            raise RuntimeError(told["error"])
        return told

    def ask(self, words):
        """Say a line and hear the answer."""
        try:
            print(words, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # the next line tells
        return self.hear()

    def close(self):
        """End the process."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()


def begin(peer, work, cache):
    """Install, make and start a peer: its row of the table, and its process (None if it failed)."""
    row, process = Row(peer.title), None
    run, made = (environment(names, cache, say) for names in (peer.run, peer.make))
    row.run_mb, row.make_mb = ((one.download_mb, one.disk_mb) for one in (run, made))
    row.error = run.error or made.error
    if row.error:
        return row, None
    try:
        path = make(peer, made.python, work)
        row.size_kb = path.stat().st_size / 1e3
        process = Process(peer, run.python, work, path)
        told = process.hear()
    except RuntimeError as error:
        row.error = str(error)
        if process:
            process.close()
        return row, None
    row.start_s, row.process_mb = told["start_s"], told["process_mb"]
    say(f"  {peer.title}: {row.size_kb:.0f} kB, first answer after {row.start_s:.1f} s")
    return row, process


def race(running, rounds):
    """Let the processes take turns; another one begins each round."""
    for turn in range(rounds):
        order = running[turn % len(running) :] + running[: turn % len(running)]
        for row, process in order:
            told = process.ask(f"go {turn}")
            row.ms.append(told["ms"])
            row.cpu_ms.append(told["cpu_ms"])


def compare(classifier, folder, cache, quick):
    """Measure all runtimes on one network.

    Returns
    -------
    tuple
        The rows, the network's multiply-adds, and the peak in multiply-adds a second (None if
        that could not be measured).
    """
    import torch
    from peers.networks import lay_out

    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        lay_out(classifier, folder, work, quick, say)
        labels = np.load(work / "labels.npy")
        started = [begin(peer, work, cache) for peer in (*PEERS, PEAK)]
        running = [(row, process) for row, process in started if process]
        try:
            race(running, 10 if quick else 100)
            for row, process in running:
                if row is not started[-1][0]:
                    answers = np.array(process.ask("all")["answers"])
                    row.accuracy = float((answers == labels).mean())
        finally:
            for _, process in running:
                process.close()
        rows, product = [row for row, _ in started[:-1]], started[-1][0]
        peak = None
        if product.ms:
            count = count_tflite((work / "product.tflite").read_bytes()).multiply_adds
            peak = count / (min(product.ms) / 1e3)
        elif product.error:
            say(f"  The processor's peak was not measured: {product.error}")
    x = torch.zeros(1, 3, classifier.size, classifier.size)
    return rows, count_torch(classifier.model, x).multiply_adds, peak


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", nargs="+", metavar="DIR")
    parser.add_argument("--quick", action="store_true", help="few photos and runs, to try it out")
    arguments = parser.parse_args()
    from peers.networks import given, trained  # torch loads here, not for --help

    cache = cache_folder() / "peers"
    models = (
        given(arguments.models)
        if arguments.models
        else trained(arguments.folder, arguments.quick, cache, say)
    )
    found = {}
    for name, classifier in models.items():
        say(name)
        found[name] = compare(classifier, arguments.folder, cache, arguments.quick)
    peak = max((peak for *_, peak in found.values() if peak), default=None)
    if arguments.quick:
        print("Quick: few photos and few runs; to see that it works, not to quote.\n")
    print(setting(PINS))
    for name, (rows, multiply_adds, _) in found.items():
        print(network_table(name, rows, multiply_adds, peak))
    print(peak_line(peak))
    print(install_table([row for rows, *_ in found.values() for row in rows]))


if __name__ == "__main__":
    try:
        main()
    except KitError as error:
        sys.exit(f"runtimes.py: {error}")
