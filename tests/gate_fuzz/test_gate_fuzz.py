"""A sample of the fuzz; `make fuzz` runs 100,000 lines."""

from __future__ import annotations

from collections import Counter

import pytest

from steward.core.gate import shipped
from tests.gate_fuzz.bash import BASH, Bash
from tests.gate_fuzz.check import fuzz

pytestmark = pytest.mark.skipif(BASH is None, reason="bash is not installed")


def test_what_is_allowed_runs_exactly_what_was_read(tmp_path):
    figures = fuzz(tmp_path, shipped(), count=500, seed=7)
    assert figures.unsound == []
    assert figures.unfaithful == []
    assert figures.decisions["allow"] > 100
    assert figures.decisions["ask"] > 100
    assert figures.ran > 100


def test_the_stubs_do_tell_what_bash_runs(tmp_path):
    """Without this, stubs that record nothing would pass the test above."""
    bash = Bash(tmp_path, ["ls"])
    ran = bash.run(["ls $(touch a) 'b c'", "echo hi >left", "no-such-program"])
    assert Counter(ran[0]) == Counter([("ls", "b c"), ("touch", "a")])
    assert ran[1:] == [[], [("not found: no-such-program",)]]
    assert bash.leftovers() == ["left"]
