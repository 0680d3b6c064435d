#!/usr/bin/env bash
# test_selfcheck.sh - selfcheck ends, goes on and is interrupted without losing or repeating a unit, leaves no neighbour behind,
# and prints what a script can read. Whether its targets are met is not asked here: the machine may be busy.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$1/seqscale
[[ -e $1/operators/synthetic.so && -e $1/operators/null.so ]] || skip_all "the operators synthetic and null are not built"
export SEQSCALE_DB=$scratch/results.db

# Prints "units units_wanted" of the newest run, without adding a unit: the time is up at once.
units() {
    "$program" selfcheck --resume --quiet --for 1ms --format json >"$scratch/report.json" || true
    sed -nE 's/.*"units(_wanted)?": ([0-9]+).*/\2/p' "$scratch/report.json" | paste -sd' '
}

time_is_up_and_resumed() {
    exits 3 "$program" selfcheck --quick --quiet --for 1ms
    [[ $(units) == "0 "* ]]
    local code=0
    "$program" selfcheck --resume --quiet --for 1s >"$scratch/table.out" 2>&1 || code=$?
    [[ $code -eq 3 ]] || { echo "exit code $code"; return 1; }
    grep -q 'unfinished: ' "$scratch/table.out"
    local have wanted
    read -r have wanted < <(units)
    echo "$have of $wanted"
    [[ $have -ge 1 && $have -lt $wanted ]]
}

interrupted_keeps_what_is_finished() {
    local before after wanted code=0
    read -r before wanted < <(units)
    "$program" selfcheck --resume --quiet >"$scratch/interrupted.out" 2>&1 &
    local -r pid=$!
    sleep 1
    kill -INT "$pid"
    wait "$pid" || code=$?
    [[ $code -eq 130 ]] || { cat "$scratch/interrupted.out"; echo "exit code $code"; return 1; }
    grep -q -- '--resume' "$scratch/interrupted.out"
    read -r after wanted < <(units)
    echo "$before, then $after of $wanted"
    [[ $after -ge $before && $after -lt $wanted ]]
}

nothing_is_added_to_the_sweeps() {
    prints 'No sweep is stored yet' "$program" sweeps
}

expect test_selfcheck_goes_on_where_the_time_was_up time_is_up_and_resumed
expect test_selfcheck_interrupted_keeps_what_is_finished interrupted_keeps_what_is_finished
expect test_selfcheck_adds_nothing_to_the_sweeps nothing_is_added_to_the_sweeps
expect test_selfcheck_markdown_is_a_table prints '| part | what | count |' \
    "$program" selfcheck --resume --quiet --for 1ms --format markdown
expect test_selfcheck_quick_and_full_is_a_sentence exits 2 "$program" selfcheck --quick --full
expect test_selfcheck_unknown_format_is_a_sentence exits 2 "$program" selfcheck --format yaml
expect test_selfcheck_nothing_to_resume_is_a_sentence prints 'holds no full selfcheck to go on with' \
    "$program" selfcheck --resume --full
expect test_selfcheck_stray_word_is_a_sentence exits 2 "$program" selfcheck now

close_cases
