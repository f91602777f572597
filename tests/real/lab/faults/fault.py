"""What a fault is: a name, a sentence, and two functions that undo each other."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.real.lab.guest import Guest


@dataclass(frozen=True, slots=True)
class Fault:
    """Break a machine with `apply`, restore it with `heal`. Both may be called any number of times."""

    name: str
    summary: str
    cured_by: str
    apply: Callable[[Guest], None]
    heal: Callable[[Guest], None]
    needs_docker: bool = False
