"""Say on which machine something runs where only the name of a folder says so."""

from __future__ import annotations

from dataclasses import replace

from steward.model.declared import Declaration


def placed(found: Declaration) -> Declaration:
    """Return the same with machines filled in: a folder that has the name of a machine holds what runs there."""
    names = {machine.name for machine in found.machines}
    names |= {machine.name.partition(".")[0] for machine in found.machines}

    def machine_of(file: str) -> str | None:
        return next((part for part in file.split("/")[:-1] if part in names), None)

    return replace(
        found,
        services=tuple(
            each if each.machine else replace(each, machine=machine_of(each.file)) for each in found.services
        ),
        ports=tuple(each if each.machine else replace(each, machine=machine_of(each.file)) for each in found.ports),
        volumes=tuple(each if each.machine else replace(each, machine=machine_of(each.file)) for each in found.volumes),
    )
