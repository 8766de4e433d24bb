"""LiteRT, with the files that the kit makes; and how fast the processor multiplies 8-bit numbers.

Made with the kit; run with ai-edge-litert and NumPy alone.
"""

import numpy as np
import worker

PEAK_SIDE, PEAK_CHANNELS, PEAK_LAYERS = 56, 512, 4


def network(work):
    """Write the float network with the kit's own writer."""
    from lowres_kit.learn import Classifier
    from lowres_kit.shrink import to_tflite

    classifier = Classifier.load(work / "classifier")
    path = work / "float.tflite"
    path.write_bytes(to_tflite(classifier.model, classifier.size))
    return path


def quantized(work):
    """Quantize the float network with the calibration photos."""
    from lowres_kit.shrink import to_int8

    path = work / "int8.tflite"
    path.write_bytes(to_int8(network(work).read_bytes(), np.load(work / "calibration.npy")))
    return path


def product(work):
    """Write a network that is one large matrix product after another, in int8.

    1x1 convolutions over many pixels: a matrix of 784 x 512 numbers times one of 512 x 512, four
    times. Nothing that a network does is easier for a processor.
    """
    import torch
    from torch import nn

    from lowres_kit.shrink import to_int8, to_tflite

    torch.manual_seed(0)
    layers = [nn.Conv2d(3, PEAK_CHANNELS, 3, stride=2, padding=1)]
    layers += [nn.Conv2d(PEAK_CHANNELS, PEAK_CHANNELS, 1) for _ in range(PEAK_LAYERS)]
    model = nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(PEAK_CHANNELS, 2)
    )
    photos = np.random.default_rng(0).integers(0, 256, (8, PEAK_SIDE, PEAK_SIDE, 3), dtype=np.uint8)
    path = work / "product.tflite"
    path.write_bytes(to_int8(to_tflite(model.eval(), PEAK_SIDE), photos))
    return path


def load(path, variant):
    """Open a file of any variant."""
    from ai_edge_litert.interpreter import Interpreter

    model = Interpreter(path, num_threads=1)
    model.allocate_tensors()
    given, gives = model.get_input_details()[0], model.get_output_details()[0]["index"]

    def prepare(photo):
        if variant == "product":
            return np.zeros(given["shape"], given["dtype"])
        if given["dtype"] == np.float32:
            return worker.scaled(photo)
        return (photo.astype(np.int16) - 128).astype(np.int8)[None]

    def answer(x):
        model.set_tensor(given["index"], x)
        model.invoke()
        return model.get_tensor(gives)[0]

    return prepare, answer


if __name__ == "__main__":
    worker.main({"float": network, "int8": quantized, "product": product}, load)
