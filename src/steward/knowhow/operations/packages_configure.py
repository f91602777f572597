"""Finish what dpkg began: configure every package that was only unpacked."""

from __future__ import annotations

from steward.knowhow.facts.package_states import PLUGIN as STATES
from steward.knowhow.facts.package_states import PackageStates
from steward.lib.record import record
from steward.lib.text import plural
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_CONFIGURE = ("/usr/bin/dpkg", "--force-confold", "--configure", "-a")


@record
class ConfigurePackages:
    """Finish packages that are half installed. Configuration files that somebody changed stay as they are."""

    machine: str
    """Machine, by name or id."""


def build(_command: ConfigurePackages, snapshot: Snapshot) -> Blueprint:
    """Name what is finished; where nothing is half installed it is refused."""
    states = _states(snapshot)
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.PACKAGES, "packages"),
        action=Action(argv=_CONFIGURE, timeout_seconds=600),
        says=f"Finish {plural(states.broken_count, 'package')} that are half installed",
        effects=(
            *(f"{name}, which is {state}, is configured and its services are started" for name, state in _some(states)),
            "configuration files that somebody changed stay as they are",
        ),
        preconditions=(
            _broken(snapshot, Comparison.EQUAL, states.broken_count, "as many packages are half installed"),
        ),
        verify=(_broken(snapshot, Comparison.EQUAL, 0, "no package is half installed"),),
        undo=Undo(says="A package that is configured cannot be made half installed again", is_possible=False),
        risk=Risk.RISKY,
        downtime_seconds=60,
    )


def _states(snapshot: Snapshot) -> PackageStates:
    states, where = snapshot.of(STATES), snapshot.machine.name
    if states is None or states.manager != "apt":
        why = snapshot.unread.get(STATES.name, "only dpkg can be told to finish its work")
        raise InvalidInput("cannot finish packages", where=where, why=why)
    if states.is_working:
        raise InvalidInput("somebody is installing packages", where=where, next_step="wait until that has ended")
    if not states.broken_count and not states.is_interrupted:
        raise InvalidInput("no package is half installed", where=where)
    return states


def _some(states: PackageStates) -> list[tuple[str, str]]:
    return list(states.broken.items())[:20]


def _broken(snapshot: Snapshot, comparison: Comparison, expected: int, says: str) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=STATES.name,
        path=("broken_count",),
        comparison=comparison,
        expected=expected,
    )


PLUGIN = Operation[ConfigurePackages](
    name="packages.configure",
    input=ConfigurePackages,
    risk=Risk.RISKY,
    needs=(STATES.name,),
    build=build,
    sudoers=(" ".join(_CONFIGURE),),
    examples=(
        Example(line="packages configure m1", does="Finish the packages on m1 that are half installed."),
        Example(line="packages configure nas", does="Finish the packages on nas that are half installed."),
    ),
)
