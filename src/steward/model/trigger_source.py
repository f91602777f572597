"""What a kind of trigger is made of: the record of its own fields and which arrivals are meant for it.

A kind is one file of `knowhow/triggers` with a `PLUGIN`; nothing else knows the kinds one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from steward.model.trigger import TriggerKind

S = TypeVar("S")

Problem = tuple[str, str, str]
"""Field (empty for the whole), what is wrong with it, and what to do."""


def nothing_wrong(_source: Any) -> tuple[Problem, ...]:
    """Find no fault: for a kind whose record says it all."""
    return ()


def of_its_name(_source: Any, name: str, key: str, _data: Mapping[str, Any]) -> bool:
    """Take what arrives under the trigger's own name."""
    return key == name


@dataclass(frozen=True, kw_only=True)
class SourceKind(Generic[S]):
    """One kind of trigger."""

    kind: TriggerKind
    """Which."""
    summary: str
    """What starts it, in one sentence."""
    example: str
    """A file of this kind that does something useful, with remarks; a test reads each as it would be kept."""
    record: type[S]
    """Its own fields; in the file they stand at the top level or under `source`, in camel case."""
    check: Callable[[S], tuple[Problem, ...]] = nothing_wrong
    """Finds what the types cannot."""
    takes: Callable[[S, str, str, Mapping[str, Any]], bool] = of_its_name
    """Tells from its fields, the trigger's name, the key of an arrival and its data whether it is meant."""
    needs_schedule: bool = False
    """Whether `schedule` must be written; the others may not have one."""

    @property
    def name(self) -> str:
        """Name of the plug-in."""
        return self.kind.value


AnySourceKind = SourceKind[Any]
