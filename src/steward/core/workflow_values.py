"""Values of expressions while a plan is made, typed; within readable lines and sentences also as words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from steward.core.workflow_check import WITHIN, uses
from steward.lib.codec import Json, encode
from steward.lib.expression import ExpressionError, compiled, evaluate, reference, unescaped
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.ids import MachineId
from steward.model.machine import Machine

_BREAKS_A_LINE = frozenset('[]"\\\n\r')
_LONGEST_WORD = 200
NO_ITEM = object()
"""Stands where nothing is gone through."""


class LookFirst(Exception):
    """Facts of these machines are asked for and not known yet; look at them and expand again."""

    def __init__(self, machines: tuple[MachineId, ...]) -> None:
        self.machines = machines
        super().__init__(", ".join(machines))


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What was looked at for this plan."""

    snapshots: Mapping[MachineId, Snapshot]
    """By machine."""
    unreachable: Mapping[MachineId, str]
    """Machines that did not answer, each with the reason."""

    def at(self, machine: Machine) -> Snapshot | None:
        """Return the look at a machine, None where it did not answer.

        Raises:
            LookFirst: nobody looked yet.
        """
        if machine.id in self.unreachable:
            return None
        if machine.id not in self.snapshots:
            raise LookFirst((machine.id,))
        return self.snapshots[machine.id]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What expressions see at one place of a workflow."""

    place: str
    """Workflow and step, for whoever reads an error."""
    looks: Looks
    """Facts."""
    inputs: Mapping[str, Any]
    """What was given."""
    machine: Machine | None = None
    """Machine of the step."""
    item: Any = NO_ITEM
    """What is gone through."""

    def names(self) -> frozenset[str]:
        """Return the names that have a value here."""
        of_machine = {"machine", "facts"} if self.machine else set[str]()
        return frozenset({"inputs", *of_machine, *(("item",) if self.item is not NO_ITEM else ())})

    def settled(self) -> dict[str, Any]:
        """Return what is written out in an expression that is asked at run time."""
        known: dict[str, Any] = {"inputs": dict(self.inputs)}
        if self.machine is not None:
            known["machine"] = machine_json(self.machine)
        if self.item is not NO_ITEM:
            known["item"] = self.item
        return known

    def ask(self, text: str) -> Any:
        """Return the value of an expression.

        Raises:
            InvalidInput: it has none, with the reason.
            LookFirst: it is about facts that nobody read yet.
        """
        values: dict[str, Json] = self.settled()
        if self.machine is not None and uses(text, "facts"):
            values["facts"] = self._facts(self.machine, text)
        try:
            return evaluate(compiled(text, self.names()), values)
        except ExpressionError as error:
            what = f"`{visible_line(text)}` has no value"
            raise InvalidInput(what, where=self.place, why=error.what, next_step=error.hint) from error

    def holds(self, text: str) -> bool:
        """Return whether a condition is true.

        Raises:
            InvalidInput: it is neither true nor false.
        """
        value = self.ask(text)
        if not isinstance(value, bool):
            what = f"`{visible_line(text)}` is neither true nor false"
            raise InvalidInput(what, where=self.place, next_step="compare it: `... == ...`")
        return value

    def value(self, value: Any) -> Any:
        """Return a value with every expression in it replaced by what it comes to."""
        if isinstance(value, dict):
            return {key: self.value(each) for key, each in cast("dict[str, Any]", value).items()}
        if isinstance(value, list | tuple):
            return [self.value(each) for each in cast("list[Any]", value)]
        text = reference(value)
        if text is not None:
            return self.ask(text)
        return unescaped(value) if isinstance(value, str) else value

    def line(self, text: str) -> str:
        """Return a readable line with its values; one that could change what the line asks is refused."""
        return self._filled(text, is_line=True)

    def sentence(self, text: str) -> str:
        """Return a sentence for people with its values."""
        return self._filled(text, is_line=False)

    def _filled(self, text: str, *, is_line: bool) -> str:
        parts: list[str] = []
        end = 0
        for match in WITHIN.finditer(text):
            parts += [text[end : match.start()], self._word(match[1], is_line=is_line)]
            end = match.end()
        return "".join([*parts, text[end:]])

    def _word(self, text: str, *, is_line: bool) -> str:
        value = self.ask(text)
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str | int | float):
            what = f"`{visible_line(text)}` is no word or number"
            raise InvalidInput(what, where=self.place, next_step="name one value of it")
        word = str(value)
        if is_line and (_BREAKS_A_LINE & set(word) or len(word) > _LONGEST_WORD):
            what = f"`{visible_line(word[:80])}` cannot stand in a readable line"
            raise InvalidInput(what, where=self.place, why="brackets, quotes and line breaks would change what it asks")
        return word

    def _facts(self, machine: Machine, text: str) -> dict[str, Json]:
        snapshot = self.looks.at(machine)
        if snapshot is None:
            why = self.looks.unreachable[machine.id]
            raise InvalidInput(f"facts of {machine.name} are not known", where=self.place, why=why)
        return {name: encode(fact) for name, fact in snapshot.values.items() if name in text}


def machine_json(machine: Machine) -> dict[str, Json]:
    """Return a machine as expressions see it."""
    return {
        "name": machine.name,
        "address": machine.address,
        "transport": machine.transport.value,
        "autonomy": machine.autonomy.value,
        "groups": list(machine.groups),
        "labels": dict(machine.labels or {}),
    }
