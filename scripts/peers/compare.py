"""compare.py - the work of scripts/peers/compare: which sweeps, and the table of what they found.

One sweep for each family of workers that compute the same (an operator of ours and its peers) and each batch: all of them in
the same blocks, sampled in random turn. A ratio is peer's time over ours, within one block and pass, so above 1 we are faster;
its interval is over the passes. Results are read from the database alone, so --report prints an old comparison again.
"""

import argparse
import math
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(ROOT, "scripts", "peers")
PYTHON = os.path.join(ROOT, "build", "peers", "bin", "python")

# Ours, then the peers as WORKER:OPERATOR. Those in SLOW are what people also write; they are never the fastest, take the most
# time, and are left out of --quick.
FAMILIES = {
    "rnn": ("rnn", ["torch:rnn", "onnx:rnn", "torch:rnn:loop=1"]),
    "lstm": ("lstm", ["torch:lstm", "onnx:lstm", "torch:lstm:loop=1"]),
    "gru": ("gru", ["torch:gru", "onnx:gru", "torch:gru:loop=1"]),
    "attention": ("attention", ["torch:attention", "onnx:attention", "torch:attention:variant=naive"]),
    "conv": ("conv", ["torch:conv", "onnx:conv"]),
    "depthwise": ("conv:groups=0", ["torch:conv:groups=0", "onnx:conv:groups=0"]),
    "h3": ("h3", ["torch:h3"]),
    "hyena": ("hyena:emb_dim=33,w=14", ["torch:hyena:emb_dim=33,w=14"]),
}
SLOW = ("loop=1", "variant=naive")
START_SECONDS = {"torch": 3.0, "onnx": 1.3, "ours": 0.6}  # of a process, with preparation and check
TOKENS_MAX = 16384  # of a batch above 1: B = 4 up to L = 4096
PASSES = 3
T_975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776}  # Student's t by degrees of freedom

PRESETS = {  # lengths, widths, batches
    "quick": ("1024", "256", "1"),
    "default": ("256,1024,4096", "64,256", "1"),
    "full": ("256,1024,4096,16384", "64,256,768", "1,4"),
}


# ---------------------------------------------------------------- which sweeps


def command_of(peer):
    worker, _, operator = peer.partition(":")
    return f"exec:{PYTHON} {HERE}/{worker}_worker.py {operator}"


def chosen(words, families):
    unknown = [word for word in words if word not in families]
    if unknown:
        raise SystemExit(f"compare: there is no family {', '.join(unknown)}; there are {', '.join(families)}")
    return words or list(families)


def numbers(text):
    return [int(word) for word in text.split(",")]


def sweep_seconds(options, family, lengths, batch):
    """Enough for PASSES passes: what starting costs, and calls at a speed that every worker reaches."""
    ours, peers = FAMILIES[family]
    peers = [peer for peer in peers if not skipped(options, peer)]
    start = START_SECONDS["ours"] + sum(START_SECONDS[peer.partition(":")[0]] for peer in peers)
    seconds = 10.0
    for threads in options.thread_counts:
        for length in lengths:
            for width in numbers(options.width):
                flops = batch * length * width * (20.0 * width + (2.0 * length if family == "attention" else 2000.0))
                seconds += PASSES * (start + (1 + len(peers)) * 10.0 * flops / (4e10 * threads))
    return 1.2 * seconds


def skipped(options, peer):
    worker = peer.partition(":")[0]
    return worker not in options.peers or (options.fast_only and peer.endswith(SLOW))


