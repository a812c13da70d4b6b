"""How numpy, torch and onnxruntime are called: each yields a name, how, and a call without arguments.

Every call writes to the given output where the library can do so. Where it cannot, `how` begins with "allocates", and
the call returns the result.

A function that is not here has no rivals: to add one, it takes a line in `torch_forward`, one in `torch_backward`, and,
where ONNX has it, one in `onnx_node`. Parameters are those that simdact is called with.
"""

import math

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper

aten = torch.ops.aten
# As torch has them.
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def reduced(case):
    """The dimensions without the axis."""
    return case.dimensions[:1] + case.dimensions[2:]


def numpy_calls(case, x, dy, y):
    name = f"numpy {np.__version__}"
    cube = x.reshape(case.dimensions)
    flat, result = x.reshape(-1), y.reshape(-1)
    slices = list(cube[0])

    def leaky_relu():
        np.multiply(flat, np.float32(*case.parameters), out=result)
        np.maximum(flat, result, out=result)

    def sigmoid():
        np.negative(flat, out=result)
        np.exp(result, out=result)
        np.add(result, np.float32(1), out=result)
        np.reciprocal(result, out=result)

    def softmax():
        out = y.reshape(case.dimensions)
        np.subtract(cube, cube.max(axis=1, keepdims=True), out=out)
        np.exp(out, out=out)
        np.divide(out, out.sum(axis=1, keepdims=True), out=out)

    def maxout():
        np.max(cube, axis=1, out=y.reshape(reduced(case)))

    def maxout_slices():
        np.maximum(slices[0], slices[1], out=result)
        for later in slices[2:]:
            np.maximum(result, later, out=result)

    calls = {
        "relu": ("", lambda: np.maximum(flat, np.float32(0), out=result)),
        "leaky_relu": ("composed", leaky_relu),
        "exp": ("", lambda: np.exp(flat, out=result)),
        "tanh": ("", lambda: np.tanh(flat, out=result)),
        "sigmoid": ("composed", sigmoid),
        "softmax": ("composed", softmax),
        "maxout": ("max", maxout),
        "maxout_slices": ("maximum, again and again", maxout_slices),
    }
    if case.name in calls:
        yield name, *calls[case.name]


def torch_softmax_or_maxout(case, x, dy, y):
    cube = x.view(case.dimensions)
    match case.name:
        case "softmax":
            result = y.view(case.dimensions)
            return "", lambda: torch.softmax(cube, 1, out=result)
        case "softmax_backward":
            upstream, result = dy.view(case.dimensions), y.view(case.dimensions)
            backward = aten._softmax_backward_data.out
            return "autograd's", lambda: backward(upstream, cube, 1, torch.float32, grad_input=result)
        case "maxout":
            largest = y.view(reduced(case))
            return "amax", lambda: torch.amax(cube, 1, out=largest)
        case "maxout_slices":
            slices = list(cube[0])

            def maxout_slices():
                torch.maximum(slices[0], slices[1], out=y)
                for later in slices[2:]:
                    torch.maximum(y, later, out=y)

            return "maximum, again and again", maxout_slices


