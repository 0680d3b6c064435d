#!/usr/bin/env python3
"""ONNX Runtime on the CPU as a peer of seqscale's operators.

    onnx_worker.py OPERATOR[:OPTIONS]        run by seqscale: --operator 'exec:build/peers/bin/python .../onnx_worker.py gru'

OPERATOR is rnn, lstm, gru, attention or conv, with the options of seqscale's operator. Settings: every graph optimisation, as
many threads as OMP_NUM_THREADS says, each bound to a CPU, denormals flushed, input and output bound to memory that stays;
the allocator asks for huge pages.
"""

import os
import sys

import protocol


def affinities(count):
    """The pool's own threads, CPUs counted from 1; the calling thread stays where it is."""
    cpus = sorted(os.sched_getaffinity(0))
    return ";".join(str(cpus[i % len(cpus)] + 1) for i in range(1, count))


class Peer:
    name = "ONNX Runtime"

    def __init__(self, text):
        self.operator, self.options, _ = protocol.parse_operator(text, {})
        self.twin = protocol.twin_name(self.operator, self.options)

    def bytes(self, problem):
        return 4.0 * (12 * problem["batch"] * problem["length"] * problem["width"] + 12 * problem["width"] ** 2)

    def session(self, problem, tensors):
        import onnx_layers
        import onnxruntime

        if self.operator not in onnx_layers.LAYERS:
            raise protocol.Refusal("unsupported", f"this worker has no {self.operator}")
        graph, options = onnx_layers.Graph(), dict(self.options)
        shape = (problem["batch"], problem["length"], problem["width"])
        output = onnx_layers.LAYERS[self.operator](graph, tensors, options, shape)
        if options or tensors:
            raise protocol.Refusal("unsupported", f"this worker does not know {', '.join([*options, *tensors])}")
        settings = onnxruntime.SessionOptions()
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        settings.intra_op_num_threads, settings.inter_op_num_threads = protocol.threads(), 1
        settings.add_session_config_entry("session.set_denormal_as_zero", "1")
        if protocol.threads() > 1:
            settings.add_session_config_entry("session.intra_op_thread_affinities", affinities(protocol.threads()))
        return onnxruntime.InferenceSession(graph.model(output, shape), settings, providers=["CPUExecutionProvider"])

    def prepare(self, problem, tensors, shift):
        import numpy
        import onnxruntime

        x = tensors.pop("input")
        memory = numpy.empty(x.size + 16 * (shift + 2), dtype=numpy.float32)
        skip = 16 * shift + -(memory.ctypes.data // 4) % 16
        self.input = memory[skip : skip + x.size].reshape(x.shape)
        self.input[...] = x
        self.output = numpy.empty_like(x)
        session = self.session(problem, tensors)
        binding = session.io_binding()
        binding.bind_ortvalue_input("x", onnxruntime.OrtValue.ortvalue_from_numpy(self.input))
        result = onnxruntime.OrtValue.ortvalue_from_numpy(self.output)
        binding.bind_ortvalue_output("y", result)

        def call():
            session.run_with_iobinding(binding)
            return result

        return call

    @staticmethod
    def array(output):
        return output.numpy()


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise SystemExit(__doc__)
    protocol.restart_with(protocol.allocator())
    import onnx_layers  # noqa: F401  now, so that starting takes the time and not preparing
    import onnxruntime  # noqa: F401

    protocol.serve(Peer(sys.argv[1]))


if __name__ == "__main__":
    main()
