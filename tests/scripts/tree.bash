# tree.bash - for tests that build a copy of the checkout. Source it after cases.bash.
# shellcheck disable=SC2154 # root comes from there

# Copies the checkout without what was built or measured in it.
copy_tree() { # FOLDER
    mkdir -p "$1"
    tar -C "$root" --exclude=./build --exclude=./.git --exclude='./results/*.db*' -cf - . | tar -C "$1" -xf -
}
