#!/bin/sh
# Install hash-locked requirements into a virtual environment, made if it is missing.
#
#   sh scripts/install.sh VENV REQUIREMENTS... [PROJECT]
#
# Every file is checked against its hash before it is used. A last argument that is a folder is installed as it lies
# there (editable), without its requirements, which the files before it hold. uv does the same faster where it is found.
set -eu

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $1"; say "next: $2"; exit 1; }

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in python3 python3.13 python3.12 python3.11; do
        if is_new_enough "$candidate"; then printf '%s' "$candidate"; return; fi
    done
    fail "no Python 3.11 or newer was found" "install one; on Debian 12: apt install python3 python3-venv"
}

make_venv() {
    python=$(find_python)
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "Python $version has no venv or no ensurepip, so no virtual environment can be made" \
            "on Debian and Ubuntu: apt install python$version-venv"
    say "making $venv with Python $version"
    "$python" -m venv "$venv" || { rm -rf "$venv"; exit 1; }
}

install() {
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python "$venv/bin/python" "$@"
    else
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
    fi
}

command -v git >/dev/null 2>&1 || fail "git was not found; Steward keeps its workspace in git" "on Debian: apt install git"

venv=$1
shift
project=
files=
for argument in "$@"; do
    if [ -d "$argument" ]; then project=$argument; else files="$files --requirement $argument"; fi
done

[ -x "$venv/bin/python" ] || make_venv
say "installing$(printf '%s' "$files" | sed 's/ --requirement / /g') into $venv"
# shellcheck disable=SC2086 # a list of options, none with a space
install --require-hashes $files
if [ -n "$project" ]; then install --no-deps --no-build-isolation --editable "$project"; fi
