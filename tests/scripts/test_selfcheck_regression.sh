#!/usr/bin/env bash
# test_selfcheck_regression.sh - the regression suite begins with what is simulated, keeps it, and says what is missing. What it
# measures is a matter of minutes, and of a quiet machine.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$1/seqscale
export SEQSCALE_DB=$scratch/results.db

simulated_is_kept() {
    exits 3 "$program" selfcheck --regression --quick --quiet --for 4s --format json
    "$program" selfcheck --regression --resume --quiet --for 1ms --format json >"$scratch/report.json" || true
    python3 - "$scratch/report.json" <<'PYTHON'
import json, sys
lines = json.load(open(sys.argv[1]))["lines"]
found = {line["what"]: line for line in lines if line["part"] == "verdicts, simulated"}
alarms = found["unchanged cells called different"]
assert alarms["trials"] >= 400 and alarms["hits"] <= 0.01 * alarms["trials"], alarms
PYTHON
}

# Nothing of this is timed: what is planted is counted, and is the tenth of a percent that was asked for.
planted_is_counted() {
    "$program" selfcheck --regression --quick --quiet --for 30s --db "$scratch/counted.db" --format json \
        >"$scratch/counted.json" || true
    python3 - "$scratch/counted.json" <<'PYTHON'
import json, sys
lines = json.load(open(sys.argv[1]))["lines"]
part = {line["what"]: line for line in lines if line["part"] == "planted, counted"}
found = part["0.1 % more instructions found by counting"]
assert found["hits"] == found["trials"] == 2, found
assert 0.095 < part["more instructions counted"]["value"] < 0.11, part
PYTHON
}

suites_are_apart() {
    exits 2 "$program" selfcheck --resume --quiet
}

loaded_parts_can_be_had_alone() {
    exits 3 "$program" selfcheck --full --load=only --quiet --for 1ms --db "$scratch/loaded.db"
    "$program" selfcheck --full --load=only --resume --quiet --for 1ms --db "$scratch/loaded.db" >"$scratch/loaded" 2>&1 || true
    grep -q '0 of 40 units' "$scratch/loaded"
    prints "not with 'never'" "$program" selfcheck --load=never
}

expect test_selfcheck_regression_keeps_what_was_simulated simulated_is_kept
if command -v valgrind >/dev/null && "$program" sweep --quiet --no-charts --metric instructions --operator null --length 16 \
    >"$scratch/can_count" 2>&1; then
    expect test_selfcheck_regression_counts_what_was_planted planted_is_counted
fi
expect test_selfcheck_regression_is_a_suite_of_its_own suites_are_apart

expect test_selfcheck_load_can_be_had_alone loaded_parts_can_be_had_alone

close_cases
