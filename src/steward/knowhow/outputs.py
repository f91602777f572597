"""Read what commands printed: any text at all gives a value or `FactUnavailable`, never another error.

Lines end at newline only. Other characters that Python counts as line ends (form feed, U+2028) may stand in a
log line or a name, and splitting there would let outside text pose as a line of its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from steward.model.fact import CommandOutput, FactUnavailable

LARGEST = 2**53
"""Whole numbers beyond this are not exact in JSON; none that is measured here comes near."""


def text_of(outputs: Mapping[str, CommandOutput], name: str, *, may_fail: bool = False) -> str:
    """Return what a reading printed; with `may_fail` its exit status does not matter.

    Raises:
        FactUnavailable: it did not end in time, did not report, was cut, or failed.
    """
    output = outputs.get(name)
    if output is None:
        msg = f"the reading `{name}` did not come back"
        raise FactUnavailable(msg)
    if output.exit_code is None or output.is_timed_out:
        msg = f"the reading `{name}` did not end in time"
        raise FactUnavailable(msg)
    if output.is_truncated:
        msg = f"the reading `{name}` printed more than its limit"
        raise FactUnavailable(msg)
    if output.exit_code != 0 and not may_fail:
        msg = f"the reading `{name}` failed: {complaint(output)}"
        raise FactUnavailable(msg)
    return output.stdout


def complaint(output: CommandOutput) -> str:
    """Return the last line a failed command wrote about itself, or its exit status."""
    said = [line.strip() for line in lines(output.stderr) if line.strip()]
    return said[-1][:200] if said else f"exit status {output.exit_code}"


def lines(text: str) -> list[str]:
    """Split at newlines only; a carriage return at the end is dropped."""
    return [line.removesuffix("\r") for line in text.split("\n")]


def assignments(text: str) -> dict[str, str]:
    """Read `KEY=value` lines; the last of a repeated key wins."""
    split = (line.partition("=") for line in lines(text) if "=" in line)
    return {key: value for key, _, value in split}


def whole(text: str) -> int | None:
    """Read a whole number of plain digits, or None."""
    bare = text.strip()
    if not (bare.isascii() and bare.isdigit()) or len(bare) > 16:
        return None
    number = int(bare)
    return number if number <= LARGEST else None


def decimal(text: str) -> float | None:
    """Read a finite number that is not negative, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= LARGEST else None


def json_object(text: str) -> dict[str, Any]:
    """Read a JSON object; of anything else an empty one."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return dictionary(value)


def dictionary(value: object) -> dict[str, Any]:
    """Return the value when it is a JSON object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def list_of(value: object) -> list[object]:
    """Return the value when it is a JSON list, else an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


def whole_of(value: object) -> int:
    """Return the value when it is a sensible whole number, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST else 0


def word_of(value: object) -> str:
    """Return the value when it is text, else an empty text."""
    return value if isinstance(value, str) else ""


def moment(seconds: float | None) -> datetime | None:
    """Return the time so many seconds after 1970 (UTC), or None when there is no such time."""
    if seconds is None or not 0 < seconds < 253_402_300_800:
        return None
    return datetime.fromtimestamp(int(seconds), UTC)
