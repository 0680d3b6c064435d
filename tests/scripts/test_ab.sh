#!/usr/bin/env bash
# test_ab.sh - ab finds a planted slowdown, never invents one, says what failed or is wrong, and writes what other programs read.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

build=$1
program=$build/seqscale
[[ -e $build/operators/synthetic.so ]] || skip_all "the operator synthetic is not built"
export SEQSCALE_DB=$scratch/results.db
quiet=(--quiet --threads 1 --width 8 --length 16 --pairs 12 --budget 90s)
calm='synthetic:time_scale=1000,step_ns=1'

ab() { # EXIT_CODE BASE NEW WORDS...
    local -r code=$1 base=$2 new=$3
    shift 3
    exits "$code" "$program" ab "${quiet[@]}" --base "$base" --new "$new" "$@"
}

# A loaded machine may veto, which is 3: what may never be is that the planted one passes.
slowdown_is_found() {
    local code=0
    "$program" ab "${quiet[@]}" --base "$calm" --new 'synthetic:time_scale=3000,step_ns=1' --name planted || code=$?
    [[ $code -eq 1 || $code -eq 3 ]]
    "$program" ab --show planted --format json >"$scratch/planted.json" || true
    python3 - "$scratch/planted.json" <<'PYTHON'
import json, sys
found = json.load(open(sys.argv[1]))
cells = [cell for cell in found["cells"] if not cell["control"]]
assert len(cells) == 1 and len(found["cells"]) >= 4, found
assert 2 < cells[0]["ratio"] < 4.5, cells[0]
assert cells[0]["verdict"] == "SLOWER" or found["exit_code"] == 3, cells[0]
assert cells[0]["pairs"] == 12 and cells[0]["new_options"] != cells[0]["options"]
PYTHON
}

# The pages of the comparison before: they parse, count alike, and the exit code is the comparison's.
pages_can_be_read() {
    local format code=0
    for format in markdown junit json table; do
        "$program" ab --show planted --format "$format" --output "$scratch/page.$format" || code=$?
        [[ $code -eq 1 || $code -eq 3 ]]
    done
    grep -q '^| ' "$scratch/page.markdown"
    grep -q '<details>' "$scratch/page.markdown"
    python3 - "$scratch/page.junit" "$code" <<'PYTHON'
import sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
assert suite.get("tests") == "1" == str(len(suite.findall("testcase"))), suite.attrib
assert suite.get("failures" if sys.argv[2] == "1" else "skipped") == "1", suite.attrib
PYTHON
    "$program" ab --list | grep -q planted
}

identical_is_no_regression() {
    local code=0
    "$program" ab "${quiet[@]}" --base "$build" --operator synthetic:time_scale=1000,step_ns=1 --budget 4s --name same || code=$?
    [[ $code -eq 0 || $code -eq 3 ]]
    ! "$program" ab --show same --format json | grep -q '"memory": "more"'
}

two_builds_of_a_module() {
    cp "$build/operators/synthetic.so" "$scratch/mine.so"
    local code=0
    "$program" ab "${quiet[@]}" --base "$build/operators/synthetic.so:step_ns=1" --new "$scratch/mine.so:step_ns=1" \
        --budget 3s --format json >"$scratch/module.json" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]]
    python3 -c 'import json, sys; found = json.load(open(sys.argv[1])); assert found["base"]["kind"] == "module"; assert found["cells"][0]["operator"] == "synthetic"' "$scratch/module.json"
}

one_is_forgotten() {
    exits 2 "$program" ab --delete nothing
    exits 0 "$program" ab --delete planted
    exits 2 "$program" ab --show planted
}

commit_that_is_not_there() {
    cd "$scratch"
    exits 2 "$program" ab --base-commit main --operator synthetic
    git init --quiet repository
    cd repository
    git -c user.name=x -c user.email=x@y commit --quiet --allow-empty -m empty
    prints "'nonsense' is no commit" "$program" ab --base-commit nonsense --operator synthetic
    XDG_CACHE_HOME=$scratch/cache exits 4 "$program" ab --base-commit HEAD --operator synthetic
    [[ $(git worktree list | wc -l) -eq 1 && ! -e $scratch/cache/seqscale/builds ]]
}

interrupted_keeps_pairs() {
    "$program" ab "${quiet[@]}" --base "$calm" --new "$calm" --pairs 1000 --name cut &
    local -r pid=$!
    local pairs=0 code=0
    for _ in $(seq 300); do
        pairs=$(python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("select count(*) from comparison_pair join comparison on comparison = id where name = \"cut\"").fetchone()[0])' "$SEQSCALE_DB" 2>/dev/null || echo 0)
        [[ $pairs -lt 2 ]] || break
        sleep 0.1
    done
    kill -INT "$pid"
    wait "$pid" || code=$?
    [[ $code -eq 130 ]]
    "$program" ab --show cut --format json >"$scratch/cut.json" || true
    grep -q '"status": "interrupted"' "$scratch/cut.json"
}

expect test_ab_planted_slowdown_is_a_regression slowdown_is_found
expect test_ab_pages_are_read_by_others pages_can_be_read
expect test_ab_identical_builds_are_no_regression identical_is_no_regression
expect test_ab_module_files_are_named_by_themselves two_builds_of_a_module
expect test_ab_wrong_result_is_5 ab 5 "$calm" synthetic:fault=wrong --budget 1s
expect test_ab_crash_is_4 ab 4 "$calm" synthetic:fault=crash --budget 1s
expect test_ab_missing_operator_is_2 ab 2 "$build" "$build/operators" --operator nonsense
expect test_ab_missing_arm_is_2 ab 2 "$scratch/nowhere" "$calm"
expect test_ab_empty_folder_is_2 ab 2 "$scratch" "$build" --operator synthetic
expect test_ab_without_a_base_is_2 exits 2 "$program" ab --new "$calm"
expect test_ab_folder_without_operator_is_2 prints 'ab needs --operator' "$program" ab --base "$build"
expect test_ab_too_few_pairs_is_2 exits 2 "$program" ab --base "$calm" --new "$calm" --pairs 8
expect test_ab_bad_margin_is_2 exits 2 "$program" ab --base "$calm" --new "$calm" --margin 2x
expect test_ab_unknown_format_is_2 exits 2 "$program" ab --base "$calm" --new "$calm" --format html
expect test_ab_interrupted_keeps_what_was_measured interrupted_keeps_pairs
expect test_ab_commit_that_is_not_there_or_does_not_build commit_that_is_not_there
expect test_ab_delete_forgets_one_comparison one_is_forgotten

close_cases
