"""JSON that came from outside, read as JSON has it: what Python's reader takes besides would not be written again."""

from __future__ import annotations

import json
import math
from typing import Any


def read_json(text: str | bytes) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is none, is nested too deep, or holds a number that is none: `NaN`, `Infinity`, `1e999`.
    """
    try:
        return json.loads(text, parse_constant=refuse_constant, parse_float=finite)
    except RecursionError as error:
        msg = "it is nested too deep"
        raise ValueError(msg) from error


def refuse_constant(constant: str) -> None:
    """Refuse `NaN` and its like.

    Raises:
        ValueError: always.
    """
    msg = f"{constant} is no JSON"
    raise ValueError(msg)


def finite(written: str) -> float:
    """Return a number with a fraction or an exponent.

    Raises:
        ValueError: it is too large; Python would take it as endless.
    """
    number = float(written)
    if not math.isfinite(number):
        msg = "a number is too large"
        raise ValueError(msg)
    return number
