"""Install waiting updates of named packages, each in the exact version that was shown."""

from __future__ import annotations

from steward.knowhow.facts.package_states import PLUGIN as STATES
from steward.knowhow.facts.updates import PLUGIN as UPDATES
from steward.knowhow.facts.updates import Update
from steward.knowhow.package_updates import SUDOERS, update_of, waiting_updates
from steward.knowhow.upgradable import MOST_AT_ONCE, why_not
from steward.lib.record import record
from steward.lib.text import nearest
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint, Operation
from steward.model.risk import Risk


@record
class UpgradePackages:
    """Install the waiting updates of some packages. Configuration files that somebody changed stay as they are."""

    machine: str
    """Machine, by name or id."""
    packages: str
    """Names of the packages, with commas between them: `openssl,libssl3`."""


def build(command: UpgradePackages, snapshot: Snapshot) -> Blueprint:
    """Work out the versions; what the lists do not offer is refused."""
    chosen = _chosen(command, snapshot)
    return update_of(chosen, snapshot)


def _chosen(command: UpgradePackages, snapshot: Snapshot) -> dict[str, Update]:
    updates = waiting_updates(snapshot)
    where = snapshot.machine.name
    names = sorted({name.strip() for name in command.packages.split(",")} - {""})
    if not 0 < len(names) <= MOST_AT_ONCE:
        raise InvalidInput(f"name 1 to {MOST_AT_ONCE} packages", where=where, next_step="separate them by commas")
    for name in names:
        update = updates.updates.get(name)
        if update is None:
            near = nearest(name, updates.updates)
            hint = f"did you mean `{near}`?" if near else "see the finding of waiting updates for what there is"
            raise InvalidInput(f"no update waits for `{name}`", where=where, next_step=hint)
        if why := why_not(name, update):
            raise InvalidInput(f"`{name}` is not updated by this command", where=where, why=why)
    return {name: updates.updates[name] for name in names}


PLUGIN = Operation[UpgradePackages](
    name="packages.upgrade",
    input=UpgradePackages,
    risk=Risk.RISKY,
    needs=(UPDATES.name, STATES.name),
    build=build,
    sudoers=SUDOERS,
    examples=(
        Example(line="packages upgrade m1 openssl", does="Install the waiting update of openssl on m1."),
        Example(
            line="packages upgrade nas openssl,libssl3", does="Install the waiting updates of two packages on nas."
        ),
    ),
)
