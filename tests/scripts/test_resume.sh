#!/usr/bin/env bash
# test_resume.sh - a sweep that was killed or interrupted loses at most the block in flight and goes on where it was.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$1/seqscale
[[ -e $1/operators/synthetic.so ]] || skip_all "the operator synthetic is not built"
export SEQSCALE_DB=$scratch/results.db
words=(--quiet --no-charts --threads 1 --width 8 --length 16..256 --operator synthetic --operator synthetic:time_scale=9
    --budget 6s)

start() { # NAME: in the background, so that it can be killed
    "$program" sweep "${words[@]}" --name "$1" >"$scratch/$1.out" 2>&1 &
    sweep=$!
}

measured() { # NAME: rows that have a time
    "$program" export "$1" --format csv | awk -F, 'NR > 1 && /,ok,/' | wc -l
}

no_worker_left() {
    ! pgrep -f "$scratch" >/dev/null
}

killed_is_resumed() {
    local delay
    for delay in 0.3 0.9 1.7; do
        start "killed-$delay"
        sleep "$delay"
        kill -9 "$sweep" 2>/dev/null || true
        wait "$sweep" 2>/dev/null || true
        exits 0 "$program" sweep --resume "killed-$delay" --quiet --no-charts
        [[ $(measured "killed-$delay") -eq 10 ]] || return 1
        "$program" sweeps | grep "killed-$delay" | grep -q complete || return 1
    done
}

interrupted_ends_cleanly() {
    start interrupted
    sleep 1
    kill -INT "$sweep"
    local code=0
    wait "$sweep" || code=$?
    [[ $code -eq 130 ]] || { echo "exit code $code"; return 1; }
    grep -q -- '--resume' "$scratch/interrupted.out"
    exits 0 "$program" sweep --resume --quiet --no-charts
    [[ $(measured interrupted) -eq 10 ]]
}

finished_is_left_alone() {
    local before after
    before=$("$program" export interrupted --format csv | cut -d, -f1-9)
    exits 0 "$program" sweep --resume interrupted --quiet --no-charts
    after=$("$program" export interrupted --format csv | cut -d, -f1-9)
    [[ $before == "$after" ]]
}

again_repeats() {
    exits 0 "$program" sweep --again interrupted --name second --quiet --no-charts --length 16,32
    [[ $(measured second) -eq 4 ]]
}

expect test_resume_killed_sweep_goes_on killed_is_resumed
expect test_resume_interrupted_sweep_ends_cleanly_and_goes_on interrupted_ends_cleanly
expect test_resume_finished_sweep_keeps_its_cells finished_is_left_alone
expect test_resume_again_repeats_with_overrides again_repeats
expect test_resume_unknown_sweep_is_a_sentence exits 2 "$program" sweep --resume nothing-of-that-name
expect test_resume_no_worker_is_left_behind no_worker_left

close_cases
