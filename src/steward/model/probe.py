"""A question with its expected answer, asked by the control plane and never by what made the change."""

from __future__ import annotations

from enum import StrEnum

from steward.lib.record import record
from steward.model.ids import MachineId

Scalar = bool | int | float | str | None


class ProbeKind(StrEnum):
    """How the question is asked."""

    FACT = "fact"
    """Read a fact of the machine again and look at one value in it."""
    TCP = "tcp"
    """Connect from the control plane to a port of the machine."""
    LINE = "line"
    """Read facts of the machine again and ask an expression about what is measured of them."""


class Comparison(StrEnum):
    """How the value seen is compared with the expected one."""

    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    LESS = "less"
    MORE = "more"
    PRESENT = "present"
    ABSENT = "absent"


@record
class Probe:
    """One question and the answer that counts as yes."""

    machine: MachineId
    """Machine it is about."""
    says: str
    """The expectation in words: `nginx.service is active`."""
    kind: ProbeKind = ProbeKind.FACT
    """How it is asked."""
    fact: str = ""
    """For a fact probe: name of the fact."""
    path: tuple[str, ...] = ()
    """For a fact probe: keys from the fact's record to the value."""
    port: int = 0
    """For a TCP probe: the port."""
    line: str = ""
    """For a line probe: the readable line, `[CERT_DAYS] > 14`; what it measures and asks is worked out from it."""
    comparison: Comparison = Comparison.EQUAL
    """How the value is compared."""
    expected: Scalar = None
    """The expected value; unused by `present` and `absent`."""
    within_seconds: int = 0
    """Keep asking this long until it holds; 0 asks once."""
    hold_seconds: int = 0
    """Once it holds it must go on holding this long."""


@record
class ProbeResult:
    """What a probe saw."""

    probe: Probe
    """The question."""
    holds: bool | None
    """Yes, no, or None when it could not be asked."""
    seen: str
    """The value seen, or why it could not be asked, in words."""


def compare(seen: Scalar, comparison: Comparison, expected: Scalar) -> bool:
    """Tell whether a value that is there fits; a value of another type never does."""
    if comparison is Comparison.PRESENT:
        return True
    if comparison is Comparison.ABSENT:
        return False
    if comparison is Comparison.EQUAL:
        return type(seen) is type(expected) and seen == expected
    if comparison is Comparison.NOT_EQUAL:
        return seen != expected
    if not isinstance(seen, int | float) or not isinstance(expected, int | float):
        return False
    return seen < expected if comparison is Comparison.LESS else seen > expected
