"""PyTorch itself: eager, and compiled by torch.compile with its weights frozen."""

import os
from pathlib import Path

os.environ["TORCHINDUCTOR_FREEZING"] = "1"  # without it the compiled network is twice as slow
os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"

import worker


def weights(work):
    """The file that `lowres train` wrote."""
    return work / "classifier" / "weights.pt"


def load(path, variant):
    """Open the classifier; channels last is the faster order of memory for both variants."""
    import torch

    from lowres_kit.learn import Classifier

    torch.set_num_threads(1)
    model = Classifier.load(Path(path).parent).model.eval().to(memory_format=torch.channels_last)
    if variant == "compile":
        model = torch.compile(model)

    def prepare(photo):
        # A view: in memory this is channels last already.
        return torch.from_numpy(worker.scaled(photo)).permute(0, 3, 1, 2)

    def answer(x):
        with torch.inference_mode():
            return model(x).numpy()

    return prepare, answer


if __name__ == "__main__":
    worker.main({"eager": weights, "compile": weights}, load)
