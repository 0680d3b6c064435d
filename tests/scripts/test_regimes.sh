#!/usr/bin/env bash
# test_regimes.sh - how cells are sampled, as people see it: warm and cold caches, huge pages, grades, and the bound that a
# worker without an answer leaves.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$1/seqscale
export SEQSCALE_DB=$scratch/results.db
quiet=(--quiet --no-charts --threads 1 --width 16)

warm_and_cold_are_two_cells() {
    exits 0 "$program" sweep "${quiet[@]}" --operator conv --length 16,64 --cache warm,cold --budget 4s --name both
    "$program" show both --columns length,cache,status --format csv >"$scratch/rows"
    cat "$scratch/rows"
    [[ $(cat "$scratch/rows") == $'length,cache,status\n16,warm,ok\n16,cold,ok\n64,warm,ok\n64,cold,ok' ]]
}

cold_is_a_series_of_its_own() {
    "$program" study both --format json >"$scratch/study"
    [[ $(grep -o '"cache": "cold"' "$scratch/study" | wc -l) -gt 0 && $(grep -o '"cache": "warm"' "$scratch/study" | wc -l) -gt 0 ]]
    "$program" export both --format csv >"$scratch/both.csv"
    exits 0 "$program" import "$scratch/both.csv" --name again
    "$program" show again --where cache=cold --columns length --format csv >"$scratch/rows"
    [[ $(cat "$scratch/rows") == $'length\n16\n64' ]]
}

cold_spec_is_repeated() {
    "$program" run 'conv@length=64,width=16,cache=cold' >"$scratch/run"
    grep -q '^spec .*cache=cold' "$scratch/run" && grep -q '^time' "$scratch/run"
}

sweep_has_a_grade_and_its_policies() {
    exits 0 "$program" sweep "${quiet[@]}" --operator conv --length 16 --huge-pages off --budget 2s --name graded
    "$program" show graded >"$scratch/page"
    cat "$scratch/page"
    grep -q '^Grade of the sweep [ABCDF]: ' "$scratch/page" && grep -q 'Policies: huge pages: off' "$scratch/page"
    "$program" show graded --columns grade --format csv | grep -qx '[ABCDF]'
    "$program" sweeps | grep '^graded' | grep -q ' [ABCDF] '
}

time_is_accounted_for() {
    "$program" sweep "${quiet[@]}" --operator conv --length 16 --budget 2s --name spent >"$scratch/out"
    grep -q '^Measured for .*: samples .* %, warm-up .* %, harness .* % (first touch of memory .* %)\.$' "$scratch/out"
}

silence_is_a_bound() {
    exits 4 "$program" sweep "${quiet[@]}" --operator synthetic:fault=hang --length 16 --timeout 1s --name silent
    "$program" show silent --columns status,limit_seconds --format csv >"$scratch/rows"
    cat "$scratch/rows"
    [[ $(cat "$scratch/rows") == $'status,limit_seconds\nfailed,1' ]]
}

expect test_regimes_warm_and_cold_are_two_cells warm_and_cold_are_two_cells
expect test_regimes_cold_is_a_series_of_its_own cold_is_a_series_of_its_own
expect test_regimes_cold_spec_is_repeated cold_spec_is_repeated
expect test_regimes_other_caches_are_a_sentence prints "--cache: cache: 'tepid' is not one of warm, cold" \
    "$program" sweep "${quiet[@]}" --operator conv --cache warm,tepid
expect test_regimes_other_pages_are_a_sentence prints "--huge-pages: 'maybe' is not one of on, off" \
    "$program" sweep "${quiet[@]}" --operator conv --huge-pages maybe
expect test_regimes_cold_needs_a_worker_that_can prints 'does not say that it measures cold caches' \
    "$program" sweep "${quiet[@]}" --length 16 --cache cold --operator "exec:sh $root/tests/fixtures/exec_worker.sh"
expect test_regimes_sweep_has_a_grade_and_its_policies sweep_has_a_grade_and_its_policies
expect test_regimes_time_is_accounted_for time_is_accounted_for
expect test_regimes_silence_is_a_bound silence_is_a_bound

close_cases
