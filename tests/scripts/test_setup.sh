#!/usr/bin/env bash
# test_setup.sh - scripts/setup against a pretended system: commands of its own in front of a PATH of nothing else.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"

fake=$scratch/bin

# A command of the pretended system; its body is the script on standard input.
pretend() { # NAME
    { echo '#!/bin/bash' && cat; } >"$fake/$1"
    chmod +x "$fake/$1"
}

# A Debian system where we are root, the packages named in $scratch/missing are not installed, and apt-get installs them.
make_system() {
    rm -rf "$fake"
    mkdir "$fake"
    local tool
    for tool in bash env sed awk grep mktemp rm tail cat touch; do
        ln -s "$(command -v "$tool")" "$fake/$tool"
    done
    : >"$scratch/missing"
    : >"$scratch/calls"
    pretend id <<<'echo 0'
    pretend dpkg-query <<E2
for package in "\$@"; do
    case \$package in -*) continue ;; esac
    grep -qxF "\$package" "$scratch/missing" || echo "\$package:amd64 installed"
done
E2
    pretend apt-cache <<<'echo "Package: some"'
    pretend apt-get <<E2
echo "\$*" >>"$scratch/calls"
case \$* in *" install "*) : >"$scratch/missing" ;; esac
E2
}

setup() {
    env -i PATH="$fake" TMPDIR="$scratch" bash "$root/scripts/setup" "$@"
}

installs() { # ARGUMENT PACKAGES: setup ARGUMENT asks apt-get for these packages
    # shellcheck disable=SC2086 # no argument is no word
    setup $1
    grep -q -- "install -y --no-install-recommends $2\$" "$scratch/calls"
}

calls_nothing() {
    setup --tests
    [[ ! -s $scratch/calls ]]
}

make_system
expect test_setup_nothing_missing_says_so prints 'setup: nothing to install.' setup
expect test_setup_nothing_missing_calls_no_apt calls_nothing
expect test_setup_nothing_missing_quiet_is_silent test -z "$(setup --quiet)"
expect test_setup_list_names_packages prints libfftw3-dev setup --list
expect test_setup_list_with_tests_names_cmocka prints libcmocka-dev setup --list --tests
expect test_setup_unknown_option_is_refused exits 1 setup --everything
expect test_setup_help_explains prints 'scripts/setup --tests' setup --help

echo libhwloc-dev >"$scratch/missing"
expect test_setup_one_missing_is_named prints 'setup: installing libhwloc-dev' setup
echo libhwloc-dev >"$scratch/missing"
expect test_setup_one_missing_installs_it_alone installs '' libhwloc-dev
echo libcmocka-dev >"$scratch/missing"
expect test_setup_test_package_missing_without_tests_is_no_matter prints 'nothing to install' setup
expect test_setup_test_package_missing_with_tests_is_installed installs --tests libcmocka-dev

make_system
echo cmake >"$scratch/missing"
pretend id <<<'echo 1000'
expect test_setup_no_root_no_sudo_says_so prints 'neither root nor sudo' setup
expect test_setup_no_root_no_sudo_fails exits 1 setup
pretend sudo <<<"echo sudo >>'$scratch/calls'; exec \"\$@\""
expect test_setup_no_root_uses_sudo installs '' cmake
expect test_setup_sudo_was_called grep -qx sudo "$scratch/calls"

make_system
echo cmake >"$scratch/missing"
pretend apt-cache <<<'exit 0'
expect test_setup_unavailable_package_is_named prints 'the package cmake cannot be had' setup
expect test_setup_unavailable_package_fails exits 1 setup
pretend apt-get <<<'echo "Temporary failure resolving"; exit 100'
expect test_setup_no_network_says_so prints 'is there a network?' setup
expect test_setup_no_network_shows_why prints 'Temporary failure resolving' setup

make_system
echo cmake >"$scratch/missing"
pretend apt-get <<<'case $* in *" install "*) exit 100 ;; esac'
expect test_setup_failed_install_names_package prints 'apt-get could not install: cmake' setup
pretend apt-get <<<'exit 0'
expect test_setup_install_without_effect_is_noticed prints 'still missing: cmake' setup

make_system
rm "$fake/apt-get"
expect test_setup_other_system_names_packages prints 'this is not Debian' setup
expect test_setup_other_system_fails exits 1 setup

close_cases
