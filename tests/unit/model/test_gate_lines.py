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
LINES = [
    (line[0], line[2:].replace("\\n", "\n"))
    for file in sorted((Path(__file__).parent / "gate_lines").glob("*.txt"))
    for line in file.read_text("utf-8").splitlines()
]


def test_there_are_lines_of_every_verdict():
    assert {mark for mark, _ in LINES} == set(VERDICTS)


@pytest.mark.parametrize(("mark", "text"), LINES, ids=[text for _, text in LINES])
def test_a_line_is_allowed_asked_or_denied_as_its_mark_says(mark, text):
    told = judge(text, TOOLS)
    assert told.decision is VERDICTS[mark], told.reason
    if mark == "+":
        assert told.effect is Effect.READ_ONLY
        assert judge(told.rebuilt, TOOLS).decision is Verdict.ALLOW, "what was rebuilt is not allowed"
