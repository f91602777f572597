"""Readable lines of a workflow as probes: which machine they are about, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from steward.core.line_probes import probe_of
from steward.lib.text import nearest, visible_line
from steward.model.errors import InvalidInput
from steward.model.ids import MachineId
from steward.model.measure import AnyMeasure
from steward.model.probe import Probe
from steward.model.workspace import Inventory

_ON = re.compile(r"\s*on\s+[A-Za-z0-9][\w.-]*\s*:")
_NO_MACHINE = MachineId("")


def names_machine(line: str) -> bool:
    """Tell whether a line says itself which machine it is about."""
    return _ON.match(line) is not None


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Reads lines against what can be measured and the machines there are."""

    measures: Mapping[str, AnyMeasure]
    """What a line may ask for, by name."""
    inventory: Inventory
    """Machines that `on NAME:` may mean."""

    def probe(self, line: str, machine: MachineId | None, within_seconds: int) -> Probe:
        """Return the probe of a line, about the machine it names, else about `machine`.

        Raises:
            InvalidInput: it cannot be understood, or is about no machine.
        """
        if machine is None and not names_machine(line):
            step = "begin it with `on NAME:`"
            raise InvalidInput("the line is about no machine", where=visible_line(line), next_step=step)
        about = machine or _NO_MACHINE
        return probe_of(line, about, self.measures, within_seconds=within_seconds, find=self._find)

    def problem(self, line: str) -> InvalidInput | None:
        """Return what is wrong with a line, or None."""
        try:
            self.probe(line, _NO_MACHINE, 0)
        except InvalidInput as error:
            return error
        return None

    def _find(self, name: str) -> MachineId:
        machine = self.inventory.find(name)
        if machine is None:
            near = nearest(name, [each.name for each in self.inventory.machines])
            hint = f"did you mean `on {near}:`?" if near else "see `steward machines ls`"
            raise InvalidInput(f"there is no machine `{visible_line(name)}`", next_step=hint)
        return machine.id
