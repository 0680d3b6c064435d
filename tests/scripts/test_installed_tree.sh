#!/usr/bin/env bash
# test_installed_tree.sh - what `cmake --install` puts under a prefix works from there, with nothing of the build's folder.
#
#   tests/scripts/test_installed_tree.sh BUILD_FOLDER
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

build=${1:-$root/build}
prefix=$scratch/prefix
program=$prefix/bin/seqscale
cd "$scratch"
export HOME=$scratch/home XDG_DATA_HOME=$scratch/data
unset SEQSCALE_DB SEQSCALE_OPERATORS

lists_every_operator() {
    local -r list=$("$program" list)
    local module
    printf '%s\n' "$list"
    for module in "$build"/operators/*.so; do
        grep -qw "$(basename "$module" .so)" <<<"$list" || return 1
    done
}

# The OpenBLAS that an installed module loads is the one it was built with, whichever alternative the system selects.
loads_its_openblas() {
    local module path found=no
    for module in "$prefix"/lib*/seqscale/operators/*.so "$prefix"/lib*/*/seqscale/operators/*.so; do
        [[ -e $module ]] || continue
        path=$(ldd "$module" | awk '$1 ~ /^libopenblas/ { print $3 }')
        [[ -n $path ]] || continue
        printf '%s: %s\n' "$module" "$path"
        [[ $path == */openblas-openmp/* ]] || return 1
        found=yes
    done
    [[ $found == yes ]]
}

# The program's own operators and gnuplot programs are enough for a sweep with its charts.
draws_charts() {
    "$program" sweep --operator null,synthetic --length 64..256 --threads 1 --budget 6s --name installed
    "$program" plot installed --figures time --output "$scratch/charts"
    [[ -s $scratch/charts/time.svg ]]
}

compiles_a_module() {
    cc -std=c17 -O3 -shared -fPIC -I"$prefix/include/seqscale" "$root/operators/null/null.c" -o "$scratch/mine.so"
}

expect test_installed_tree_installs cmake --install "$build" --prefix "$prefix"
expect test_installed_tree_prints_help prints sweep "$program" --help
expect test_installed_tree_lists_every_operator lists_every_operator
expect test_installed_tree_loads_its_own_openblas loads_its_openblas
expect test_installed_tree_has_manual_page test -s "$prefix/share/man/man1/seqscale.1"
expect test_installed_tree_has_plots test -s "$prefix/share/seqscale/plots/time.gp"
expect test_installed_tree_has_sweeps test -s "$prefix/share/seqscale/sweeps/default.sweep"
expect test_installed_tree_sweeps_and_draws draws_charts
expect test_installed_tree_is_a_baseline prints 'of /' "$program" baseline set installed --db "$scratch/results.db"
expect test_installed_tree_contract_compiles_alone compiles_a_module

close_cases
