from __future__ import annotations

from datetime import timedelta

import pytest

from steward.lib.span import span_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("24h", 86_400),
        ("7d", 604_800),
        ("2w", 1_209_600),
        ("1d12h", 129_600),
        ("1D 2H", 93_600),
    ],
)
def test_a_span_is_read(text: str, seconds: int):
    assert span_of(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "1", "h", "1y", "1.5h", "-1h", "1h!", "\u0661h", "9999999h"])
def test_anything_else_is_none(text: str):
    assert span_of(text) is None
