"""ExecuTorch with XNNPACK: float, and int8 by PT2E quantization (static, per channel)."""

import worker


def exported(work):
    """The network as torch exports it, and one input."""
    import torch

    from lowres_kit.learn import Classifier

    classifier = Classifier.load(work / "classifier")
    x = (torch.zeros(1, 3, classifier.size, classifier.size),)
    return torch.export.export(classifier.model, x), x


def network(work):
    """Write the float program."""
    return _lower(exported(work)[0], work / "float.pte")


def quantized(work):
    """Quantize with the calibration photos, and write the program."""
    import numpy as np
    import torch
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    program, x = exported(work)
    recipe = get_symmetric_quantization_config(is_per_channel=True)
    prepared = prepare_pt2e(program.module(), XNNPACKQuantizer().set_global(recipe))
    with torch.no_grad():
        for photo in np.load(work / "calibration.npy"):
            prepared(_input(photo))
    return _lower(torch.export.export(convert_pt2e(prepared), x), work / "int8.pte")


def _lower(program, path):
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()])
    path.write_bytes(lowered.to_executorch().buffer)
    return path


def _input(photo):
    import torch

    return torch.from_numpy(worker.scaled(photo)).permute(0, 3, 1, 2).contiguous()


def load(path, _):
    """Open a program of either variant."""
    from executorch.extension.pybindings import portable_lib
    from executorch.runtime import Runtime

    # There is no public way to one thread; the worker's processor time shows that this one works.
    portable_lib._unsafe_reset_threadpool(1)
    method = Runtime.get().load_program(path).load_method("forward")
    return _input, lambda x: method.execute([x])[0].numpy()


if __name__ == "__main__":
    worker.main({"float": network, "int8": quantized}, load)
