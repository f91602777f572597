#!/bin/sh
# Run every check, also after one failed, and end with the names of those that did.
set -u

failed=
check() {
    name=$1
    shift
    echo "── $name"
    "$@" || failed="$failed $name"
}

check format .venv/bin/ruff format --check
check lint .venv/bin/ruff check
check types .venv/bin/pyright
check imports .venv/bin/lint-imports
check manifest .venv/bin/python scripts/manifest.py --check
check reference .venv/bin/python scripts/reference.py --check
check house-tests .venv/bin/python -m pytest tests/house tests/docs
echo "── house (a report, not a check)"
.venv/bin/python scripts/house.py

if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi
echo "all checks passed"
