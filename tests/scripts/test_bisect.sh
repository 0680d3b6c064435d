#!/usr/bin/env bash
# test_bisect.sh - the commit that made something slower is found in a repository of one file, by a judge that reads that file
# instead of a clock: found, skipped, not there, not usable; and the checkout stays as it was.
# shellcheck disable=SC2016 # what is judged by is for another shell
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$(realpath "$1")/seqscale
repository=$scratch/repository
export SEQSCALE_DB=$scratch/results.db
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t GIT_CONFIG_GLOBAL=/dev/null
command -v git >/dev/null || skip_all 'git is not installed'

commit() { # CONTENT: what a judge or a build finds there
    printf '%s\n' "$1" >speed
    git add speed
    git commit -q -m "make it $1"
}

# Commits 0 to 8: fast until 4, slow from 5 on; 3 does not build, 6 cannot be judged.
mkdir "$repository"
cd "$repository"
git init -q .
for content in fast-0 fast-1 fast-2 broken-3 fast-4 slow-5 unknown-6 slow-7 slow-8; do
    commit "$content"
done
slow=$(git rev-parse HEAD~3)
git branch side HEAD~8
echo 'not committed' >mine

judge='case $(cat speed) in fast*) exit 0 ;; slow*) exit 1 ;; unknown*) exit 3 ;; *) exit 2 ;; esac'
bisect() {
    "$program" bisect "$@"
}

first_slow_commit_is_found() {
    local -r output=$(bisect --good HEAD~8 --bad HEAD --judge "${judge/broken/fast}" --build 'cp speed module.so; ! grep broken speed' \
        --module module.so)
    printf '%s\n' "$output"
    [[ $output == *"first slower commit is $slow make it slow-5"* ]]
    grep -q 'is good: no regression' "$scratch/bisect/HEAD~8..HEAD.log"
    grep -q 'is bad: a regression' "$scratch/bisect/HEAD~8..HEAD.log"
}

checkout_is_not_touched() {
    [[ $(git status --porcelain) == '?? mine' && $(cat speed) == slow-8 ]]
    [[ $(git worktree list | wc -l) -eq 1 ]]
    [[ -z $(git for-each-ref refs/bisect) ]]
}

# Commits 5 and 6 cannot be judged: one of 5, 6 and 7 it is.
skipped_commits_leave_a_range() {
    local code=0 output
    output=$(bisect --good HEAD~8 --bad HEAD --log "$scratch/range.log" \
        --judge 'case $(cat speed) in slow-5 | unknown*) exit 4 ;; slow*) exit 1 ;; *) exit 0 ;; esac') || code=$?
    printf '%s\n' "$output"
    [[ $code -eq 3 && $output == *'one of these 3 commits'* && $output == *slow-5* && $output == *unknown-6* && $output == *slow-7* ]]
    grep -q 'is skipped: a measurement failed' "$scratch/range.log"
}

base_and_new_are_those_modules() {
    bisect --good HEAD~8 --bad HEAD --build 'cp speed module.so' --module module.so \
        --judge '[ "$(cat "$SEQSCALE_BASE")" = fast-0 ] && cmp speed "$SEQSCALE_NEW" && ! grep -e slow -e unknown speed' >"$scratch/out"
    cat "$scratch/out"
    grep -q "$slow" "$scratch/out"
}

# What the build said before stands in the same log, and is no answer of the judge.
ends_with_the_code() {
    local -r output=$(bisect --good HEAD~8 --bad HEAD --judge 'exit 2' 2>&1)
    [[ $output == *'ended with exit code 2' ]] || { printf '%s\n' "$output"; return 1; }
}

expect test_bisect_of_a_slowdown_finds_its_commit first_slow_commit_is_found
expect test_bisect_leaves_the_checkout_alone checkout_is_not_touched
expect test_bisect_with_skipped_commits_gives_a_range skipped_commits_leave_a_range
expect test_bisect_compares_the_modules_of_both_commits base_and_new_are_those_modules
expect test_bisect_of_equal_ends_is_inconclusive exits 3 bisect --good HEAD~8 --bad HEAD~7 --judge "$judge"
expect test_bisect_of_equal_ends_says_so prints 'there is nothing to find' bisect --good HEAD~8 --bad HEAD~7 --judge "$judge"
expect test_bisect_with_a_bad_end_that_cannot_be_judged_says_so \
    prints 'the bad revision cannot be judged' bisect --good HEAD~8 --bad HEAD~2 --judge "$judge"
expect test_bisect_with_an_unusable_judge_is_usage exits 2 bisect --good HEAD~8 --bad HEAD --judge 'exit 2'
expect test_bisect_says_what_an_unusable_judge_said prints 'exit code 2: no such ruler' \
    bisect --good HEAD~8 --bad HEAD --judge 'echo "seqscale: no such ruler" >&2; exit 2'
expect test_bisect_of_a_silent_judge_says_no_more ends_with_the_code
expect test_bisect_good_that_does_not_build_is_failed \
    exits 4 bisect --good HEAD~5 --bad HEAD --judge "$judge" --build '! grep broken speed && cp speed m.so' --module m.so
expect test_bisect_unknown_revision_is_a_sentence prints "'nowhere' is no commit" bisect --good nowhere --bad HEAD --judge true
expect test_bisect_of_one_commit_is_a_sentence prints 'the same commit' bisect --good HEAD --bad HEAD --judge true
expect test_bisect_backwards_is_a_sentence prints 'is no ancestor' bisect --good HEAD --bad HEAD~1 --judge true
expect test_bisect_without_ends_is_usage exits 2 bisect --operator x
expect test_bisect_with_half_a_build_is_usage exits 2 bisect --good HEAD~1 --bad HEAD --build make
cd "$scratch"
expect test_bisect_outside_a_repository_is_a_sentence prints 'is in no git repository' bisect --good a --bad b --judge true

close_cases
