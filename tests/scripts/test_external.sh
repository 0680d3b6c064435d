#!/usr/bin/env bash
# test_external.sh - any program that speaks the protocol is an operator: exec:COMMAND; and a module file is one: ./my_op.so,
# built outside the tree from operator.h alone.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$1/seqscale
export SEQSCALE_DB=$scratch/results.db
worker=$root/tests/fixtures/exec_worker.sh
quiet=(--quiet --no-charts --threads 1 --width 16 --length 16..64 --budget 5s)

external_is_measured() {
    exits 0 "$program" sweep "${quiet[@]}" --operator "exec:sh $worker one,two=three" --operator null --name external
    "$program" export external --format csv >"$scratch/rows"
    cat "$scratch/rows"
    [[ $(grep -c 'exec_worker.sh' "$scratch/rows") -eq 3 ]]
    grep 'exec_worker.sh' "$scratch/rows" | grep ',64,' | grep -q '6.4e-05'
}

broken_external_is_rows() {
    exits 4 "$program" sweep "${quiet[@]}" --operator 'exec:exit 3' --operator null --name broken
    "$program" export broken --format csv >"$scratch/rows"
    cat "$scratch/rows"
    grep 'exec:exit 3' "$scratch/rows" | grep -q ',failed,'
    grep '^null' "$scratch/rows" | grep -q ',ok,'
}

outside_module() {
    [[ -e $root/operators/skeleton/skeleton.c ]] || return 0
    mkdir -p "$scratch/mine"
    cp "$root/operators/operator.h" "$scratch/mine/"
    sed 's/.name = "skeleton"/.name = "my_op"/' "$root/operators/skeleton/skeleton.c" >"$scratch/mine/my_op.c"
    cd "$scratch/mine"
    cc -O3 -fopenmp -shared -fPIC -I. my_op.c -o my_op.so -lm
    exits 0 "$program" verify ./my_op.so --width 24
    exits 0 "$program" sweep "${quiet[@]}" --operator ./my_op.so --name mine
    "$program" export mine --format csv | grep my_op.so | grep -q ',ok,'
}

expect test_external_program_is_an_operator external_is_measured
expect test_external_program_that_fails_is_rows_with_the_reason broken_external_is_rows
expect test_external_module_outside_the_tree_is_verified_and_measured outside_module
expect test_external_file_that_is_no_module_is_a_sentence prints 'cannot be loaded as a module' \
    "$program" sweep "${quiet[@]}" --operator "$root/README.md"

close_cases
