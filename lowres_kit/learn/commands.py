"""`lowres train` and `lowres evaluate`."""

import json
import time
from argparse import SUPPRESS

from ..arguments import number, seed
from ..progress import teller


def add_commands(subparsers):
    """Add the room's commands to the parser of ``lowres``."""
    train = subparsers.add_parser(
        "train",
        help="train a classifier on a folder of photos",
        description="Train a classifier on a folder with one sub-folder of photos a class. "
        "Cut short by Ctrl-C or a power cut, the same command goes on where it was.",
    )
    train.add_argument("folder", help="folder of classes, or the name of a data set of the kit")
    train.add_argument("--out", required=True, help="folder that the classifier is written to")
    train.add_argument(
        "--profile",
        choices=("quick", "full"),
        default="quick",
        help="quick: small pictures, few rounds; full: the best that minutes can buy",
    )
    train.add_argument(
        "--seed", type=seed, default=0, help="random seed of the splits and the training"
    )
    train.add_argument(
        "--held-out",
        type=number(0, 0.5),
        default=0.2,
        metavar="SHARE",
        help="share of the photos that only the final test sees (default 0.2; 0: none)",
    )
    # What it was called in version 0.1.
    train.add_argument(
        "--kept-apart", dest="held_out", type=number(0, 0.5), default=SUPPRESS, help=SUPPRESS
    )
    train.add_argument(
        "--upright",
        action="store_true",
        help="the things have an up and a down (a meter, a page): never turn or mirror them",
    )
    train.add_argument(
        "--from-scratch",
        action="store_true",
        help="do not start from ImageNet's weights (to see what they are worth)",
    )
    train.add_argument("--json", action="store_true", help="print the result for a program")
    train.set_defaults(run=_train)

    evaluate = subparsers.add_parser(
        "evaluate", help="test a classifier on a folder of photos with known classes"
    )
    evaluate.add_argument("model", help="folder that `lowres train` wrote")
    evaluate.add_argument("folder", help="folder of classes")
    evaluate.add_argument("--json", action="store_true", help="print the result for a program")
    evaluate.set_defaults(run=_evaluate)


def _train(arguments):
    from .job import train_folder

    trained = train_folder(
        arguments.folder,
        arguments.out,
        arguments.profile,
        arguments.seed,
        arguments.held_out,
        arguments.upright,
        not arguments.from_scratch,
        say=teller(arguments.json),
    )
    if arguments.json:
        result = {
            "chosen": trained.chosen,
            "validation": trained.validation,
            "probes": trained.probes,
            "trials": trained.trials,
            "photos": trained.counts,
            **_numbers(trained.evaluation),
            "seconds": round(trained.seconds, 1),
            "peak_memory_mb": round(trained.memory_mb),
        }
        print(json.dumps(result, indent=1))
        return
    print("\nOn the validation photos:")
    for name, score in trained.validation.items():
        mark = "  <- kept" if name == trained.chosen else ""
        print(f"  {name:<22} {100 * score['accuracy']:5.1f} %, loss {score['loss']:.3f}{mark}")
    print(
        "\nOn the test photos:" if trained.evaluation else "\nNo photos were held out to test on."
    )
    if trained.evaluation:
        print(trained.evaluation)
    print(
        f"\nWritten to {arguments.out} in {trained.seconds:.0f} s, "
        f"with at most {trained.memory_mb:.0f} MB of memory."
    )


def _evaluate(arguments):
    from .evaluation import peak_memory_mb
    from .job import evaluate_folder

    started = time.perf_counter()
    evaluation = evaluate_folder(arguments.model, arguments.folder, teller(arguments.json))
    if not arguments.json:
        print(evaluation)
        return
    result = {
        **_numbers(evaluation),
        "seconds": round(time.perf_counter() - started, 1),
        "peak_memory_mb": round(peak_memory_mb()),
    }
    print(json.dumps(result, indent=1))


def _numbers(evaluation):
    if evaluation is None:
        return {"accuracy": None}
    return {
        "accuracy": round(evaluation.accuracy, 4),
        "accuracy_interval": [round(end, 4) for end in evaluation.interval],
        "tested": evaluation.tested,
        "class_names": list(evaluation.class_names),
        "confusion": evaluation.confusion.tolist(),
    }
