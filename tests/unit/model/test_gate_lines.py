"""What the gate says of lines of many families of programs: `+` is allowed, `?` is asked, `!` is denied."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward.core.gate import shipped
from steward.model.gate import judge
from steward.model.policy import Verdict
from steward.model.tool import Effect

TOOLS = shipped()
VERDICTS = {"+": Verdict.ALLOW, "?": Verdict.ASK, "!": Verdict.DENY}
FILES = {
    file.stem: [(line[0], line[2:].replace("\\n", "\n")) for line in file.read_text("utf-8").splitlines()]
    for file in sorted((Path(__file__).parent / "gate_lines").glob("*.txt"))
}


def wrong(mark: str, text: str) -> str:
    """Say what is wrong with what the gate says of a line; nothing when it is as its mark says."""
    told = judge(text, TOOLS)
    if told.decision is not VERDICTS[mark]:
        return f"{mark} {text}: {told.decision}, {told.reason}"
    if mark == "+" and told.effect is not Effect.READ_ONLY:
        return f"{mark} {text}: {told.effect}"
    if mark == "+" and judge(told.rebuilt, TOOLS).decision is not Verdict.ALLOW:
        return f"{mark} {text}: written anew it is not allowed: {told.rebuilt}"
    return ""


def test_there_are_lines_of_every_verdict():
    assert {mark for lines in FILES.values() for mark, _ in lines} == set(VERDICTS)


def test_a_wrong_mark_is_noticed():
    assert wrong("+", "rm -rf /srv")
    assert wrong("?", "ls")


@pytest.mark.parametrize("file", FILES)
def test_every_line_is_allowed_asked_or_denied_as_its_mark_says(file):
    """One test a file: there are thousands of lines, and each takes less than the making of a test."""
    assert [problem for mark, text in FILES[file] if (problem := wrong(mark, text))] == []
