# cases.bash - what the script tests share: a scratch folder, named cases with their verdicts, and the closing line.
# The lines are those of the C tests (cmocka), so that scripts/test counts both alike. Source it; end with `close_cases`.
# shellcheck disable=SC2034 # root and scratch are for the script that sources this

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cases_passed=0
cases_failed=0

# expect NAME COMMAND...: the case passes when the command succeeds, and where it is a function, every step of it; what it
# printed is shown when it does not. (As the condition of an `if`, a function would go on after a step that failed.)
expect() {
    local name=$1 output code
    shift
    set +e
    output=$(
        set -e
        "$@" 2>&1
    )
    code=$?
    set -e
    if [[ $code -eq 0 ]]; then
        printf '[       OK ] %s\n' "$name"
        cases_passed=$((cases_passed + 1))
    else
        printf '%s\n' "$output" >&2
        printf '[  FAILED  ] %s\n' "$name"
        cases_failed=$((cases_failed + 1))
    fi
}

# prints TEXT COMMAND...: the command's output, both streams, holds the text. Its exit code is no matter.
prints() {
    local -r text=$1
    local output
    shift
    output=$("$@" 2>&1) || true
    [[ $output == *"$text"* ]] || {
        printf 'expected: %s\nprinted:  %s\n' "$text" "$output"
        return 1
    }
}

# exits CODE COMMAND...: the command ends with that exit code.
exits() {
    local -r wanted=$1
    local output code=0
    shift
    output=$("$@" 2>&1) || code=$?
    [[ $code -eq $wanted ]] || {
        printf 'expected exit code %s, had %s; printed: %s\n' "$wanted" "$code" "$output"
        return 1
    }
}

# skip_all REASON: this test cannot run here.
skip_all() {
    printf 'skipped: %s\n' "$1"
    exit 77
}

close_cases() {
    printf '[==========] %d test(s) run: %d passed, %d failed.\n' $((cases_passed + cases_failed)) "$cases_passed" "$cases_failed"
    [[ $cases_failed -eq 0 ]]
}
