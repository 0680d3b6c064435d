#!/usr/bin/env bash
# test_style.sh - scripts/checks/style finds each kind of planted offence, at its line.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

tree=$scratch/tree
mkdir -p "$tree"/harness/{base,commands,store} "$tree"/{operators,tests,scripts}

# The check names line 2 of a file that holds the line there.
finds() { # FILE LINE SENTENCE
    local report code=0
    printf 'int x;\n%s\n' "$2" >"$tree/$1"
    report=$("$root/scripts/checks/style" "$tree" 2>&1) || code=$?
    rm "$tree/$1"
    echo "$report"
    [[ $code -eq 1 && $report == "$1:2: "*"$3"* ]]
}

ignores() { # FILE LINE
    local code=0
    printf '%s\n' "$2" >"$tree/$1"
    "$root/scripts/checks/style" "$tree" || code=$?
    rm "$tree/$1"
    return "$code"
}

finds_long_file() {
    seq 401 | sed 's|.*|/* & */|' >"$tree/harness/base/a.c"
    prints 'harness/base/a.c:401: longer than 400 lines' "$root/scripts/checks/style" "$tree"
}

wide=$(printf '%133s' '' | tr ' ' x)
mark=TO
mark+=DO
expect test_style_sound_tree_is_clean ignores harness/base/a.c 'int y;'
expect test_style_open_end_is_found finds operators/a.c "/* $mark later */" 'belongs into an issue'
expect test_style_dead_code_is_found finds tests/a.c '#if 0' 'dead code'
expect test_style_trailing_space_is_found finds tests/a.h 'int y; ' 'white space'
expect test_style_tab_is_found finds tests/a.c $'\tint y;' 'white space'
expect test_style_long_line_is_found finds tests/a.c "$wide" 'longer than 132 characters'
expect test_style_line_of_full_width_is_allowed ignores tests/a.c "${wide:1}"
expect test_style_typedef_is_found finds harness/base/a.h 'typedef struct x { int y; } x;' 'no typedef'
expect test_style_exit_below_commands_is_found finds harness/base/a.c '    exit(1);' 'nothing ends the program'
expect test_style_printf_below_commands_is_found finds harness/base/a.c '    printf("x");' 'nothing ends the program'
expect test_style_snprintf_below_commands_is_allowed ignores harness/base/a.c '    snprintf(a, 1, "x");'
expect test_style_printf_in_command_is_allowed ignores harness/commands/a.c '    printf("x");'
expect test_style_getenv_below_commands_is_found finds harness/base/a.c '    y = getenv("X");' 'the environment'
expect test_style_getenv_for_default_path_is_allowed ignores harness/store/store_path.c '    y = getenv("X");'
expect test_style_long_file_is_found finds_long_file

close_cases
