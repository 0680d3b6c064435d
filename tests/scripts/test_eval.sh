#!/usr/bin/env bash
# test_eval.sh - reference tensors made by other implementations, through `seqscale eval`, at every instruction set that this
# processor has and on one to three threads; and files that lie.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

program=$1/seqscale
vectors=$root/tests/vectors

# 2e-5 of the largest value: the bound that the vectors were made for.
agrees() { # OPERATOR FILE WORDS...
    local -r operator=$1 file=$2
    local said error
    shift 2
    said=$("$program" eval "$operator" --input "$file" --output "$scratch/out.safetensors" "$@")
    error=$(sed -n 's/.*own output: \([^ ]*\) of.*/\1/p' <<<"$said")
    awk -v error="$error" 'BEGIN { exit !(error != "" && error + 0 <= 2e-5) }' || {
        printf '%s\n' "$said"
        return 1
    }
}

for isa in generic v3 v4; do
    SEQSCALE_ISA=$isa "$program" list >/dev/null 2>&1 || continue
    for file in "$vectors"/*.safetensors; do
        name=$(basename "$file" .safetensors)
        operator=${name%%-*}
        [[ -e $1/operators/$operator.so ]] || continue
        SEQSCALE_ISA=$isa expect "test_eval_${name}_agrees_at_${isa}" agrees "$operator" "$file"
        if [[ $operator == attention ]]; then
            SEQSCALE_ISA=$isa expect "test_eval_${name}_materialised_agrees_at_${isa}" \
                agrees attention:variant=materialised "$file"
        fi
    done
done
for file in "$vectors"/*.safetensors; do
    name=$(basename "$file" .safetensors)
    [[ -e $1/operators/${name%%-*}.so ]] || continue
    expect "test_eval_${name}_agrees_on_three_threads" agrees "${name%%-*}" "$file" --threads "$(($(nproc) < 3 ? $(nproc) : 3))"
done

# A file that is wrong in one way is refused with a sentence that names it.
refuses() { # TEXT OPERATOR FILE
    local -r text=$1 operator=$2 file=$3
    exits 2 "$program" eval "$operator" --input "$file" --output "$scratch/out.safetensors"
    prints "$text" "$program" eval "$operator" --input "$file" --output "$scratch/out.safetensors"
}

good=$vectors/rnn-b2-l37-d24.safetensors
if [[ -e $1/operators/rnn.so ]]; then
    head -c 5 "$good" >"$scratch/short"
    head -c 3000 "$good" >"$scratch/cut"
    sed 's/weight_hh_l0/weight_hX_l0/' "$good" >"$scratch/renamed"
    sed 's/"output"/"outpux"/' "$good" >"$scratch/unknown"
    sed 's/\[24,24\]/[12,48]/; s/\[24, 24\]/[12, 48]/' "$good" >"$scratch/shape"
    sed 's/"operator"/"options": "fire=1", "operator"/' "$good" >/dev/null
    for file in short cut; do
        expect "test_eval_${file}_file_is_refused" refuses "$scratch/$file" rnn "$scratch/$file"
    done
    expect test_eval_missing_tensor_is_refused refuses weight_h rnn "$scratch/renamed"
    expect test_eval_unknown_tensor_is_refused refuses outpux rnn "$scratch/unknown"
    expect test_eval_wrong_shape_is_refused refuses 'has shape' rnn "$scratch/shape"
    expect test_eval_missing_file_is_refused refuses /no/such/file rnn /no/such/file
    expect test_eval_folder_is_refused refuses "$scratch" rnn "$scratch"
    expect test_eval_unknown_option_is_refused refuses "no option 'fire'" rnn:fire=1 "$good"
    expect test_eval_unwritable_output_is_a_sentence prints /no/such "$program" eval rnn --input "$good" --output /no/such/folder/x
fi

close_cases
