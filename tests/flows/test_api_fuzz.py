"""A seeded sample of the fuzzing of the API; `make api-fuzz` does all of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

SAMPLE = "^/api/v1/(file/make|runs/ls|runs/show|approvals/show|why|plan)$"


@pytest.mark.timeout(900)  # as long as a busy machine may need
def test_requests_made_from_the_description_break_nothing():
    words = ["--examples", "8", "--seed", "7", "--phases", "examples,coverage,fuzzing", SAMPLE]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", *words], capture_output=True, text=True, check=False, timeout=880
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
