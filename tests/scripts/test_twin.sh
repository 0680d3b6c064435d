#!/usr/bin/env bash
# test_twin.sh - an external worker that names one of our operators as its twin gets its tensors, is judged before it is timed,
# and a wrong one is never timed. Workers are tests/fixtures/twin_worker.sh.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$1/seqscale
export SEQSCALE_DB=$scratch/results.db
export TIMED=$scratch/timed
[[ -e $root/operators/skeleton/skeleton.c ]] || skip_all "operators/skeleton was deleted, and it is the twin"

# sweep CODE NAME OPERATOR KIND: one sweep of a twin worker at length 512, its rows and cells in files.
sweep() {
    rm -f "$TIMED"
    exits "$1" "$program" sweep --quiet --no-charts --threads 1 --width 16 --length 512 --budget 5s --name "$2" \
        --operator "exec:sh $root/tests/fixtures/twin_worker.sh $program $3 $4" --operator null
    "$program" export "$2" --format csv >"$scratch/rows"
    "$program" export "$2" --format jsonl >"$scratch/records"
    cat "$scratch/rows"
    grep '"record":"cell"' "$scratch/records" | grep 'twin_worker' >"$scratch/cell"
    cat "$scratch/cell"
}

good_is_timed() {
    sweep 0 good skeleton:half_life=8 good
    [[ -s $TIMED ]]
    grep -q '"status":"ok"' "$scratch/cell"
    grep -q '"check_error":[0-9.]*e-0[789]' "$scratch/cell"
    grep -q '"check_tolerance":0.0001' "$scratch/cell"
    grep -q '"flops":' "$scratch/cell" # the twin's price: the worker said none
    [[ -z $(find /tmp -maxdepth 1 -name 'seqscale-*' -newer "$scratch/rows") ]]
}

bad_is_not_timed() { # CODE KIND STATUS SENTENCE
    sweep "$1" "bad-$2" skeleton "$2"
    [[ ! -e $TIMED ]]
    grep -q "\"status\":\"$3\"" "$scratch/cell"
    grep -q "$4" "$scratch/cell"
}

expect test_twin_right_output_is_timed_with_its_error good_is_timed
expect test_twin_wrong_output_is_never_timed bad_is_not_timed 5 wrong wrong 'double-precision reference'
expect test_twin_one_wrong_value_between_the_rows_is_never_timed bad_is_not_timed 5 spoilt wrong 'beside which it stands'
expect test_twin_without_output_is_never_timed bad_is_not_timed 5 silent wrong 'cannot open'
expect test_twin_file_that_was_cut_off_is_never_timed bad_is_not_timed 5 short wrong 'safetensors'
expect test_twin_that_refuses_the_check_is_never_timed bad_is_not_timed 0 refuses skipped 'not checked here'
expect test_twin_of_an_operator_that_is_not_there_is_a_sentence bad_is_not_timed 4 lost failed 'no_such_operator'

close_cases
