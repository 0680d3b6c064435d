#!/usr/bin/env bash
# test_gate.sh - scripts/ci/gate on a repository of one module: a planted slowdown is a regression with a comment and a JUnit file
# that parse; an identical change is none; what cannot be used is a sentence.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$(realpath "$1")/seqscale
repository=$scratch/repository
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t GIT_CONFIG_GLOBAL=/dev/null
unset SEQSCALE_DB
for tool in git cc python3; do
    command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
# shellcheck disable=SC2016 # for the gate's shell
build="cc -O2 -shared -fPIC -I'$root/operators' -I'$root/tests/fixtures' gated.c -o gated.so"
calm=(--length 256 --width 16 --threads 1 --pairs 12)

# The honest fixture, its work done `$1` times.
write_module() { # TIMES
    sed -e 's/"honest"/"gated"/' -e 's/fixture_forward,/forward,/' "$root/tests/fixtures/honest.c" |
        sed "/^SEQ_EXPORT/i static enum seq_status forward(const struct seq_plan *plan, const struct seq_run *run)\n{\n    \
enum seq_status status = fixture_forward(plan, run);\n    for (int i = 1; i < $1 \&\& !run->state_out; ++i)\n        \
status = fixture_forward(plan, run);\n    return status;\n}\n" >gated.c
}

commit() { # NAME TIMES
    write_module "$2"
    echo "$1" >note
    git add gated.c note
    git commit -q -m "$1"
    git tag "$1"
}

mkdir "$repository"
cd "$repository"
git init -q .
commit first 2
commit same 2
commit slow 3
echo 'int broken(' >gated.c
git commit -q -a -m broken
git tag broken

gate() {
    "$root/scripts/ci/gate" --program "$program" --build "$build" --module gated.so --budget 40s "$@"
}

pages_parse() { # FOLDER FAILURES
    grep -q '^| ' "$1/report.md"
    python3 - "$1" "$2" <<'PYTHON'
import json, sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1] + "/junit.xml").getroot().find("testsuite")
assert suite.get("failures") == sys.argv[2], suite.attrib
found = json.load(open(sys.argv[1] + "/result.json"))
assert [cell["operator"] for cell in found["cells"] if not cell["control"]] == ["gated"], found["cells"]
PYTHON
}

# A loaded machine may veto (3). What may never be is that the planted one passes.
slowdown_is_a_regression() {
    local code=0
    gate --base first --head slow --output "$scratch/slow" --markdown "$scratch/summary" -- "${calm[@]}" || code=$?
    [[ $code -eq 1 || $code -eq 3 ]]
    pages_parse "$scratch/slow" $((code == 1))
    cmp "$scratch/summary" "$scratch/slow/report.md"
    python3 -c 'import json, sys; cells = json.load(open(sys.argv[1]))["cells"]; assert 1.2 < cells[0]["ratio"] < 2, cells[0]' \
        "$scratch/slow/result.json"
}

identical_change_is_none() {
    local code=0
    gate --base first --head same --output "$scratch/same" -- "${calm[@]}" || code=$?
    [[ $code -eq 0 || $code -eq 3 ]]
    pages_parse "$scratch/same" 0
}

nothing_is_left_behind() {
    [[ $(git worktree list | wc -l) -eq 1 && -z $(git status --porcelain) ]]
}

recipes_call_the_gate() {
    local recipe
    for recipe in github-actions.yml gitlab-ci.yml; do
        grep -q 'scripts/ci/gate' "$root/docs/ci/$recipe"
        if grep -n '	' "$root/docs/ci/$recipe"; then
            return 1
        fi
        grep -q "$recipe" "$root/docs/ci.md"
    done
}

expect test_gate_of_a_slowdown_is_a_regression slowdown_is_a_regression
expect test_gate_of_an_identical_change_is_none identical_change_is_none
expect test_gate_of_a_commit_that_does_not_build_is_failed \
    exits 4 gate --base first --head broken --output "$scratch/broken"
expect test_gate_without_the_module_is_failed \
    exits 4 gate --base first --head same --module other.so --output "$scratch/other"
expect test_gate_leaves_nothing_behind nothing_is_left_behind
expect test_gate_without_a_base_is_usage exits 2 gate
expect test_gate_unknown_base_is_a_sentence prints "'nowhere' is no commit" gate --base nowhere
expect test_gate_unknown_option_is_usage exits 2 gate --base first --frobnicate
expect test_gate_help_names_its_options prints '--budget TIME' "$root/scripts/ci/gate" --help
expect test_gate_recipes_call_it recipes_call_the_gate

close_cases
