#!/usr/bin/env bash
# test_faults.sh - workers that crash, hang, grow or lie become rows with the reason, and the sweep goes on past them.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$1/seqscale
[[ -e $1/operators/synthetic.so ]] || skip_all "the operator synthetic is not built"
export SEQSCALE_DB=$scratch/results.db
quiet=(--quiet --no-charts --threads 1 --width 8 --length 16)

# sweep_with EXIT_CODE OPERATOR WORDS...: sweeps the operator beside a healthy one; the rows go to $scratch/rows.
sweep_with() {
    local -r code=$1 operator=$2
    shift 2
    exits "$code" "$program" sweep "${quiet[@]}" --operator "$operator" --operator synthetic:time_scale=5 \
        --name "$operator" "$@"
    "$program" export "$operator" --format csv >"$scratch/rows"
}

# The faulty cell has STATUS and a reason with TEXT, and the healthy one was measured all the same.
fault_is_a_row() { # EXIT_CODE FAULT STATUS TEXT WORDS...
    local -r code=$1 fault=$2 status=$3 text=$4
    shift 4
    sweep_with "$code" "synthetic:fault=$fault" --budget 8s "$@"
    cat "$scratch/rows"
    grep "fault=$fault" "$scratch/rows" | grep ",$status," | grep -q "$text"
    grep 'time_scale=5' "$scratch/rows" | grep -q ',ok,'
}

noise_is_kept_out() {
    sweep_with 0 synthetic:fault=noise --budget 8s
    grep 'fault=noise' "$scratch/rows" | grep -q ',ok,'
}

too_large_is_skipped() {
    exits 0 "$program" sweep "${quiet[@]}" --operator synthetic --length 16,1M --width 8192 --memory 1GiB --name large --budget 5s
    "$program" export large --format csv >"$scratch/rows"
    cat "$scratch/rows"
    grep ',1048576,' "$scratch/rows" | grep ',skipped,' | grep -q 'memory'
    grep ',16,' "$scratch/rows" | grep -q ',ok,'
}

too_slow_is_skipped() {
    exits 0 "$program" sweep "${quiet[@]}" --operator synthetic:time_scale=1000,time_power=2 --length 16,64,16384 --limit 1s \
        --name slow --budget 10s
    "$program" export slow --format csv >"$scratch/rows"
    cat "$scratch/rows"
    grep ',16384,' "$scratch/rows" | grep ',skipped,' | grep -q 'limit'
    grep ',64,' "$scratch/rows" | grep -q ',ok,'
}

expect test_faults_crash_is_a_row fault_is_a_row 4 crash failed 'crashed with signal'
expect test_faults_exit_is_a_row fault_is_a_row 4 exit failed 'exit code 7'
expect test_faults_hang_is_a_row fault_is_a_row 4 hang failed 'no answer within' --timeout 2s
expect test_faults_nan_is_a_row fault_is_a_row 5 nan wrong 'NaN'
expect test_faults_wrong_result_is_a_row fault_is_a_row 5 wrong wrong 'differs from its double-precision reference'
expect test_faults_memory_is_a_row fault_is_a_row 4 memory failed 'memory' --memory 600MiB
expect test_faults_printed_noise_is_no_fault noise_is_kept_out
expect test_faults_too_large_is_skipped_before_it_runs too_large_is_skipped
expect test_faults_too_slow_is_skipped_before_it_runs too_slow_is_skipped

close_cases
