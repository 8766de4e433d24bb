"""Full-integer int8: weights, biases and everything that flows between layers as whole numbers.

Weights are known, so their scales are too. How large the numbers between the layers become is
not known before photos went through: that is *calibration*. Here it takes the smallest and the
largest number of each tensor over all calibration photos. The moving average that the quantizer
package takes by default ends up too narrow, and clips.

`to_dynamic_int8` makes the other kind of int8 file, which needs no calibration, and which one
runtime computes wrongly without a word: see `as_the_old_runtime_reads`.

What the int8 kernels cannot compute (a bias that overflows, a step that is too fine) is mended
before: see `within_limits`.
"""

import contextlib
import io
import warnings

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from ...errors import KitError
from ...progress import progress_bar
from ..to_tflite.flatbuffer import AlignedBuffer, pack

# Photos arrive as (pixel - 127) / 128, for pixels from 0 to 255: known, so not left to chance.
# It makes the input's scale 1/128 and its zero point -1: an int8 input is pixel - 128.
PIXELS = (-127 / 128, 1.0)


LARGEST = 2**30  # a bias has 32 bits; half of its range is left for the sum that it is added to
# One step of a layer's output, in steps of the sum (input step * weight step): the fast kernels
# refuse less than 1 / 256 and more than 2**32.
COARSEST, FINEST = 128, 2.0**-31
MOVING = ("PAD", "RESHAPE", "TRANSPOSE", "MAX_POOL_2D")  # keep the scale of their input
NARROWEST = 1e-3  # a range, where a tensor did not move at all


def to_int8(float_tflite, photos):
    """Quantize a picture model, with the ranges that photos show.

    Parameters
    ----------
    float_tflite : bytes
        A float32 model from `to_tflite`.
    photos : numpy.ndarray
        uint8, ``(n, size, size, 3)``: a hundred photos like those to come. They need no labels.

    Returns
    -------
    bytes
        The int8 model. Its input is int8 with scale 1/128 and zero point -1, so that an input is
        ``pixel - 128``; its output is int8, as many steps as fit the scores that were seen.

    Raises
    ------
    KitError
        If there are no photos, or they do not fit the model.
    """
    return with_ranges(float_tflite, photo_ranges(float_tflite, photos))


def photo_ranges(float_tflite, photos):
    """Calibrate with photos, uint8 ``(n, size, size, 3)``; otherwise as `activation_ranges`."""
    photos = np.asarray(photos)
    if photos.dtype != np.uint8 or photos.ndim != 4:
        raise KitError(
            f"Calibration takes photos of whole numbers 0 to 255, (n, size, size, 3), not an "
            f"array of {photos.dtype} with shape {photos.shape}."
        )
    ranges = activation_ranges(float_tflite, photos, lambda x: (x - np.float32(127)) / 128)
    first = next(iter(ranges))
    return {**ranges, first: PIXELS}


def activation_ranges(float_tflite, inputs, prepare=lambda x: x):
    """Run a float model and note the smallest and largest number of each tensor.

    Parameters
    ----------
    float_tflite : bytes
        A float32 model with one input.
    inputs : numpy.ndarray
        ``(n, …)``: one input after another.
    prepare : callable
        Turns one of them into what the model takes.

    Returns
    -------
    dict of str to tuple of float
        Tensor name to (smallest, largest), from the input to the output, in the order in which
        they are computed.

    Raises
    ------
    KitError
        If there are no inputs, or they do not fit the model.
    """
    if not len(inputs):
        raise KitError("Calibration needs at least one photo; a hundred are better.")

    interpreter = _interpreter_that_keeps_all(float_tflite)
    entry = interpreter.get_input_details()[0]
    computed = _computed(parse(float_tflite))
    tensors = {detail["name"]: detail["index"] for detail in interpreter.get_tensor_details()}
    low = dict.fromkeys(computed, np.inf)
    high = dict.fromkeys(computed, -np.inf)
    for one in progress_bar(inputs, "Calibrating"):
        x = np.asarray(prepare(one), np.float32)[None]
        if x.shape != tuple(entry["shape"]):
            raise KitError(
                f"The model takes inputs of shape {tuple(map(int, entry['shape'][1:]))}, not "
                f"{x.shape[1:]}; read the photos at the model's size."
            )
        interpreter.set_tensor(entry["index"], x)
        interpreter.invoke()
        for name in computed:
            values = interpreter.get_tensor(tensors[name])
            low[name] = min(low[name], float(values.min()))
            high[name] = max(high[name], float(values.max()))
    return {name: (low[name], high[name]) for name in computed}


def with_ranges(float_tflite, ranges):
    """Quantize a float model with given ranges.

    Parameters
    ----------
    float_tflite : bytes
        The float32 model.
    ranges : dict of str to tuple of float
        For each computed tensor (smallest, largest), as `activation_ranges` gives it.

    Returns
    -------
    bytes
        The int8 model, without what the runtimes do not read (see `deduplicate_buffers`).
    """
    from ai_edge_quantizer import recipe

    from ..to_tflite.deduplicate_buffers import deduplicate_buffers

    float_tflite, ranges = within_limits(float_tflite, ranges)
    seen = {
        name: {"min": np.array(low, np.float32), "max": np.array(high, np.float32)}
        for name, (low, high) in ranges.items()
    }
    return deduplicate_buffers(_quantized(float_tflite, recipe.static_wi8_ai8(), seen))


