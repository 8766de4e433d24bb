"""Run the labs on this board with papermill, in order, each in a folder of its own.

    python run.py --runtime litert --out results             each lab must pass
    python run.py --runtime litert --out results --broken    and each fault of broken.toml be told

Writes OUT/lab-N.ipynb (of a fault: OUT/broken-NN.ipynb) with what was seen, and OUT/results.json.
The exit code is 0 if all went as it must, else 1.
"""

import argparse
import json
import os
import shutil
import sys
import time
import tomllib
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

import papermill
from papermill.exceptions import PapermillExecutionError

HERE = Path(__file__).resolve().parent
KERNELS = {"litert": "lowres-litert", "tflite": "lowres-tflite"}


@dataclass(frozen=True)
class Result:
    """One run of a lab.

    Attributes
    ----------
    lab : int
        Its number.
    runtime : str
        "litert" or "tflite".
    broken : str
        What was broken on purpose; "" if nothing.
    passed : bool
        Whether the lab passed; if something was broken, whether it failed in the right words.
    seconds : float
        How long it took.
    said : str
        The sentence at which it stopped; "" if it went to its end.
    """

    lab: int
    runtime: str
    broken: str
    passed: bool
    seconds: float
    said: str


def main(arguments=None):
    """Run the command line; return the exit code."""
    chosen = _parser().parse_args(arguments)
    out = Path(chosen.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    given = {
        "pack": f"{chosen.demo}/pack.zip",
        "photos": f"{chosen.demo}/photos",
        "runtime": chosen.runtime,
        "emulated": chosen.emulated,
        **dict(one.split("=", 1) for one in chosen.set),
    }
    results = []
    for title, notebook, changed, expected in _jobs(chosen, given, out):
        result = run_lab(notebook, out, title, chosen.runtime, given | changed, expected)
        results.append(result)
        # After each, so that a board that stops leaves the results so far.
        text = json.dumps([asdict(one) for one in results], indent=1, ensure_ascii=False)
        (out / "results.json").write_text(text + "\n", "utf-8")
        what = f" with {result.broken}" if result.broken else ""
        told = "as it must" if result.passed else f"NOT AS IT MUST: {result.said or 'no failure'}"
        print(f"lab {result.lab}{what}: {told} ({result.seconds:.0f} s)", flush=True)
    return int(not all(result.passed for result in results) or not results)


def run_lab(notebook, out, title, runtime, parameters, expected=None):
    """Run one lab.

    Parameters
    ----------
    notebook : pathlib.Path
        The lab.
    out : pathlib.Path
        Folder for what comes out.
    title : str
        Of the notebook that is written there.
    runtime : str
        Which kernel, one of `KERNELS`.
    parameters : dict
        Those that the lab does not have are left out.
    expected : dict, optional
        Entry of broken.toml: the lab must fail, and say these words.

    Returns
    -------
    Result
    """
    number = int(notebook.name.split("-")[1])
    work = out / "work" / title
    shutil.rmtree(work, ignore_errors=True)  # what an earlier run left may hide a fault
    work.mkdir(parents=True)
    known = papermill.inspect_notebook(str(notebook))
    told = {name: value for name, value in parameters.items() if name in known}
    # Jupyter starts a lab in the labs' folder, which holds their helpers; here it runs elsewhere.
    places = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if str(HERE) not in places:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), *filter(None, places)])
    started, said = time.monotonic(), ""
    try:
        papermill.execute_notebook(
            str(notebook), str(out / f"{title}.ipynb"), parameters=told, progress_bar=False,
            kernel_name=KERNELS[runtime], cwd=str(work), start_timeout=300,
        )  # fmt: skip
    except PapermillExecutionError as error:
        said = f"{error.ename}: {error.evalue}"
    except Exception as error:  # a kernel that dies or never starts is a result as well
        said = f"{type(error).__name__}: {error}"
    words = expected["says"] if expected else []
    # A failure must be one of the kit's sentences: a NameError that holds the word is none.
    passed = (said.startswith("KitError: ") or "Problem: " in said) and all(
        word in said for word in words
    )
    passed = passed if expected else not said
    broken = expected["broken"] if expected else ""
    return Result(number, runtime, broken, passed, round(time.monotonic() - started, 1), said)


def _jobs(chosen, given, out):
    """Title, notebook, changed parameters and expected failure of each run."""
    labs = {int(path.name.split("-")[1]): path for path in sorted(HERE.glob("lab-*.ipynb"))}
    for number, path in labs.items():
        if chosen.labs is None or number in chosen.labs:
            yield f"lab-{number}", path, {}, None
    if chosen.broken is None:
        return
    faults = tomllib.loads((HERE / "broken.toml").read_text("utf-8"))["fault"]
    made = altered_packs(Path(given["pack"]), out)
    tried = set()
    for position, fault in enumerate(faults, 1):
        if chosen.first and fault["lab"] in tried:
            continue
        tried.add(fault["lab"])
        if fault["lab"] in (chosen.broken or labs) and not (chosen.quick and fault.get("slow")):
            changed = {name: made.get(value, value) if isinstance(value, str) else value
                       for name, value in fault["parameters"].items()}  # fmt: skip
            yield f"broken-{position:02}", labs[fault["lab"]], changed, fault


def altered_packs(pack, out):
    """Make bad copies of a pack; return their paths by the names that broken.toml gives them."""
    with zipfile.ZipFile(pack) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    model = bytearray(files["model.tflite"])
    model[len(model) // 2] ^= 0xFF
    # A pack of another model: whole by its checksums, but its checks expect other answers.
    manifest = json.loads(files["manifest.json"])
    for outputs in manifest["checks"].values():
        outputs.reverse()
    bad = {
        "ALTERED PACK": files | {"model.tflite": bytes(model)},
        "PACK THAT ANSWERS OTHERWISE": files | {"manifest.json": json.dumps(manifest).encode()},
    }
    paths = {}
    for number, (name, content) in enumerate(bad.items()):
        paths[name] = str(out / f"bad-{number}.zip")
        with zipfile.ZipFile(paths[name], "w", zipfile.ZIP_DEFLATED) as archive:
            for one, data in content.items():
                archive.writestr(one, data)
    return paths


def _parser():
    parser = argparse.ArgumentParser(description="Run the hardware labs on this board.")
    parser.add_argument("--runtime", choices=KERNELS, required=True)
    parser.add_argument("--out", required=True, metavar="DIR", help="where the results go")
    parser.add_argument("--emulated", action="store_true", help="this board is an emulated one")
    parser.add_argument("--labs", type=int, nargs="*", metavar="N", help="these alone, or none")
    parser.add_argument(
        "--broken", type=int, nargs="*", metavar="N",
        help="then the faults of broken.toml; those of labs N alone",
    )  # fmt: skip
    parser.add_argument("--first", action="store_true", help="the first fault of each lab alone")
    parser.add_argument("--quick", action="store_true", help="without the faults marked as slow")
    parser.add_argument(
        "--demo", default="/opt/lowres/demo", metavar="DIR", help="holds pack.zip and photos/"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=TEXT", help="a parameter of the labs"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
