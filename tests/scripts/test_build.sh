#!/usr/bin/env bash
# test_build.sh - what scripts/build says when something is missing, too old or does not compile: one clear sentence.
set -euo pipefail
# shellcheck source=tests/scripts/cases.bash
source "$(dirname "${BASH_SOURCE[0]}")/cases.bash"
# shellcheck source=tests/scripts/tree.bash
source "$(dirname "${BASH_SOURCE[0]}")/tree.bash"

copy_tree "$scratch/tree"
cd "$scratch/tree"

# Pretends a compiler of that kind and version.
build_with_compiler() { # ID VERSION
    rm -rf build
    scripts/build --program release -DCMAKE_C_COMPILER_FORCED=ON -DCMAKE_C_COMPILER_ID="$1" -DCMAKE_C_COMPILER_VERSION="$2"
}

build_without_libraries() {
    rm -rf build
    PKG_CONFIG_LIBDIR=$scratch/nowhere scripts/build --program release
}

build_without() { # COMMAND
    rm -rf build
    mkdir -p "$scratch/bin"
    rm -f "$scratch"/bin/*
    local tool
    for tool in bash env dirname awk sed grep sort mktemp rm tail head cmake ninja; do
        [[ $tool == "$1" ]] || ln -s "$(command -v "$tool")" "$scratch/bin/$tool"
    done
    PATH=$scratch/bin scripts/build --program release
}

# Pretends that version of CMake.
build_with_cmake() { # VERSION
    mkdir -p "$scratch/old"
    printf '#!/bin/sh\necho cmake version %s\n' "$1" >"$scratch/old/cmake"
    chmod +x "$scratch/old/cmake"
    PATH=$scratch/old:$PATH scripts/build --program release
}

one_line() {
    local -r said=$("$@" 2>&1)
    printf '%s\n' "$said"
    [[ $(wc -l <<<"$said") -eq 1 ]]
}

build_broken_source() {
    echo '#error planted' >>operators/null/null.c
    scripts/build --program release
}

expect test_build_old_gcc_is_refused \
    prints 'build: seqscale needs gcc 12 or newer (this is gcc 10.2.1)' build_with_compiler GNU 10.2.1
expect test_build_old_clang_is_refused \
    prints 'build: seqscale needs clang 14 or newer (this is clang 11.0.1)' build_with_compiler Clang 11.0.1
expect test_build_old_cmake_is_refused prints 'build: seqscale needs CMake 3.25 or newer (this is 3.18.4)' build_with_cmake 3.18.4
expect test_build_no_compiler_says_so prints 'build: No CMAKE_C_COMPILER could be found' build_without gcc
expect test_build_missing_library_names_package \
    prints 'build: fftw3f was not found: install the package libfftw3-dev' build_without_libraries
expect test_build_missing_library_is_one_line one_line build_without_libraries
expect test_build_missing_library_fails exits 1 build_without_libraries
expect test_build_missing_cmake_names_setup prints 'build: cmake was not found: run scripts/setup' build_without cmake
expect test_build_missing_ninja_names_setup prints 'build: ninja was not found: run scripts/setup' build_without ninja
expect test_build_unknown_preset_fails exits 1 scripts/build nonsense
rm -rf build
expect test_build_broken_source_shows_compiler_error prints '#error planted' build_broken_source
expect test_build_broken_source_fails exits 1 scripts/build --program release
expect test_build_broken_source_names_preset prints 'the preset release does not build' scripts/build --program release

close_cases
