#!/usr/bin/env bash
# test_instructions.sh - sweeps that are counted instead of timed: from the command to the table, the study, and back.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$1/seqscale
[[ -e $1/operators/synthetic.so && -e $1/operators/null.so ]] || skip_all "the operators synthetic and null are not built"
command -v valgrind >/dev/null || skip_all "valgrind is not installed"
export SEQSCALE_DB=$scratch/results.db
# step_ns: nothing is calibrated, so that the number of steps is the option's; 4 instructions or so each.
linear=synthetic:step_ns=1,time_scale=20
logarithmic=synthetic:step_ns=1,time_scale=4,time_log_power=1

counted() { # WORDS...: a sweep that is counted, quietly
    "$program" sweep --quiet --no-charts --metric instructions "$@"
}

if ! said=$(counted --operator null --length 16 --name defaults 2>&1); then
    [[ $said == *sanitizers* ]] && skip_all "a build with sanitizers does not run under valgrind"
fi

cells() { # SWEEP: operator, length, instructions, spread, status
    "$program" show "$1" --format csv --columns operator,options,length,instructions,instructions_spread,status | tail -n +2
}

counts_are_stored() {
    exits 0 counted --operator "$linear" --operator "$logarithmic" --length 64..512 --width 8 --name counts
    [[ $(cells counts | grep -c ',0,ok$') -eq 8 ]]
    prints 'Deterministic' "$program" show counts
    prints '8 measured' "$program" show counts
}

width_and_threads_have_defaults() {
    prints 'width=64' "$program" show defaults --columns spec
    prints 'threads=1' "$program" show defaults --columns spec
}

again_counts_the_same() {
    exits 0 "$program" sweep --again counts --quiet --no-charts --name twice --length 64
    [[ $(cells counts | grep -F ',64,') == "$(cells twice)" ]]
}

resume_counts_what_is_missing() {
    exits 0 counted --operator "$linear" --length 64,128 --width 8 --budget 1s --name short
    prints 'budget' "$program" show short
    exits 2 "$program" sweep --resume short --quiet --no-charts --metric time
    exits 0 "$program" sweep --resume short --quiet --no-charts --budget 1m
    [[ $(cells short) == "$(cells counts | grep -E '=2e\+01.*,(64|128),')" ]]
}

study_tells_n_from_n_log_n() {
    local classes
    classes=$("$program" study counts --format csv | grep -F ',instructions,,residual,' | sed -E 's/.*(log)?_power.*,/logarithmic: /; s/.*time_scale.*,/linear: /')
    printf '%s\n' "$classes"
    [[ $classes == $'linear: n\nlogarithmic: n log n' ]]
    prints 'Growth of instructions' "$program" study counts
}

exchange_keeps_counts() {
    local format
    for format in csv jsonl; do
        "$program" export counts --format "$format" >"$scratch/counts.$format"
        SEQSCALE_DB=$scratch/other-$format.db exits 0 "$program" import "$scratch/counts.$format" --name counts
        [[ $(SEQSCALE_DB=$scratch/other-$format.db cells counts) == "$(cells counts)" ]]
    done
}

crash_and_wrong_results_are_cells_that_failed() {
    exits 4 counted --operator synthetic:fault=crash --length 16 --width 8 --name crash
    prints 'signal 6' "$program" show crash
    exits 5 counted --operator synthetic:fault=wrong --length 16 --width 8 --name wrong
    [[ -z $(cells wrong | cut -d, -f4) ]]
}

# The budget holds the counts and nothing else.
counts_decide_without_times() {
    exits 1 "$program" ab --quiet --metric instructions --base "$linear" --new "${linear/=20/=21}" --length 4096 --width 8 \
        --threads 1 --budget 100ms
    prints 'SLOWER' "$program" ab --quiet --metric instructions --base "$linear" --new "${linear/=20/=21}" --length 4096 \
        --width 8 --threads 1 --budget 100ms
}

what_cannot_be_counted_is_a_sentence() {
    prints 'with one thread' counted --operator null --threads 1,2
    prints "'cycles' is not one of" "$program" sweep --metric cycles --operator null
    prints 'apt install valgrind' env PATH=/nowhere "$program" sweep --quiet --metric instructions --operator null
    prints 'GFLOP is more than' "$program" sweep --metric instructions --operator attention --length 64k --list
    prints 'external' "$program" sweep --metric instructions --list --length 16 \
        --operator "exec:$root/tests/fixtures/exec_worker.sh"
}

expect "instructions are counted and stored" counts_are_stored
expect "width is 64 and threads 1 unless said otherwise" width_and_threads_have_defaults
expect "sweep --again counts the same numbers" again_counts_the_same
expect "sweep --resume counts what the budget left out" resume_counts_what_is_missing
expect "study tells n from n log n by counts" study_tells_n_from_n_log_n
expect "counts survive export and import" exchange_keeps_counts
expect "a crash and wrong results are cells with a reason" crash_and_wrong_results_are_cells_that_failed
expect "ab judges by counts where there is no time for times" counts_decide_without_times
expect "what cannot be counted is a sentence" what_cannot_be_counted_is_a_sentence
close_cases
