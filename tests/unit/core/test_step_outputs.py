"""What a step printed becomes typed values, or the step says which value is not there."""

from __future__ import annotations

import pytest

from steward.core.step_outputs import taken
from steward.model.flow import Output, OutputKind

DEEP = '{"a": ' * 5_000 + "1" + "}" * 5_000


@pytest.mark.parametrize(
    ("kind", "pointer", "printed"),
    [
        (OutputKind.NUMBER, "", "inf"),
        (OutputKind.NUMBER, "", "NaN"),
        (OutputKind.NUMBER, "", "1e999"),
        (OutputKind.NUMBER, "/a", '{"a": 1e999}'),
        (OutputKind.TEXT, "/a", '{"a": NaN}'),
        (OutputKind.TEXT, "/a", DEEP),
        (OutputKind.TEXT, "/" + "9" * 5_000, "[1]"),
        (OutputKind.INTEGER, "", "1.5"),
    ],
)
def test_what_is_no_value_of_its_kind_is_told_by_name(kind: OutputKind, pointer: str, printed: str):
    with pytest.raises(ValueError, match="its output `found` cannot be taken"):
        taken((Output(name="found", kind=kind, pointer=pointer),), printed)


def test_values_are_taken_by_pattern_by_pointer_and_whole():
    outputs = (
        Output(name="version", kind=OutputKind.INTEGER, pattern="v([0-9]+)"),
        Output(name="whole"),
    )
    assert taken(outputs, "v12\n") == {"version": 12, "whole": "v12"}
    assert taken((Output(name="b", kind=OutputKind.NUMBER, pointer="/a/1/x~1y"),), '{"a": [0, {"x/y": 2.5}]}') == {
        "b": 2.5
    }