def torch_forward(name, parameters, x, y):
    """What torch's functions call, with an output: `how` names it where it is called something else."""
    nn = torch._C._nn
    match name, *parameters:
        case ["relu"]:
            return "clamp_min", lambda: torch.clamp_min(x, 0, out=y)
        case "leaky_relu", slope:
            return "", lambda: nn.leaky_relu(x, slope, out=y)
        case "rrelu", lower, upper:
            slope = (lower + upper) / 2
            return "leaky_relu", lambda: nn.leaky_relu(x, slope, out=y)
        case ["exp"]:
            return "", lambda: torch.exp(x, out=y)
        case ["tanh"]:
            return "", lambda: torch.tanh(x, out=y)
        case ["sigmoid"]:
            return "", lambda: torch.sigmoid(x, out=y)
        case ["silu"]:
            return "", lambda: nn.silu(x, out=y)
        case "swish", beta:
            return "composed", lambda: torch.mul(x, beta, out=y).sigmoid_().mul_(x)
        case ["quick_gelu"]:
            return "composed", lambda: torch.mul(x, 1.702, out=y).sigmoid_().mul_(x)
        case ["gelu"]:
            return "", lambda: nn.gelu(x, out=y)
        case ["gelu_tanh"]:
            return "", lambda: nn.gelu(x, approximate="tanh", out=y)
        case ["erf"]:
            return "", lambda: torch.erf(x, out=y)
        case "elu", alpha:
            return "", lambda: nn.elu(x, alpha, out=y)
        case "celu", alpha:
            return "elu", lambda: nn.elu(x, alpha, 1, 1 / alpha, out=y)
        case ["selu"]:
            return "elu", lambda: nn.elu(x, SELU_ALPHA, SELU_SCALE, out=y)
        case "softplus", beta, threshold:
            return "", lambda: nn.softplus(x, beta, threshold, out=y)
        case ["log_sigmoid"]:
            return "", lambda: nn.log_sigmoid(x, out=y)
        case ["mish"]:
            return "", lambda: nn.mish(x, out=y)
        case ["tanhshrink"]:
            return "composed", lambda: torch.sub(x, torch.tanh(x, out=y), out=y)
        case ["relu6"]:
            return "hardtanh", lambda: nn.hardtanh(x, 0, 6, out=y)
        case "hardtanh", least, most:
            return "", lambda: nn.hardtanh(x, least, most, out=y)
        case ["hardsigmoid"]:
            return "", lambda: nn.hardsigmoid(x, out=y)
        case "hard_sigmoid", alpha, beta:
            return "composed", lambda: torch.mul(x, alpha, out=y).add_(beta).clamp_(0, 1)
        case ["hardswish"]:
            return "", lambda: nn.hardswish(x, out=y)
        case ["softsign"]:
            return "composed", lambda: torch.div(x, torch.abs(x, out=y).add_(1), out=y)
        case "softshrink", bound:
            return "", lambda: nn.softshrink(x, bound, out=y)
        case "hardshrink", bound:
            return "", lambda: torch.hardshrink(x, bound, out=y)
        case "thresholded_relu", alpha:
            return "threshold", lambda: torch.threshold(x, alpha, 0, out=y)
        case ["relu_squared"]:
            return "composed", lambda: torch.clamp_min(x, 0, out=y).square_()
        case "snake", alpha:
            return "composed", lambda: torch.mul(x, alpha, out=y).sin_().square_().div_(alpha).add_(x)


