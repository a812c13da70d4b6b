"""How numpy, torch and onnxruntime are called: each yields a name, how, and a call without arguments.

Every call writes to the given output where the library can do so.
"""

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper

SLOPE = 0.01


def reduced(case):
    """The dimensions without the axis."""
    return case.dimensions[:1] + case.dimensions[2:]


def numpy_calls(case, x, dy, y):
    name = f"numpy {np.__version__}"
    cube = x.reshape(case.dimensions)
    flat, result = x.reshape(-1), y.reshape(-1)
    slices = list(cube[0])

    def leaky_relu():
        np.multiply(flat, np.float32(SLOPE), out=result)
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


def torch_calls(case, x, dy, y):
    name = f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability().lower()}"
    aten = torch.ops.aten
    # Looked up once: what is measured is not the look-up.
    relu_backward = aten.threshold_backward.grad_input
    leaky_relu_backward = aten.leaky_relu_backward.grad_input
    tanh_backward = aten.tanh_backward.grad_input
    sigmoid_backward = aten.sigmoid_backward.grad_input
    softmax_backward = aten._softmax_backward_data.out
    x, dy, y = torch.from_numpy(x), torch.from_numpy(dy), torch.from_numpy(y)
    cube = x.view(case.dimensions)
    slices = list(cube[0])
    if case.name.startswith("softmax"):
        x, dy, y = cube, dy.view(case.dimensions), y.view(case.dimensions)

    def maxout_slices():
        torch.maximum(slices[0], slices[1], out=y)
        for later in slices[2:]:
            torch.maximum(y, later, out=y)

    largest = y.view(reduced(case)) if case.name == "maxout" else None
    calls = {
        # What torch.relu and leaky_relu call, with an output.
        "relu": ("clamp_min", lambda: torch.clamp_min(x, 0, out=y)),
        "leaky_relu": ("", lambda: torch._C._nn.leaky_relu(x, SLOPE, out=y)),
        "exp": ("", lambda: torch.exp(x, out=y)),
        "tanh": ("", lambda: torch.tanh(x, out=y)),
        "sigmoid": ("", lambda: torch.sigmoid(x, out=y)),
        "softmax": ("", lambda: torch.softmax(x, 1, out=y)),
        "maxout": ("amax", lambda: torch.amax(cube, 1, out=largest)),
        "maxout_slices": ("maximum, again and again", maxout_slices),
        "relu_backward": ("autograd's", lambda: relu_backward(dy, x, 0, grad_input=y)),
        "leaky_relu_backward": ("autograd's", lambda: leaky_relu_backward(dy, x, SLOPE, True, grad_input=y)),
        "tanh_backward": ("autograd's", lambda: tanh_backward(dy, x, grad_input=y)),
        "sigmoid_backward": ("autograd's", lambda: sigmoid_backward(dy, x, grad_input=y)),
        "softmax_backward": ("autograd's", lambda: softmax_backward(dy, x, 1, torch.float32, grad_input=y)),
    }
    yield name, *calls[case.name]


def onnxruntime_calls(case, x, dy, y):
    shape, result = list(case.dimensions), list(case.dimensions)
    extra = []
    inputs = ["x"]
    match case.name:
        case "relu" | "exp" | "tanh" | "sigmoid":
            node = helper.make_node(case.name.capitalize(), ["x"], ["y"])
        case "leaky_relu":
            node = helper.make_node("LeakyRelu", ["x"], ["y"], alpha=SLOPE)
        case "softmax":
            node = helper.make_node("Softmax", ["x"], ["y"], axis=1)
        case "maxout":
            extra = [helper.make_tensor("axes", TensorProto.INT64, [1], [1])]
            node = helper.make_node("ReduceMax", ["x", "axes"], ["y"], keepdims=0)
            result = list(reduced(case))
        case "maxout_slices":
            inputs = [f"x{i}" for i in range(case.len)]
            node = helper.make_node("Max", inputs, ["y"])
            shape = result = [case.inner]
        case _:
            return
    graph = helper.make_graph(
        [node],
        case.name,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, result)],
        extra,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
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
