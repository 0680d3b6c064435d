#!/usr/bin/env bash
# test_layers.sh - scripts/checks/layers is silent on this tree and finds each kind of planted offence
# in a small one of the same shape.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

tree=$scratch/tree
mkdir -p "$tree"/operators/{kernels,one,two} "$tree"/harness/{analyse,base,store,sweep,worker} "$tree/plots"
touch "$tree"/harness/{protocol.h,base/text.h,store/store.h,worker/planted.h,sweep/planted.h}
echo '#include <stdint.h>' >"$tree/operators/operator.h"
for file in operators/{kernels/linear.c,one/one.c,two/two.h}; do
    echo '#include "operator.h"' >"$tree/$file"
done
echo 'seqscale_operator(one SOURCES one.c)' >"$tree/operators/one/CMakeLists.txt"
echo '#include "base/text.h"' >"$tree/harness/base/text.c"

# Adds the line to a file of the tree, checks the tree into $report and $code, takes the line out again.
check_with() { # FILE LINE
    local -r file=$tree/$1
    [[ ! -e $file ]] || cp "$file" "$scratch/kept"
    printf '\n%s\n' "$2" >>"$file"
    place=$1:$(wc -l <"$file")
    code=0
    report=$("$root/scripts/checks/layers" "$tree" 2>&1) || code=$?
    rm "$file"
    [[ ! -e $scratch/kept ]] || mv "$scratch/kept" "$file"
}

# The planted line is named, with the sentence, and it is the only offence.
finds() { # FILE LINE SENTENCE
    check_with "$1" "$2"
    echo "$report"
    [[ $code -eq 1 && $report == "$place: "*"$3"* && $report != *$'\n'* ]]
}

ignores() { # FILE LINE
    check_with "$1" "$2"
    echo "$report"
    [[ $code -eq 0 ]]
}

expect test_layers_this_tree_is_clean "$root/scripts/checks/layers"
expect test_layers_sound_tree_is_clean "$root/scripts/checks/layers" "$tree"

expect test_layers_operator_includes_sibling_is_found \
    finds operators/one/one.c '#include "two/two.h"' 'not "two/two.h"'
expect test_layers_operator_includes_sibling_by_path_is_found \
    finds operators/one/one.c '#include "../two/two.h"' 'an operator includes operator.h'
expect test_layers_operator_includes_harness_is_found \
    finds operators/one/one.c '#include "base/text.h"' 'an operator includes operator.h'
expect test_layers_kernel_includes_operator_folder_is_found \
    finds operators/kernels/linear.c '#include "one/one.h"' 'an operator includes operator.h'
expect test_layers_operator_links_harness_is_found \
    finds operators/one/CMakeLists.txt 'target_link_libraries(operator_one PRIVATE seqscale_harness)' 'build with the harness'
expect test_layers_contract_includes_more_is_found \
    finds operators/operator.h '#include <stdio.h>' 'the contract compiles alone'

expect test_layers_sweep_includes_contract_is_found \
    finds harness/sweep/planted.c '#include "operator.h"' 'only harness/worker/ includes operator.h'
expect test_layers_worker_includes_contract_is_allowed \
    ignores harness/worker/planted.c '#include "operator.h"'
expect test_layers_worker_includes_kernels_is_found \
    finds harness/worker/planted.c '#include "kernels/linear.h"' 'nothing of harness/ includes kernels/'
expect test_layers_sweep_includes_worker_is_found \
    finds harness/sweep/planted.c '#include "worker/planted.h"' 'sweep does not include'
expect test_layers_worker_includes_sweep_is_found \
    finds harness/worker/planted.c '#include "sweep/planted.h"' 'worker does not include'
expect test_layers_worker_includes_store_is_found \
    finds harness/worker/planted.c '#include "store/store.h"' 'worker does not include'
expect test_layers_worker_includes_protocol_is_allowed \
    ignores harness/worker/planted.c '#include "protocol.h"'
expect test_layers_base_includes_store_is_found \
    finds harness/base/text.c '#include "store/store.h"' 'base does not include'
expect test_layers_header_by_path_is_found \
    finds harness/store/planted.c '#include "../base/text.h"' 'not by a path'
expect test_layers_unknown_header_is_found \
    finds harness/store/planted.c '#include "base/nowhere.h"' 'there is no harness/base/nowhere.h'
expect test_layers_spaced_include_is_found \
    finds harness/base/text.c ' #  include  "store/store.h" /* why */' 'base does not include'
expect test_layers_include_in_comment_is_allowed \
    ignores harness/base/text.c '/* #include "store/store.h" */'

expect test_layers_analyse_includes_clock_is_found \
    finds harness/analyse/planted.c '#include <time.h>' 'analyse/ is pure'
expect test_layers_analyse_includes_database_is_found \
    finds harness/analyse/planted.c '#include <sqlite3.h>' 'analyse/ is pure'
expect test_layers_analyse_opens_file_is_found \
    finds harness/analyse/planted.c 'static void *f(void) { return fopen("x", "r"); }' 'analyse/ is pure: no file'
expect test_layers_analyse_includes_store_is_found \
    finds harness/analyse/planted.c '#include "store/store.h"' 'analyse does not include'

expect test_layers_harness_names_operator_is_found \
    finds harness/sweep/planted.c 'int f(const char *s) { return strcmp(s, "one"); }' 'the harness names an operator'
expect test_layers_operator_name_in_comment_is_allowed \
    ignores harness/sweep/planted.c '/* for example "one" */ int f(void); // or "two"'
expect test_layers_plot_names_operator_is_found \
    finds plots/planted.gp 'if (name eq "two") colour = 3' 'plots name no operator'
expect test_layers_plot_runs_program_is_found \
    finds plots/planted.gp 'x = system("ls")' 'run no program'
mkdir "$tree/harness/stray"
touch "$tree/harness/stray/planted.c"
expect test_layers_unknown_folder_is_found \
    prints 'harness/stray/planted.c:1: the architecture has no harness/stray' "$root/scripts/checks/layers" "$tree"

close_cases
