"""ONNX Runtime: float, and int8 by static quantization (QDQ, per channel, min-max).

Made with torch, onnx and onnxscript; run with onnxruntime and NumPy alone.
"""

import worker


def network(work):
    """Write the float network as ONNX."""
    import torch

    from lowres_kit.learn import Classifier

    classifier = Classifier.load(work / "classifier")
    path = work / "float.onnx"
    x = torch.zeros(1, 3, classifier.size, classifier.size)
    program = torch.onnx.export(classifier.model, (x,), input_names=["image"], dynamo=True)
    program.save(str(path), external_data=False)
    return path


def quantized(work):
    """Quantize the float network with the calibration photos."""
    import numpy as np
    from onnxruntime.quantization import (
        CalibrationDataReader,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Photos(CalibrationDataReader):
        def __init__(self):
            self.rest = iter(np.load(work / "calibration.npy"))

        def get_next(self):
            photo = next(self.rest, None)
            return None if photo is None else {"image": _input(photo)}

    ready, path = work / "ready.onnx", work / "int8.onnx"
    quant_pre_process(str(network(work)), str(ready))
    quantize_static(
        str(ready),
        str(path),
        Photos(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,  # on x86-64 three times as fast as QInt8
        weight_type=QuantType.QInt8,
    )
    return path


def _input(photo):
    return worker.scaled(photo).transpose(0, 3, 1, 2).copy()


def load(path, _):
    """Open a file of either variant."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return _input, lambda x: session.run(None, {"image": x})[0]


if __name__ == "__main__":
    worker.main({"float": network, "int8": quantized}, load)
