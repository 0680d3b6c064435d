#!/usr/bin/env bash
# test_sweep.sh - what scripts/sweep hands to the program, in a tree whose setup, build and program only say what they got.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

tree=$scratch/tree
mkdir -p "$tree"/{build,scripts/sweeps,elsewhere}
cp "$root/scripts/sweep" "$tree/scripts"
touch "$tree"/scripts/sweeps/{default,quick}.sweep
for script in scripts/setup scripts/build build/seqscale; do
    printf '#!/bin/bash\nprintf "<%%s>" %s "$@" >>"%s/said"\n' "$(basename "$script")" "$scratch" >"$tree/$script"
    chmod +x "$tree/$script"
done

# What the program got when scripts/sweep was called with these words in FOLDER.
hands_over() { # FOLDER EXPECTED WORDS...
    local -r folder=$1 expected=$2
    shift 2
    : >"$scratch/said"
    (cd "$folder" && "$tree/scripts/sweep" "$@")
    cat "$scratch/said"
    [[ $(cat "$scratch/said") == *"<seqscale><sweep>$expected" ]]
}

fails_with_build() {
    printf '#!/bin/bash\necho "build: no" >&2\nexit 1\n' >"$tree/scripts/build"
    : >"$scratch/said"
    exits 1 "$tree/scripts/sweep" && [[ $(cat "$scratch/said") != *seqscale* ]]
}

expect test_sweep_no_words_gives_default_sweep hands_over "$tree" '<@scripts/sweeps/default.sweep>'
expect test_sweep_quick_gives_quick_sweep hands_over "$tree" '<@scripts/sweeps/quick.sweep>' --quick
expect test_sweep_quick_passes_the_rest_on \
    hands_over "$tree" '<@scripts/sweeps/quick.sweep><--threads><1>' --quick --threads 1
expect test_sweep_words_are_passed_as_they_are \
    hands_over "$tree" '<--operator><exec:python3 my worker.py><--length><1k..4k*2>' \
    --operator 'exec:python3 my worker.py' --length '1k..4k*2'
expect test_sweep_from_another_folder_finds_its_sweep \
    hands_over "$tree/elsewhere" '<@../scripts/sweeps/default.sweep>'
expect test_sweep_builds_program_without_tests grep -q '<build><--program><release>' "$scratch/said"
expect test_sweep_build_fails_program_is_not_run fails_with_build

close_cases
