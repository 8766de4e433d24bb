"""Write a network with the library converter, in its own Python: WEIGHTS.pt CUT SIZE OUT.tflite"""

import sys

import litert_torch
import torch

from lowres_kit.learn.backbone import EfficientNetLite0


def main(weights, cut, size, out):
    state = torch.load(weights, weights_only=True)
    network = EfficientNetLite0(len(state["classifier.bias"]), cut)
    network.load_state_dict(state)
    picture = torch.zeros(1, 3, int(size), int(size))
    litert_torch.convert(network.eval(), (picture,)).export(out)


main(*sys.argv[1:])