def sweep(options, family, batch):
    lengths = [n for n in numbers(options.length) if batch == 1 or n * batch <= TOKENS_MAX or options.own_batch]
    if not lengths:
        return
    ours, peers = FAMILIES[family]
    budget = options.budget or sweep_seconds(options, family, lengths, batch)
    command = [os.path.join(ROOT, "build", "seqscale"), "sweep", "--db", options.db, "--name", f"{family}-b{batch}", "--quiet",
               "--no-charts", "--length", ",".join(map(str, lengths)), "--width", options.width, "--batch", str(batch),
               "--threads", ",".join(map(str, options.thread_counts)), "--prepare", options.prepare,
               "--budget", f"{budget:.0f}s", "--timeout", options.timeout, "--operator", ours]
    if options.memory:
        command += ["--memory", options.memory]
    for peer in peers:
        if not skipped(options, peer):
            command += ["--operator", command_of(peer)]
    print(f"compare: {family}, batch {batch}: at most {budget:.0f} s", file=sys.stderr, flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode not in (0, 4, 5):  # 4, 5: some cells failed or are wrong, and the table says which
        raise SystemExit(f"compare: the sweep of {family} ended with code {done.returncode}:\n{done.stdout[-2000:]}")


# ---------------------------------------------------------------- statistics


def interval(logs):
    """Median of ratios with a 95 % interval: order statistics from 6 pairs up, Student's t on the logarithms below."""
    logs = sorted(logs)
    n, middle = len(logs), statistics.median(logs)
    if n < 2:
        return math.exp(middle), math.nan, math.nan
    if n >= 6:
        cut, tail = 0, 0.5**n
        while tail + math.comb(n, cut + 1) * 0.5**n <= 0.025:
            cut += 1
            tail += math.comb(n, cut) * 0.5**n
        return math.exp(middle), math.exp(logs[cut]), math.exp(logs[n - 1 - cut])
    half = T_975[n - 1] * statistics.stdev(logs) / math.sqrt(n)
    mean = statistics.fmean(logs)
    return math.exp(middle), math.exp(mean - half), math.exp(mean + half)


# ---------------------------------------------------------------- results


def peer_of(operator):
    """exec:.../torch_worker.py gru:loop=1 -> torch gru:loop=1; "" for ours."""
    if not operator.startswith("exec:"):
        return ""
    program, _, words = operator.rpartition(" ")
    return os.path.basename(program).removesuffix("_worker.py") + " " + words


def read_cells(database):
    rows = database.execute("SELECT cell.*, sweep.name AS sweep_name FROM cell JOIN sweep ON cell.sweep = sweep.id")
    return [dict(row) for row in rows]


def read_times(database):
    """{cell: {(block): lower quartile}}; a block is one pass at one length and thread count."""
    times = {}
    for row in database.execute("SELECT cell, block, wall_quartile FROM process"):
        times.setdefault(row["cell"], {})[row["block"]] = row["wall_quartile"]
    return times


def pair(ours, peer, times):
    mine, other = times.get(ours["id"], {}), times.get(peer["id"], {})
    logs = [math.log(other[block] / mine[block]) for block in mine if block in other]
    return interval(logs) if logs else None


def groups(cells):
    """One list for each problem of a family: ours first."""
    found = {}
    for cell in sorted(cells, key=lambda c: (c["sweep_name"], c["threads"], c["width"], c["length"], c["number"])):
        key = (cell["sweep_name"].rpartition("-b")[0], cell["batch"], cell["threads"], cell["width"], cell["length"])
        found.setdefault(key, []).append(cell)
    order = list(FAMILIES)
    return sorted(found.items(), key=lambda item: (order.index(item[0][0]) if item[0][0] in order else 99, item[0][1:]))


def verdict(cells, times):
    """Ours, and for each peer: cell, (ratio, low, high) or None. The fastest peer is that with the least time."""
    ours = next(cell for cell in cells if not peer_of(cell["operator"]))
    peers = [(cell, pair(ours, cell, times)) for cell in cells if cell is not ours]
    measured = [entry for entry in peers if entry[1]]
    fastest = min(measured, key=lambda entry: entry[0]["seconds"]) if measured else None
    return ours, peers, fastest


# ---------------------------------------------------------------- the table


def time_text(seconds):
    if seconds is None:
        return ""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def percent(value):
    return "" if value is None else f"{100.0 * value:.0f} %"


def error_text(value):
    return "" if value is None else f"{value:.1e}"


def ratio_text(result):
    if not result:
        return ""
    ratio, low, high = result
    return f"{ratio:.2f}" + ("" if math.isnan(low) else f" [{low:.2f}, {high:.2f}]")


HEADER = ("family", "B", "L", "D", "cores", "worker", "time", "roof", "error", "peer / ours", "")


def problem_rows(key, cells, times):
    family, batch, threads, width, length = key
    ours, peers, fastest = verdict(cells, times)
    rows = [(family, batch, length, width, threads, "seqscale", time_text(ours["seconds"]), percent(ours["roof_fraction"]),
             error_text(ours["check_error"]), "", "" if ours["seconds"] else ours["status"])]
    for cell, result in peers:
        note = "fastest" if fastest and cell is fastest[0] else ""
        if fastest and cell is fastest[0] and result[2] < 0.98:
            note = "fastest, ahead of ours"
        if not result:
            note = cell["status"] + (": " + cell["reason"][:60] if cell["reason"] else "")
        rows.append(("", "", "", "", "", peer_of(cell["operator"]), time_text(cell["seconds"]), percent(cell["roof_fraction"]),
                     error_text(cell["check_error"]), ratio_text(result), note))
    return rows


def summary_rows(table, times):
    """Per family: geometric means of the ratios, against the fastest peer of each cell and against each peer."""
    rows = []
    for family in dict.fromkeys(key[0] for key, _ in table):
        fastest, each, behind = [], {}, 0
        for key, cells in table:
            if key[0] != family:
                continue
            _, peers, best = verdict(cells, times)
            if best:
                fastest.append(math.log(best[1][0]))
                behind += best[1][2] < 0.98
            for cell, result in peers:
                if result:
                    each.setdefault(peer_of(cell["operator"]), []).append(math.log(result[0]))
        means = ", ".join(f"{name} {math.exp(statistics.fmean(logs)):.2f}" for name, logs in each.items())
        if fastest:
            least = math.exp(min(fastest))
            rows.append((family, len(fastest), f"{math.exp(statistics.fmean(fastest)):.2f}", f"{least:.2f}", behind, means))
    return rows


def grid_rows(table, times):
    """A row for each family, cores, batch and width; a column for each length: ratio to the fastest peer, our share of the roof."""
    lengths, rows = sorted({key[4] for key, _ in table}), {}
    for key, cells in table:
        family, batch, threads, width, length = key
        ours, peers, fastest = verdict(cells, times)
        if not fastest:
            continue
        row = rows.setdefault((family, threads, batch, width), {"ours": 0.0, "peer": 0.0})
        row[length] = f"{fastest[1][0]:.2f}, {percent(ours['roof_fraction'])}"
        row["ours"] = max(row["ours"], ours["check_error"] or 0.0)
        row["peer"] = max(row["peer"], fastest[0]["check_error"] or 0.0)
    header = ("family", "cores", "B", "D", *(f"L {length}" for length in lengths), "our error", "its error")
    return header, [(*key, *(row.get(length, "") for length in lengths), error_text(row["ours"]), error_text(row["peer"]))
                    for key, row in rows.items()]


def print_table(header, rows, markdown):
    rows = [tuple(str(value) for value in row) for row in rows]
    if markdown:
        print("| " + " | ".join(header) + " |")
        print("|" + "---|" * len(header))
        for row in rows:
            print("| " + " | ".join(row) + " |")
    else:
        widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
        for row in [header, *rows]:
            print("  ".join(value.ljust(width) for value, width in zip(row, widths)).rstrip())
    print()


def open_results(path):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    return database


def report(options):
    databases = [open_results(path) for path in options.results]
    cells = [cell for database in databases for cell in read_cells(database)]
    times = {cell: found for database in databases for cell, found in read_times(database).items()}
    table = groups(cells)
    if options.grid:
        print_table(*grid_rows(table, times), options.markdown)
    else:
        print_table(HEADER, [row for key, members in table for row in problem_rows(key, members, times)], options.markdown)
    summary = ("family", "cells", "geometric mean against the fastest peer", "least", "cells entirely below 0.98",
               "geometric mean against each")
    print_table(summary, summary_rows(table, times), options.markdown)
    split = sum(database.execute("SELECT COUNT(*) FROM block WHERE split").fetchone()[0] for database in databases)
    pairs = [cell["processes"] for cell in cells if cell["processes"]] or [0]
    print(f"peer / ours: above 1 ours is faster; median over {min(pairs)} to {max(pairs)} pairs of processes of one block, with "
          "its 95 % interval.\nerror: largest of the rows checked against the double-precision reference, relative to the largest "
          "value.\nroof: of what binds our operator, the multiply-add rate or the speed of a cache level or memory; all are charged its "
          "FLOPs and bytes."
          + (f"\n{split} blocks did not fit in memory at once, and their ratios are not paired." if split else ""))
    print(f"Peers: {', '.join(versions())}; what was set for each: scripts/peers/README.md. Results: "
          + (options.results[0] if len(databases) == 1 else f"{len(databases)} databases"))


def versions():
    from importlib.metadata import PackageNotFoundError, version

    for package, name in (("torch", "PyTorch"), ("onnxruntime", "ONNX Runtime")):
        try:
            yield f"{name} {version(package)}"
        except PackageNotFoundError:
            yield f"{name} (not installed)"


# ---------------------------------------------------------------- words


def parse(words):
    parser = argparse.ArgumentParser(prog="scripts/peers/compare", description=__doc__.split("\n\n", 1)[1],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    preset = parser.add_mutually_exclusive_group()
    preset.add_argument("--quick", action="store_true", help="one size, the fastest peers: about 4 minutes")
    preset.add_argument("--full", action="store_true", help="L 256 to 16384, D 64, 256, 768, B 1 and 4: more than an hour")
    parser.add_argument("--operator", default="", help=f"families, comma-separated (default: all): {', '.join(FAMILIES)}")
    parser.add_argument("--length", help="comma-separated, as the next three")
    parser.add_argument("--width")
    parser.add_argument("--batch", help="with --full, 4 goes up to 4096 tokens a sequence")
    parser.add_argument("--threads", help="default: 1 and all cores")
    parser.add_argument("--prepare", choices=("outside", "inside"), default="outside",
                        help="inside: what depends on the weights alone (filters, their spectra) is made in each call")
    parser.add_argument("--peers", default="torch,onnx", help="which (default torch,onnx)")
    parser.add_argument("--fast-only", action="store_true", help="without step loops and naive attention")
    parser.add_argument("--budget", type=float, help="seconds for each sweep (default: what three passes are expected to take)")
    parser.add_argument("--timeout", default="120s", help="longest that a worker may leave a request unanswered (default 120s)")
    parser.add_argument("--memory", help="of all workers together (default: seqscale's)")
    parser.add_argument("--db", help="results database (default: a new one in build/peers)")
    parser.add_argument("--report", metavar="DB", nargs="+", help="print the table of earlier comparisons and measure nothing")
    parser.add_argument("--grid", action="store_true", help="one row for a width, one column for a length: ratio, roof")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args(words)
    lengths, widths, batches = PRESETS["quick" if options.quick else "full" if options.full else "default"]
    options.own_batch = options.batch is not None
    options.length, options.width, options.batch = options.length or lengths, options.width or widths, options.batch or batches
    options.fast_only = options.fast_only or options.quick
    options.peers = options.peers.split(",")
    cores = len(os.sched_getaffinity(0))
    options.thread_counts = numbers(options.threads) if options.threads else sorted({1, cores})
    options.db = options.db or os.path.join(ROOT, "build", "peers", time.strftime("compare-%Y%m%d-%H%M%S.db"))
    options.results = options.report or [options.db]
    return options


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader that has seen enough, as `head`, ends it without a word
    options = parse(sys.argv[1:])
    if not options.report:
        families = chosen([word for word in options.operator.split(",") if word], FAMILIES)
        for family in families:
            for batch in numbers(options.batch):
                sweep(options, family, batch)
    report(options)


if __name__ == "__main__":
    main()
