"""Run .tflite files on tflite-runtime, in its own Python: INPUTS.npz OUTPUTS.npz MODEL …

INPUTS.npz holds for each model an array "0", "1", …, of several inputs in the model's own kind of
number; OUTPUTS.npz gets the raw outputs under the same names. A model that cannot be run leaves
an array of text there, the reason. With --reference, plain reference operators compute.
"""

import sys

import numpy as np
from tflite_runtime.interpreter import Interpreter, OpResolverType


def run(path, inputs, resolver):
    interpreter = Interpreter(
        model_path=path, num_threads=1, experimental_op_resolver_type=resolver
    )
    interpreter.allocate_tensors()
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    outputs = []
    for x in inputs:
        interpreter.set_tensor(taken["index"], x.reshape(taken["shape"]))
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(given["index"])[0])
    return np.stack(outputs)


def main(inputs, outputs, *models):
    resolver = OpResolverType.AUTO
    if models[-1] == "--reference":
        models, resolver = models[:-1], OpResolverType.BUILTIN_REF
    found = {}
    with np.load(inputs, allow_pickle=False) as given:
        for number, path in enumerate(models):
            try:
                found[str(number)] = run(path, given[str(number)], resolver)
            except (ValueError, RuntimeError) as error:
                found[str(number)] = np.array(str(error))
    np.savez(outputs, **found)


main(*sys.argv[1:])
