"""The worker protocol (docs/worker-protocol.md) for peers written in Python: requests, tensors, the timing loop.

A peer is an object with:
    name                     for hello
    twin                     the operator of seqscale's, with options, that it stands beside
    bytes(problem)           memory that a call needs beside the interpreter and its libraries
    prepare(problem, tensors, shift) -> call
                             everything outside the time; `call()` is what is timed and returns the output (B, L, D)
    array(output)            that output as a NumPy array
What cannot be done raises Refusal. Nothing here knows an operator or a library.
"""

import gc
import json
import math
import os
import resource
import sys
import time
import traceback

REQUEST_FD, REPLY_FD, VERSION = 3, 4, 2
INTERPRETER_BYTES = 400 << 20  # Python with its libraries loaded


class Refusal(Exception):
    def __init__(self, kind, sentence):
        super().__init__(sentence)
        self.kind = kind


def allocator():
    """Huge pages, and memory that is kept: else large tensors are mapped and faulted in anew in each call. jemalloc where it is
    installed (PyTorch's own advice, and steadier here), otherwise glibc's allocator told to do the same."""
    for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"):
        library = os.path.join(folder, "libjemalloc.so.2")
        if os.path.exists(library):
            return {"LD_PRELOAD": library, "MALLOC_CONF": "oversize_threshold:1,metadata_thp:auto,dirty_decay_ms:-1,"
                                                          "muzzy_decay_ms:-1,thp:always"}
    return {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184:"
                              "glibc.malloc.top_pad=67108864"}


def restart_with(environment):
    """Starts this program again with variables that are read before the first line of Python: those of the allocator."""
    missing = {name: value for name, value in environment.items() if os.environ.get(name) != value}
    if missing:
        os.execve(sys.executable, [sys.executable] + sys.argv, os.environ | missing)


def threads():
    return int(os.environ.get("OMP_NUM_THREADS", "1"))


def parse_operator(text, own):
    """NAME[:OPTIONS] -> name, twin's options, the peer's `own` options {name: default} with what was given."""
    name, _, rest = text.partition(":")
    mine, twin = dict(own), {}
    for word in filter(None, rest.split(",")):
        key, equals, value = word.partition("=")
        if not equals:
            raise SystemExit(f"'{word}' is not NAME=VALUE")
        (mine if key in own else twin)[key] = value
    return name, twin, mine


def twin_name(name, options):
    return name + (":" + ",".join(f"{key}={value}" for key, value in options.items()) if options else "")


def load_tensors(path):
    from safetensors.numpy import load_file  # after restart_with, and not for --help

    return load_file(path)


def memory_field(name):
    with open("/proc/self/status", encoding="ascii") as file:
        for line in file:
            if line.startswith(name):
                return float(line.split()[1]) * 1024.0
    return math.nan


def reset_peak():
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
    except OSError:
        pass  # the peak then holds the preparation, too


def page_faults():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_minflt + usage.ru_majflt


class Timer:
    """Samples of one prepared call, as harness/worker/sample.c takes them: enough calls a batch that the clock does not count."""

    def __init__(self, call):
        self.call, self.call_seconds = call, 0.0

    def warm_up(self, seconds, long_call_seconds):
        if self.call_seconds > long_call_seconds:
            return
        start = now = time.perf_counter()
        calls = 0
        while now - start < seconds:
            self.call()
            calls += 1
            now = time.perf_counter()
        if calls:
            self.call_seconds = (now - start) / calls

    def batch(self, remaining):
        return max(1, min(10**7, int(remaining * 1.05 / self.call_seconds + 1.0))) if self.call_seconds > 0.0 else 1

    def sample(self, request):
        minimum = request.get("minimum_seconds", 0.003)
        self.warm_up(request.get("warmup_seconds", 0.003), request.get("long_call_seconds", 0.05))
        call, calls, elapsed = self.call, 0, 0.0
        faults, cpu, start = page_faults(), time.process_time(), time.perf_counter()
        while elapsed < minimum or calls == 0:
            batch = self.batch(minimum - elapsed)
            for _ in range(batch):
                call()
            calls += batch
            elapsed = time.perf_counter() - start
        cpu = time.process_time() - cpu
        self.call_seconds = elapsed / calls
        return elapsed / calls, cpu / calls, calls, page_faults() - faults


class Worker:
    def __init__(self, peer):
        self.peer, self.timers = peer, {}

    def hello(self, request):
        return {"protocol": VERSION, "worker": self.peer.name}

    def describe(self, request):
        if request["mode"] != "forward" or request["scope"] != "layer":
            raise Refusal("unsupported", f"{self.peer.name} has only the mode forward and the scope layer")
        return {"twin": self.peer.twin, "total_bytes": float(INTERPRETER_BYTES + self.peer.bytes(request))}

    def prepare(self, request):
        start = time.perf_counter()
        tensors = load_tensors(request["tensors"])
        call = self.peer.prepare(request, tensors, request.get("shift", 0))
        handle = len(self.timers) + 1
        self.timers[handle] = Timer(call)
        return {"handle": handle, "plan_seconds": 0.0, "prepare_seconds": time.perf_counter() - start}

    def check(self, request):
        from safetensors.numpy import save_file

        timer = self.timers[request["handle"]]
        timer.call()  # what is compiled or cached on the way belongs to no sample
        start = time.perf_counter()
        output = timer.call()
        timer.call_seconds = time.perf_counter() - start
        save_file({"output": self.peer.array(output)}, request["output"])
        del output
        reset_peak()
        return {}

    def sample(self, request):
        timer = self.timers[request["handle"]]
        rows = [timer.sample(request) for _ in range(request.get("count", 1))]
        columns = zip(("wall", "cpu", "calls", "faults"), zip(*rows))
        return {name: list(column) for name, column in columns} | {"peak_bytes": memory_field("VmHWM:")}

    def release(self, request):
        del self.timers[request["handle"]]
        return {}

    def answer(self, request):
        words = {"hello": self.hello, "describe": self.describe, "prepare": self.prepare, "check": self.check,
                 "sample": self.sample, "release": self.release}
        word = words.get(request.get("do"))
        if not word:
            return {"ok": False, "kind": "unsupported", "error": "this worker does not know that request"}
        try:
            return {"ok": True} | word(request)
        except Refusal as refusal:
            return {"ok": False, "kind": refusal.kind, "error": str(refusal)}
        except MemoryError:
            return {"ok": False, "kind": "memory", "error": "out of memory"}
        except Exception as error:  # the sentence goes with the cell; the trace is in the tail of its output
            traceback.print_exc()
            return {"ok": False, "kind": "failed", "error": " ".join(f"{type(error).__name__}: {error}".split())[:400]}


def serve(peer):
    """Answers until the other side closes."""
    worker = Worker(peer)
    gc.disable()
    with os.fdopen(REQUEST_FD, "r", encoding="utf-8") as requests, os.fdopen(REPLY_FD, "w", encoding="utf-8") as replies:
        for line in requests:
            request = json.loads(line)
            reply = {"ok": True} if request.get("do") == "end" else worker.answer(request)
            replies.write(json.dumps(reply) + "\n")
            replies.flush()
            if request.get("do") == "end":
                return
