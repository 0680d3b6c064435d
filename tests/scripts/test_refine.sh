#!/usr/bin/env bash
# test_refine.sh - sweep --refine: the interval of a known crossing becomes narrower, holds the truth, and what is added comes
# after what is there. The operators are external programs that only say how long they took, by a law with 2 % of noise, so
# that the machine may be busy: 4 n^2 and 900 n + 100000 nanoseconds are equal at 306.6.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$1/seqscale
export SEQSCALE_DB=$scratch/results.db
cat >"$scratch/law.sh" <<'END'
while IFS= read -r line <&3; do
    case $line in
    *'"do":"hello"'*) reply='{"ok":true,"protocol":1,"worker":"law.sh"}' ;;
    *'"do":"describe"'*) reply='{"ok":true,"flops":1e4,"total_bytes":65536,"workspace_bytes":0,"time_power":1}' ;;
    *'"do":"prepare"'*)
        length=$(printf '%s' "$line" | sed 's/.*"length":\([0-9]*\).*/\1/')
        seconds=$(awk -v n="$length" -v pid=$$ "BEGIN { printf \"%.12g\", ($1) * (1 + ((pid * 7919) % 101 - 50) / 2500) }")
        reply='{"ok":true,"handle":1,"plan_seconds":0,"prepare_seconds":0,"total_bytes":65536}'
        ;;
    *'"do":"sample"'*) reply='{"ok":true,"wall":['$seconds'],"cpu":['$seconds'],"calls":[1],"faults":[0],"peak_bytes":1048576}' ;;
    *'"do":"end"'*) exit 0 ;;
    *'"do":"release"'*) reply='{"ok":true}' ;;
    *) reply='{"ok":false,"kind":"unsupported","error":"not here"}' ;;
    esac
    printf '%s\n' "$reply" >&4
done
END
words=(--quiet --no-charts --threads 1 --width 1 --length 64..4096*4 --operator "exec:sh $scratch/law.sh 4e-9*n*n"
    --operator "exec:sh $scratch/law.sh 9e-7*n+1e-4")

# "... at 703 [697, 719] (was [512, 1024]) after 2 lengths" -> "703 697 719 512 1024 2"
figures() { # FILE
    sed -nE 's/.* at ([0-9]+) \[([0-9]+), ([0-9]+)\] \(was \[([0-9]+), ([0-9]+)\]\) after ([0-9]+) length.*/\1 \2 \3 \4 \5 \6/p' "$1"
}

is_narrower() { # FILE
    local value low high was_low was_high lengths
    read -r value low high was_low was_high lengths < <(figures "$1") || return 1
    echo "$value [$low, $high] was [$was_low, $was_high] after $lengths"
    [[ $lengths -ge 1 && $value -gt 280 && $value -lt 335 && $low -le 307 && $high -ge 306 ]]
    ((high * was_low < was_high * low))
}

new_sweep_is_refined() {
    "$program" sweep "${words[@]}" --budget 7s --name refined --refine=1.01 >"$scratch/refined.out"
    is_narrower "$scratch/refined.out"
}

stored_sweep_is_refined() {
    exits 0 "$program" sweep "${words[@]}" --budget 3s --name stored
    "$program" sweep --resume stored --budget 4s --quiet --no-charts --refine=1.01 >"$scratch/stored.out"
    is_narrower "$scratch/stored.out"
}

narrow_one_is_left_alone() {
    prints 'nothing was refined' "$program" sweep --resume stored --budget 1s --quiet --no-charts --refine=90
}

# The first eight are those that were planned; what follows lies between them, both operators at each length.
added_cells_come_last() {
    "$program" export refined --format csv >"$scratch/refined.csv"
    local lengths
    lengths=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; ++i) at[$i] = i; next } { print $at["length"] }' \
        <(sed 's/"[^"]*"/q/g' "$scratch/refined.csv"))
    [[ $(head -8 <<<"$lengths" | tr '\n' ' ') == "64 256 1024 4096 64 256 1024 4096 " ]] || { echo "$lengths"; return 1; }
    local -r added=$(tail -n +9 <<<"$lengths")
    [[ -n $added && -z $(awk '$1 <= 64 || $1 >= 4096 || $1 % 16' <<<"$added") ]] || { echo "$lengths"; return 1; }
    [[ -z $(sort <<<"$added" | uniq -c | awk '$1 != 2') ]]
}

again_repeats_the_word() {
    "$program" export refined --format jsonl >"$scratch/refined.jsonl"
    grep -q -- '--refine=1.01' "$scratch/refined.jsonl"
}

expect test_refine_makes_the_interval_narrower new_sweep_is_refined
expect test_refine_of_a_stored_sweep_makes_it_narrower stored_sweep_is_refined
expect test_refine_leaves_a_narrow_interval_alone narrow_one_is_left_alone
expect test_refine_adds_cells_after_those_that_are_there added_cells_come_last
expect test_refine_is_stored_as_it_was_written again_repeats_the_word
expect test_refine_ratio_of_one_is_a_sentence exits 2 "$program" sweep "${words[@]}" --refine=1
expect test_refine_ratio_that_is_no_number_is_a_sentence exits 2 "$program" sweep "${words[@]}" --refine=narrow

close_cases
