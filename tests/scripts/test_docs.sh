#!/usr/bin/env bash
# test_docs.sh - scripts/checks/docs against a small program and a small manual page: silent where they agree, one sentence
# for each way in which they do not.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

tree=$scratch/tree
mkdir -p "$tree"/{scripts/checks,docs,harness/base,build}
cp "$root/scripts/checks/docs" "$tree/scripts/checks"
echo '    STATUS_OK = 0,' >"$tree/harness/base/status.h"

# A program with the command `go`, whose --help names these options.
program() { # OPTIONS...
    cat >"$tree/build/seqscale" <<E2
#!/bin/bash
[[ \$1 == --help ]] && printf 'usage\n\n  go      goes\n' && exit
printf 'usage: seqscale go, as after gdb --args\n'
printf '  %s X   says\n' --help $*
E2
    chmod +x "$tree/build/seqscale"
}

# A manual page with the command `go` and these options.
manual() { # OPTIONS...
    {
        printf '.TH X 1 2026-01-01 x x\n.SH OPTIONS OF SEVERAL COMMANDS\n.TP\n.B \\-\\-help\nHelps.\n.SH COMMANDS\n.SS go\nGoes.\n'
        printf '.TP\n.BI \\-\\-%s " X"\nSays.\n' "$@"
        printf '.SH EXIT STATUS\n.TS\nr l.\n0\tdone\n.TE\n'
    } | sed "1i'\\\\\" t" >"$tree/docs/seqscale.1"
}

docs() {
    "$tree/scripts/checks/docs" "$tree/build/seqscale"
}

# After a change made by COMMAND, the sentence is printed and the check fails.
says() { # SENTENCE
    prints "$1" docs && exits 1 docs
}

program --fast
manual fast
echo 'See [it](docs/seqscale.1) and [them](https://example.org).' >"$tree/README.md"
expect test_docs_agreement_is_silent docs
program --fast --loud
expect test_docs_option_without_manual_is_found says 'the option --loud of go is in its --help, but not here'
program --fast
manual fast slow
expect test_docs_option_without_program_is_found says 'the option --slow of go is not in its --help'
manual fast
sed -i 's/^\.SS go/.SS went/' "$tree/docs/seqscale.1"
expect test_docs_command_without_manual_is_found says 'the command go has no section'
expect test_docs_section_without_command_is_found says 'there is no command went'
manual fast
echo '    STATUS_NEW = 7,' >>"$tree/harness/base/status.h"
expect test_docs_exit_code_without_manual_is_found says 'exit code 7'
sed -i '$d' "$tree/harness/base/status.h"
echo 'See [it](docs/nowhere.md).' >>"$tree/README.md"
expect test_docs_dead_link_is_found says 'README.md: the link docs/nowhere.md leads nowhere'
rm "$tree/build/seqscale"
printf 'x' >"$tree/README.md"
expect test_docs_no_program_says_so exits 1 "$tree/scripts/checks/docs"

close_cases
