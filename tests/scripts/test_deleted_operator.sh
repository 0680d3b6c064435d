#!/usr/bin/env bash
# test_deleted_operator.sh - deleting an operator's folder and rebuilding needs no other edit: a copy of the checkout without
# one operator builds, lists the others, still takes the default sweep, which names the deleted one, and passes the tests that
# speak of it.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"
# shellcheck source=tests/scripts/tree.bash
source "$(dirname "${BASH_SOURCE[0]}")/tree.bash"

deleted=gru
[[ -d $root/operators/$deleted ]] || skip_all "there is no operators/$deleted to delete"
copy_tree "$scratch/tree"
cd "$scratch/tree"
rm -r "operators/$deleted"
export SEQSCALE_DB=$scratch/results.db

build() {
    scripts/build --program release -DSEQSCALE_TESTS=ON -DSEQSCALE_WERROR=ON
}

# Every remaining operator is listed by the copy's program, and the deleted one is not.
lists_the_rest() {
    local -r list=$(build/seqscale list)
    local file name
    printf '%s\n' "$list"
    for file in operators/*/CMakeLists.txt; do
        name=$(basename "$(dirname "$file")")
        [[ $name == kernels ]] || grep -qw "$name" <<<"$list" || return 1
    done
    ! grep -qw "$deleted" <<<"$list"
}

# The tests whose sources name the deleted operator or go through the reference tensors: the others cannot know of it.
tests_pass() {
    local programs scripts script
    mapfile -t programs < <(grep -lwE "$deleted|vectors" tests/*/test_*.c | xargs -rn1 basename -s .c)
    mapfile -t scripts < <(grep -lwE "$deleted|vectors" tests/scripts/test_*.sh | grep -v "/$(basename "$0")\$")
    printf 'tests: %s\n' "${programs[@]}" "${scripts[@]}"
    if [[ ${#programs[@]} -gt 0 ]]; then
        cmake --build build --target "${programs[@]}"
        ctest --test-dir build --output-on-failure -R "^($(IFS='|' && echo "${programs[*]}"))\$" </dev/null
    fi
    for script in "${scripts[@]}"; do
        "$script" "$PWD/build"
    done
}

expect test_deleted_operator_builds build
expect test_deleted_operator_is_not_listed lists_the_rest
expect test_deleted_operator_layers_hold scripts/checks/layers
expect test_deleted_operator_default_sweep_is_priced build/seqscale sweep @scripts/sweeps/default.sweep --list
expect test_deleted_operator_quick_sweep_runs \
    build/seqscale sweep @scripts/sweeps/quick.sweep --length 64 --threads 1 --budget 3s --name short
expect test_deleted_operator_measures_the_rest prints lstm build/seqscale show short
expect test_deleted_operator_tests_pass tests_pass

close_cases
