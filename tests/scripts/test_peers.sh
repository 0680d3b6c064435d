#!/usr/bin/env bash
# test_peers.sh - what of scripts/peers works without its libraries: the programs are Python, the timing loop takes samples, and
# the table of a comparison is made from a database alone.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$1/seqscale
peers=$root/scripts/peers
export PYTHONDONTWRITEBYTECODE=1
command -v python3 >/dev/null || skip_all "python3 is not installed"
[[ -d $peers ]] || skip_all "this tree has no scripts/peers"

is_python() {
    local file
    for file in "$peers"/*.py; do
        python3 -c 'import ast, sys; ast.parse(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1])' "$file"
    done
}

# A peer without tensors, asked as seqscale would.
answers() {
    python3 - "$peers" <<'END'
import sys, time
sys.path.insert(0, sys.argv[1])
import protocol

class Peer:
    name, twin = "a peer", "skeleton:skip=0"
    bytes = staticmethod(lambda problem: 1000)

worker = protocol.Worker(Peer())
problem = {"do": "describe", "mode": "forward", "scope": "layer"}
assert worker.answer({"do": "hello"}) == {"ok": True, "protocol": 2, "worker": "a peer"}
assert worker.answer(problem)["twin"] == "skeleton:skip=0"
assert worker.answer(problem | {"scope": "core"})["kind"] == "unsupported"
assert worker.answer({"do": "dance"})["kind"] == "unsupported"
worker.timers[1] = protocol.Timer(lambda: time.sleep(1e-3))
reply = worker.answer({"do": "sample", "handle": 1, "count": 2, "minimum_seconds": 0.01})
assert len(reply["wall"]) == 2 and all(wall >= 1e-3 for wall in reply["wall"]) and all(calls >= 2 for calls in reply["calls"])
assert worker.answer({"do": "release", "handle": 1}) == {"ok": True}
name, twin, own = protocol.parse_operator("gru:loop=1,a=b", {"loop": "0"})
assert (protocol.twin_name(name, twin), own) == ("gru:a=b", {"loop": "1"})
END
}

table_is_made() {
    [[ -e $root/operators/skeleton/skeleton.c ]] || return 0
    "$program" sweep --db "$scratch/results.db" --quiet --no-charts --threads 1 --width 16 --length 128,256 --budget 15s \
        --name skeleton-b1 --operator skeleton \
        --operator "exec:sh $root/tests/fixtures/twin_worker.sh $program skeleton good" >"$scratch/sweep"
    python3 "$peers/compare.py" --report "$scratch/results.db" >"$scratch/table"
    cat "$scratch/table"
    grep -q ' 1 ms .*\[.*\] *fastest' "$scratch/table"
    grep -q '^skeleton  *2 ' "$scratch/table" # two cells in the geometric mean
    python3 "$peers/compare.py" --report "$scratch/results.db" --markdown >"$scratch/markdown"
    grep -q '^| skeleton | 1 | 256 | 16 | 1 | seqscale |' "$scratch/markdown"
    python3 "$peers/compare.py" --report "$scratch/results.db" "$scratch/results.db" --grid --markdown >"$scratch/grid"
    grep -q '^| family | cores | B | D | L 128 | L 256 | our error | its error |' "$scratch/grid"
    grep -Eq '^\| skeleton \| 1 \| 1 \| 16 \| [0-9.]+, [0-9]+ % \| [0-9.]+, [0-9]+ % \|' "$scratch/grid"
}

intervals_are_right() {
    python3 - "$peers" <<'END'
import math, sys
sys.path.insert(0, sys.argv[1])
import compare

logs = [math.log(x) for x in (1.0, 1.1, 1.2, 1.3, 1.4, 1.5)]
assert [round(x, 9) for x in compare.interval(logs)] == [round(math.sqrt(1.2 * 1.3), 9), 1.0, 1.5]  # 6 values: the whole range
assert [round(x, 9) for x in compare.interval(logs + logs[:3])][1:] == [1.0, 1.4]  # 9 values: all but the ends
middle, low, high = compare.interval([math.log(2.0)] * 3)
assert abs(low - 2.0) < 1e-12 and abs(high - 2.0) < 1e-12
assert math.isnan(compare.interval([0.0])[1])
END
}

expect test_peers_programs_are_python is_python
expect test_peers_protocol_answers_and_takes_samples answers
expect test_peers_comparison_prints_ratios_with_intervals table_is_made
expect test_peers_interval_matches_known_quantiles intervals_are_right
expect test_peers_unknown_family_is_a_sentence prints 'there is no family nonsense' \
    python3 "$peers/compare.py" --db "$scratch/none.db" --operator nonsense

close_cases