def to_dynamic_int8(float_tflite):
    """Keep the weights as int8 and compute the rest from floats at run time ("dynamic range").

    No calibration is needed, and size and accuracy are nearly those of `to_int8`. But each
    linear layer gets one scale a channel, and tflite-runtime 2.14 computes that wrongly without
    a word. So this is for comparison; do not ship it.

    Parameters
    ----------
    float_tflite : bytes
        The float32 model.

    Returns
    -------
    bytes
    """
    from ai_edge_quantizer import recipe

    return _quantized(float_tflite, recipe.dynamic_wi8_afp32())


def as_the_old_runtime_reads(dynamic_tflite):
    """Give the model that tflite-runtime 2.14 makes of a file by `to_dynamic_int8`.

    That runtime looks for *one* scale of a linear layer's weights. Where it finds one a channel,
    it takes 0 instead: every weight becomes 0, and what is left is the bias. So the model gives
    the same answer to every photo.

    Parameters
    ----------
    dynamic_tflite : bytes
        A file by `to_dynamic_int8`.

    Returns
    -------
    bytes
        A file that gives, on a runtime that computes rightly, what the old one gives for the
        other file.
    """
    model = parse(dynamic_tflite)
    for name, _, weight, _, _ in weighed(model):
        if name == "FULLY_CONNECTED" and len(weight.quantization.scale) > 1:
            buffer = model.buffers[weight.buffer]
            buffer.data = np.zeros_like(buffer.data)
    return packed(model)


def _quantized(float_tflite, recipe, seen=None):
    from ai_edge_quantizer import quantizer

    # The package tells of its progress on standard error; ours is shown while calibrating.
    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        job = quantizer.Quantizer(bytearray(float_tflite), recipe)
        done = job.quantize(seen, enable_progress_bar=False, enable_progress_report=False)
    return bytes(done.quantized_model)


def _interpreter_that_keeps_all(float_tflite):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of the memory that keeping all takes
        interpreter = Interpreter(
            model_content=float_tflite,
            num_threads=1,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            experimental_preserve_all_tensors=True,
        )
    interpreter.allocate_tensors()
    return interpreter


def _computed(model):
    """Names of the tensors of the first graph that are no constants, in order of computation."""
    graph = model.subgraphs[0]
    order = [*graph.inputs, *(index for operator in graph.operators for index in operator.outputs)]
    return [graph.tensors[index].name.decode() for index in order]


def within_limits(float_tflite, ranges):
    """Mend what the int8 kernels cannot compute: model and ranges, hardly changed.

    A bias counts in steps of (input step * weight step). In a channel of weights that are all
    nearly zero (ImageNet's network has some, and pruning makes more) these steps are so small
    that the bias overflows and is lost; so the largest weight of such a channel is lifted, still
    far below all that matters. And where a tensor hardly moved in calibration, its range is
    widened until one of its steps is not too fine for the sums that go into it.
    """
    model = parse(float_tflite)
    ranges = {name: (low, max(high, low + NARROWEST)) for name, (low, high) in ranges.items()}
    for kind, source, weight, bias, output in weighed(model):
        if weight.buffer == 0:
            continue
        buffer = model.buffers[weight.buffer]
        values = np.frombuffer(bytes(buffer.data), np.float32).reshape(weight.shape).copy()
        channels = np.moveaxis(values, 3 if kind == "DEPTHWISE_CONV_2D" else 0, 0)
        largest = np.abs(channels).max(axis=(1, 2, 3)[: values.ndim - 1])
        step_in, low, high = _step(ranges[source]), *ranges[output]
        ranges[output] = low, max(high, 255 * step_in * largest.max() / 127 / COARSEST + low)
        needed = np.full(len(channels), _step(ranges[output]) * FINEST)
        if bias is not None:
            biases = np.frombuffer(bytes(model.buffers[bias.buffer].data), np.float32)
            needed = np.maximum(needed, np.abs(biases) / LARGEST)
        for channel in np.flatnonzero(largest < 127 * needed / step_in):
            place = np.unravel_index(np.abs(channels[channel]).argmax(), channels.shape[1:])
            lifted = 127 * needed[channel] / step_in
            channels[channel][place] = np.copysign(lifted, channels[channel][place])
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    return packed(model), ranges


def _step(span):
    return max(max(span[1], 0.0) - min(span[0], 0.0), 1e-9) / 255


def weighed(model):
    """Give for each layer with weights: its kind, its input's name, weight, bias, output's name.

    What only moves numbers around has no range of its own: the name is that of what it moves.
    """
    kinds, moving = _codes("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"), _codes(*MOVING)
    moved = {}
    tensors = model.subgraphs[0].tensors
    for operator in model.subgraphs[0].operators:
        code = model.operatorCodes[operator.opcodeIndex].builtinCode
        source, *rest = (int(index) for index in operator.inputs)
        source = moved.get(source, source)
        if code in moving:
            moved[int(operator.outputs[0])] = source
        if code not in kinds:
            continue
        bias = tensors[rest[1]] if len(rest) > 1 and rest[1] >= 0 else None
        names = (tensors[index].name.decode() for index in (source, operator.outputs[0]))
        yield kinds[code], next(names), tensors[rest[0]], bias, next(names)


def _codes(*names):
    return {getattr(schema.BuiltinOperator, name): name for name in names}


def parse(tflite):
    """Read a file into the schema's objects; each buffer holds its own data."""
    model = schema.ModelT.InitFromPackedBuf(tflite, 0)
    for i, buffer in enumerate(model.buffers):
        data = buffer.data
        if buffer.size:  # the quantizer puts some behind the tables
            data = np.frombuffer(tflite, np.uint8, buffer.size, buffer.offset)
        model.buffers[i] = AlignedBuffer(data)
    return model


def packed(model):
    """Write what `parse` read."""
    return pack(model, flatbuffers.Builder(1 << 16))
