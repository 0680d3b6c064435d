#!/usr/bin/env python3
"""PyTorch on the CPU as a peer of seqscale's operators, at its best known configuration.

    torch_worker.py OPERATOR[:OPTIONS]        run by seqscale: --operator 'exec:build/peers/bin/python .../torch_worker.py lstm'

OPERATOR is rnn, lstm, gru, attention, conv, h3 or hyena; OPTIONS are those of seqscale's operator and of this worker:

    compile=0|1         torch.compile with frozen weights; the default is what was faster (README.md)
    loop=0|1            rnn, lstm, gru: a step loop over nn.RNNCell and the like instead of nn.RNN
    variant=sdpa|naive  attention: scaled_dot_product_attention, or matmul, softmax, matmul
    layout=last|first   conv, hyena: whether channels come last in the convolutions; the default is what was faster

Settings: inference mode, oneDNN on, as many threads as OMP_NUM_THREADS says, denormals flushed, jemalloc (or
glibc's allocator) keeps its memory and asks for huge pages.
"""

import os
import sys

import protocol

OWN_OPTIONS = {"compile": "", "loop": "0", "variant": "sdpa", "layout": ""}
COMPILED = ()  # where torch.compile was faster: nowhere, README.md has the figures
LAYOUTS = {"conv": "last", "hyena": "first"}


def activations(name, problem, own):
    """Bytes that a call holds at most, roughly: tensors of (B, L, D), spectra, scores."""
    tokens = problem["batch"] * problem["length"]
    tensors = {"attention": 8, "h3": 40, "hyena": 40}.get(name, 12)
    scores = 3.0 * tokens * problem["length"] * max(1, problem["width"] // 64) if own["variant"] == "naive" else 0.0
    return 4.0 * (tensors * tokens * problem["width"] + scores) + 4.0 * 12 * problem["width"] ** 2


def moved(tensor, lines):
    """A copy that begins so many 64-byte lines further on."""
    import torch

    skip = 16 * lines
    memory = torch.empty(tensor.numel() + skip + 16)
    skip += -(memory.data_ptr() // 4 + skip) % 16
    copy = memory[skip : skip + tensor.numel()].view(tensor.shape)
    return copy.copy_(tensor)


class Peer:
    def __init__(self, text):
        self.operator, self.options, self.own = protocol.parse_operator(text, OWN_OPTIONS)
        self.own["layout"] = self.own["layout"] or LAYOUTS.get(self.operator, "")
        if self.own["variant"] == "naive":
            self.options["variant"] = "materialised"
        self.twin = protocol.twin_name(self.operator, self.options)
        self.compiled = self.own["compile"] == "1" or (not self.own["compile"] and self.operator in COMPILED)
        self.name = "PyTorch"

    def bytes(self, problem):
        return activations(self.operator, problem, self.own)

    def layer(self, problem, tensors, shift):
        import torch
        import torch_layers

        options = dict(self.options)
        try:
            layer = torch_layers.make(self.operator, options, self.own, problem["width"], problem["length"])
        except KeyError as error:
            raise protocol.Refusal("unsupported", f"this worker has no {error}") from error
        if options:
            raise protocol.Refusal("unsupported", f"this worker does not know {self.operator}'s {', '.join(options)}")
        layer.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()}, strict=True)
        for parameter in layer.parameters():
            parameter.requires_grad_(False)
            parameter.data = moved(parameter.data, shift)
        layer.fused = self.compiled
        return layer.eval()

    def prepare(self, problem, tensors, shift):
        import torch

        x = moved(torch.from_numpy(tensors.pop("input")), shift)
        torch.autograd.grad_mode._enter_inference_mode(True)  # for good: this process infers and does nothing else
        layer = self.layer(problem, tensors, shift)
        forward = torch.compile(layer, dynamic=False) if self.compiled else layer
        if problem["prepare"] == "inside":

            def call():
                layer.prepare(torch.float32)
                return forward(x)

            return call
        layer.prepare(torch.float64)
        return lambda: forward(x)

    @staticmethod
    def array(output):
        return output.contiguous().numpy()


def configure():
    import torch
    import torch_layers  # noqa: F401  now, so that starting takes the time and not preparing

    torch.set_flush_denormal(True)  # before the team exists: its threads inherit it
    torch.set_num_threads(protocol.threads())
    torch.set_num_interop_threads(1)
    if not torch.backends.mkldnn.is_available():
        raise SystemExit("this PyTorch has no oneDNN, and so is not at its best")


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise SystemExit(__doc__)
    folder = os.path.join(sys.prefix, "compiled")
    protocol.restart_with(protocol.allocator() | {"TORCHINDUCTOR_FREEZING": "1", "TORCHINDUCTOR_CACHE_DIR": folder})
    peer = Peer(sys.argv[1])
    configure()
    protocol.serve(peer)


if __name__ == "__main__":
    main()
