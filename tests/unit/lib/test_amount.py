"""Amounts of bytes."""

import pytest

from steward.lib.amount import bytes_of


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("2G", 2 * 1024**3),
        ("512 MB", 512 * 1024**2),
        ("1.5t", round(1.5 * 1024**4)),
        ("64KiB", 65_536),
        ("100", 100),
        (" 1g ", 1024**3),
        ("much", None),
        ("-1G", None),
        ("1e9", None),
        ("", None),
        ("9" * 20, None),
    ],
)
def test_an_amount_is_read_in_powers_of_1024(text: str, count: int | None) -> None:
    assert bytes_of(text) == count