def torch_backward(name, parameters, x, dy, y):
    """What autograd calls, with an output, `x` being what simdact saves: the input or the output.

    What autograd saves besides is computed here, before anything is measured. Where there are several operations, they
    are those of autograd, in memory that is there already.
    """
    # Operators are looked up once: what is measured is not the look-up.
    match name, *parameters:
        case ["relu"]:
            backward = aten.threshold_backward.grad_input
            return "autograd's", lambda: backward(dy, x, 0, grad_input=y)
        case "thresholded_relu", alpha:
            backward = aten.threshold_backward.grad_input
            return "autograd's", lambda: backward(dy, x, alpha, grad_input=y)
        case "leaky_relu", slope:
            backward = aten.leaky_relu_backward.grad_input
            return "autograd's", lambda: backward(dy, x, slope, True, grad_input=y)
        case "rrelu", lower, upper:
            backward, slope = aten.leaky_relu_backward.grad_input, (lower + upper) / 2
            return "autograd's", lambda: backward(dy, x, slope, True, grad_input=y)
        case ["exp"]:
            return "autograd's", lambda: torch.mul(dy, x, out=y)
        case ["tanh"]:
            backward = aten.tanh_backward.grad_input
            return "autograd's", lambda: backward(dy, x, grad_input=y)
        case ["sigmoid"]:
            backward = aten.sigmoid_backward.grad_input
            return "autograd's", lambda: backward(dy, x, grad_input=y)
        case ["silu"]:
            backward = aten.silu_backward.grad_input
            return "autograd's", lambda: backward(dy, x, grad_input=y)
        case "swish", beta:
            return "composed", torch_swish_backward(beta, x, dy, y)
        case ["quick_gelu"]:
            return "composed", torch_swish_backward(1.702, x, dy, y)
        case ["gelu"]:
            backward = aten.gelu_backward.grad_input
            return "autograd's", lambda: backward(dy, x, approximate="none", grad_input=y)
        case ["gelu_tanh"]:
            backward = aten.gelu_backward.grad_input
            return "autograd's", lambda: backward(dy, x, approximate="tanh", grad_input=y)
        case ["erf"]:
            factor = 2 / math.sqrt(math.pi)
            return "composed", lambda: torch.square(x, out=y).neg_().exp_().mul_(factor).mul_(dy)
        case "elu", alpha:
            backward = aten.elu_backward.grad_input
            return "autograd's", lambda: backward(dy, alpha, 1, 1, True, x, grad_input=y)
        case "celu", alpha:
            backward = aten.elu_backward.grad_input
            return "elu's", lambda: backward(dy, alpha, 1, 1 / alpha, True, x, grad_input=y)
        case ["selu"]:
            backward = aten.elu_backward.grad_input
            return "elu's", lambda: backward(dy, SELU_ALPHA, SELU_SCALE, 1, True, x, grad_input=y)
        case "softplus", beta, threshold:
            backward = aten.softplus_backward.grad_input
            return "autograd's", lambda: backward(dy, x, beta, threshold, grad_input=y)
        case ["log_sigmoid"]:
            backward = aten.log_sigmoid_backward.grad_input
            _, saved = aten.log_sigmoid_forward(x)
            return "autograd's", lambda: backward(dy, x, saved, grad_input=y)
        case ["mish"]:
            backward = aten.mish_backward.default
            return "allocates, autograd's", lambda: backward(dy, x)
        case ["tanhshrink"]:
            backward, saved = aten.tanh_backward.grad_input, torch.tanh(x)

            def tanhshrink():
                torch.neg(dy, out=y)
                backward(y, saved, grad_input=y)
                y.add_(dy)

            return "composed", tanhshrink
        case ["relu6"]:
            backward = aten.hardtanh_backward.grad_input
            return "hardtanh's", lambda: backward(dy, x, 0, 6, grad_input=y)
        case "hardtanh", least, most:
            backward = aten.hardtanh_backward.grad_input
            return "autograd's", lambda: backward(dy, x, least, most, grad_input=y)
        case ["hardsigmoid"]:
            # Autograd saves the input, which is the same in the slope, and as good beside it.
            backward, saved = aten.hardsigmoid_backward.grad_input, 6 * x - 3
            return "autograd's, from the input", lambda: backward(dy, saved, grad_input=y)
        case "hard_sigmoid", alpha, _:
            backward = aten.hardtanh_backward.grad_input
            return "composed", lambda: backward(dy, x, 0, 1, grad_input=y).mul_(alpha)
        case ["hardswish"]:
            backward = aten.hardswish_backward.default
            return "allocates, autograd's", lambda: backward(dy, x)
        case ["softsign"]:
            saved, room = x.abs() + 1, torch.empty_like(x)

            def softsign():
                torch.div(x, saved, out=room).div_(saved).mul_(dy).neg_()
                torch.sgn(x, out=y).mul_(room)
                torch.div(dy, saved, out=room)
                y.add_(room)

            return "composed", softsign
        case "softshrink", bound:
            # As in hardsigmoid.
            backward, saved = aten.softshrink_backward.grad_input, x + bound * x.sgn()
            return "autograd's, from the input", lambda: backward(dy, saved, bound, grad_input=y)
        case "hardshrink", bound:
            backward = aten.hardshrink_backward.grad_input
            return "autograd's", lambda: backward(dy, x, bound, grad_input=y)
        case ["relu_squared"]:
            backward, saved = aten.threshold_backward.grad_input, x.relu()

            def relu_squared():
                torch.mul(saved, 2, out=y).mul_(dy)
                backward(y, saved, 0, grad_input=y)

            return "composed", relu_squared
        case "snake", alpha:
            angle, room = alpha * x, torch.empty_like(x)
            sine = angle.sin()

            def snake():
                torch.div(dy, alpha, out=room).mul_(torch.mul(sine, 2, out=y))
                torch.cos(angle, out=y).mul_(room).mul_(alpha).add_(dy)

            return "composed", snake


def torch_swish_backward(beta, x, dy, y):
    backward, saved, room = aten.sigmoid_backward.grad_input, torch.sigmoid(beta * x), torch.empty_like(x)

    def swish():
        torch.mul(dy, x, out=room)
        backward(room, saved, grad_input=room)
        torch.mul(dy, saved, out=y).add_(room.mul_(beta))

    return swish


