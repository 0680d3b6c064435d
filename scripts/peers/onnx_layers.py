"""The layers as ONNX graphs for ONNX Runtime, made with the library `onnx` from the tensors of a state_dict.

Operators: RNN, GRU, LSTM (opset 22), Conv, and com.microsoft's MultiHeadAttention, each with the same projections as ours.
ONNX orders gates otherwise than PyTorch: LSTM i, o, f, c and GRU z, r, h. It has no real FFT of its own kind with an inverse that
is made for speed, so H3 and Hyena are not here.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

OPSET, IR = 22, 10


class Graph:
    """Nodes and constants under fresh names; `x` is the input (B, L, D)."""

    def __init__(self):
        self.nodes, self.constants, self.count = [], [], 0

    def constant(self, value):
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind, inputs, outputs=1, domain="", **attributes):
        names = [f"value{self.count + i}" for i in range(outputs)]
        self.count += outputs
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, x, weight, bias):
        product = self.node("MatMul", [x, self.constant(weight.T)])
        return self.node("Add", [product, self.constant(bias)])

    def model(self, output, shape):
        self.nodes.append(helper.make_node("Identity", [output], ["y"]))
        ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("x", "y")]
        graph = helper.make_graph(self.nodes, "layer", ports[:1], ports[1:], self.constants)
        sets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=sets, ir_version=IR).SerializeToString()


def reordered(tensor, order):
    gates = np.split(tensor, len(order))
    return np.concatenate([gates[gate] for gate in order])


def recurrent(graph, tensors, options, kind, order, shape, **attributes):
    """Layout 0, (L, B, D), which is what the runtime computes in."""
    W, R, b_ih, b_hh = (reordered(tensors.pop(name), order) for name in
                        ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"))
    weights = [graph.constant(value[None]) for value in (W, R, np.concatenate((b_ih, b_hh)))]
    outputs = graph.node(kind, [graph.node("Transpose", ["x"], perm=[1, 0, 2])] + weights, 3 if kind == "LSTM" else 2,
                         hidden_size=shape[2], **attributes)
    steps = graph.node("Squeeze", [outputs[0], graph.constant(np.array([1]))])
    return graph.node("Transpose", [steps], perm=[1, 0, 2])


def rnn(graph, tensors, options, shape):
    activation = {"tanh": "Tanh", "relu": "Relu"}[options.pop("nonlinearity", "tanh")]
    return recurrent(graph, tensors, options, "RNN", [0], shape, activations=[activation])


def lstm(graph, tensors, options, shape):
    return recurrent(graph, tensors, options, "LSTM", [0, 3, 1, 2], shape)


def gru(graph, tensors, options, shape):
    return recurrent(graph, tensors, options, "GRU", [1, 0, 2], shape, linear_before_reset=1)


def attention(graph, tensors, options, shape):
    width = shape[2]
    heads = int(options.pop("heads", "0")) or next(h for h in range(max(width // 64, 1), 0, -1) if width % h == 0)
    causal = int(options.pop("causal", "1"))
    weights, biases = (np.split(tensors.pop(name), 3) for name in ("in_proj_weight", "in_proj_bias"))
    q, k, v = (graph.linear("x", weight, bias) for weight, bias in zip(weights, biases))
    mixed = graph.node("MultiHeadAttention", [q, k, v], domain="com.microsoft", num_heads=heads, unidirectional=causal)
    return graph.linear(mixed, tensors.pop("out_proj.weight"), tensors.pop("out_proj.bias"))


def conv(graph, tensors, options, shape):
    groups = int(options.pop("groups", "1")) or shape[2]
    taps = int(options.pop("kernel", "3"))
    weights = [graph.constant(tensors.pop(name)) for name in ("weight", "bias")]
    y = graph.node("Conv", [graph.node("Transpose", ["x"], perm=[0, 2, 1])] + weights, group=groups, pads=[taps - 1, 0])
    return graph.node("Transpose", [y], perm=[0, 2, 1])


LAYERS = {"rnn": rnn, "lstm": lstm, "gru": gru, "attention": attention, "conv": conv}