def torch_calls(case, x, dy, y):
    name = f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability().lower()}"
    x, dy, y = torch.from_numpy(x), torch.from_numpy(dy), torch.from_numpy(y)
    if case.name.startswith(("softmax", "maxout")):
        found = torch_softmax_or_maxout(case, x, dy, y)
    elif case.name.endswith("_backward"):
        found = torch_backward(case.name.removesuffix("_backward"), case.parameters, x, dy, y)
    else:
        found = torch_forward(case.name, case.parameters, x, y)
    if found:
        yield name, *found


def onnx_node(case):
    """The operator of a function, its attributes, and further inputs that are constant; None if there is none."""
    match case.name, *case.parameters:
        case ["relu" | "exp" | "tanh" | "sigmoid" | "erf" | "selu" | "mish" | "softsign" as name]:
            return name.capitalize(), {}, {}
        # What its optimizer makes of x * Sigmoid(x), an operator of its own.
        case ["silu"]:
            return "com.microsoft.QuickGelu", {"alpha": 1.0}, {}
        case "swish", beta:
            return "com.microsoft.QuickGelu", {"alpha": beta}, {}
        case ["quick_gelu"]:
            return "com.microsoft.QuickGelu", {"alpha": 1.702}, {}
        case ["gelu"]:
            return "Gelu", {}, {}
        case ["gelu_tanh"]:
            return "Gelu", {"approximate": "tanh"}, {}
        case "leaky_relu", slope:
            return "LeakyRelu", {"alpha": slope}, {}
        case "rrelu", lower, upper:
            return "LeakyRelu", {"alpha": (lower + upper) / 2}, {}
        case "elu" | "celu" as name, alpha:
            return name.capitalize(), {"alpha": alpha}, {}
        # It has no threshold, and no input comes near that.
        case "softplus", 1.0, _:
            return "Softplus", {}, {}
        case ["relu6"]:
            return "Clip", {}, {"min": 0.0, "max": 6.0}
        case "hardtanh", least, most:
            return "Clip", {}, {"min": least, "max": most}
        case ["hardsigmoid"]:
            return "HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}, {}
        case "hard_sigmoid", alpha, beta:
            return "HardSigmoid", {"alpha": alpha, "beta": beta}, {}
        case ["hardswish"]:
            return "HardSwish", {}, {}
        case "softshrink", bound:
            return "Shrink", {"lambd": bound, "bias": bound}, {}
        case "hardshrink", bound:
            return "Shrink", {"lambd": bound, "bias": 0.0}, {}
        case "thresholded_relu", alpha:
            return "ThresholdedRelu", {"alpha": alpha}, {}
        case ["softmax"]:
            return "Softmax", {"axis": 1}, {}
        case ["maxout"]:
            return "ReduceMax", {"keepdims": 0}, {"axes": [1]}
        case ["maxout_slices"]:
            return "Max", {}, {}


def onnxruntime_calls(case, x, dy, y):
    found = onnx_node(case)
    if not found:
        return
    operator, attributes, constants = found
    domain, _, operator = operator.rpartition(".")
    shape = result = list(case.dimensions)
    inputs = ["x"]
    if case.name == "maxout":
        result = list(reduced(case))
    if case.name == "maxout_slices":
        inputs = [f"x{i}" for i in range(case.len)]
        shape = result = [case.inner]
    graph = helper.make_graph(
        [helper.make_node(operator, inputs + list(constants), ["y"], domain=domain, **attributes)],
        case.name,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, result)],
        [
            helper.make_tensor(name, TensorProto.FLOAT, [], [value])
            if isinstance(value, float)
            else helper.make_tensor(name, TensorProto.INT64, [len(value)], value)
            for name, value in constants.items()
        ],
    )
    opsets = [helper.make_opsetid("", 22), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for i, name in enumerate(inputs):
        binding.bind_input(name, "cpu", 0, np.float32, shape, x[i * case.inner if i else 0 :].ctypes.data)
    binding.bind_output("y", "cpu", 0, np.float32, result, y.ctypes.data)
    yield f"onnxruntime {onnxruntime.__version__}", "bound to the arrays", lambda: session.run_with_iobinding(binding)


def calls(case, x, dy, y):
    """What all of them have of a case. `x`, `dy` and `y` are flat."""
    for library in (numpy_calls, torch_calls, onnxruntime_calls):
        yield from library(case, x, dy, y)


torch.set_num_threads(1)
torch.set_grad_enabled(False)
