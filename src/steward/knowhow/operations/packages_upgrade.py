"""Install waiting updates of named packages, each in the exact version that was shown."""

from __future__ import annotations

from steward.knowhow.facts.package_states import PLUGIN as STATES
from steward.knowhow.facts.updates import PLUGIN as UPDATES
from steward.knowhow.facts.updates import Update, Updates
from steward.knowhow.upgradable import MOST_AT_ONCE, NAME, VERSION, why_not
from steward.lib.record import record
from steward.lib.text import nearest, plural
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_KEEP = ("-o", "Dpkg::Options::=--force-confold")
_INSTALL = ("/usr/bin/apt-get", "install", "-y", "--only-upgrade", *_KEEP)
_PUT_BACK = ("/usr/bin/apt-get", "install", "-y", "--allow-downgrades", *_KEEP)
_TIMEOUT_SECONDS = 900


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
    names = ", ".join(chosen)
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.PACKAGES, "packages"),
        action=Action(
            argv=(*_INSTALL, *(f"{name}={one.candidate}" for name, one in chosen.items())),
            timeout_seconds=_TIMEOUT_SECONDS,
        ),
        says=f"Update {plural(len(chosen), 'package')}: {names}",
        effects=(
            *(f"{name} {one.installed} becomes {one.candidate}" for name, one in chosen.items()),
            "what these versions need is updated with them; services of these packages may be restarted",
            "configuration files that somebody changed stay as they are",
        ),
        preconditions=tuple(_probe(snapshot, name, one, Comparison.EQUAL) for name, one in chosen.items()),
        verify=(*(_probe(snapshot, name, one, Comparison.ABSENT) for name, one in chosen.items()), _whole(snapshot)),
        undo=_undo(snapshot, chosen),
        risk=Risk.RISKY,
        downtime_seconds=60,
    )


def _chosen(command: UpgradePackages, snapshot: Snapshot) -> dict[str, Update]:
    updates = _updates(snapshot)
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


def _updates(snapshot: Snapshot) -> Updates:
    updates, states, where = snapshot.of(UPDATES), snapshot.of(STATES), snapshot.machine.name
    if updates is None or updates.manager != "apt":
        known = "its updates were not read" if updates is None else f"its package manager is {updates.manager}"
        why = snapshot.unread.get(UPDATES.name, known)
        raise InvalidInput("Steward cannot update packages here", where=where, why=why)
    if states is not None and states.broken_count:
        why = f"{plural(states.broken_count, 'package')} half installed"
        raise InvalidInput("nothing is updated on top of that", where=where, why=why, next_step="finish these first")
    return updates


def _undo(snapshot: Snapshot, chosen: dict[str, Update]) -> Undo:
    """Put the old versions back where all their files are still here; what came with them stays."""
    if not all(one.is_old_kept for one in chosen.values()):
        return Undo(says="The old versions are no longer on the machine, and may be nowhere", is_possible=False)
    return Undo(
        says="Install the versions from before again, from the files that are still on the machine",
        actions=(
            Action(
                argv=(*_PUT_BACK, *(f"{name}={one.installed}" for name, one in chosen.items())),
                timeout_seconds=_TIMEOUT_SECONDS,
            ),
        ),
        verify=tuple(_probe(snapshot, name, one, Comparison.EQUAL) for name, one in chosen.items()),
    )


def _probe(snapshot: Snapshot, name: str, update: Update, comparison: Comparison) -> Probe:
    is_waiting = comparison is Comparison.EQUAL
    return Probe(
        machine=snapshot.machine.id,
        says=f"{name} {update.candidate} waits to be installed" if is_waiting else f"no update waits for {name}",
        fact=UPDATES.name,
        path=("updates", name, "candidate"),
        comparison=comparison,
        expected=update.candidate if is_waiting else None,
    )


def _whole(snapshot: Snapshot) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says="no package is half installed",
        fact=STATES.name,
        path=("broken_count",),
        expected=0,
        within_seconds=30,
    )


_KEEP_IN_SUDOERS = "-o Dpkg::Options::=--force-confold"

PLUGIN = Operation[UpgradePackages](
    name="packages.upgrade",
    input=UpgradePackages,
    risk=Risk.RISKY,
    needs=(UPDATES.name, STATES.name),
    build=build,
    sudoers=(
        f"/usr/bin/apt-get ^install -y --only-upgrade {_KEEP_IN_SUDOERS}( {NAME}={VERSION})+$",
        f"/usr/bin/apt-get ^install -y --allow-downgrades {_KEEP_IN_SUDOERS}( {NAME}={VERSION})+$",
    ),
    examples=(
        Example(line="packages upgrade m1 openssl", does="Install the waiting update of openssl on m1."),
        Example(
            line="packages upgrade nas openssl,libssl3", does="Install the waiting updates of two packages on nas."
        ),
    ),
)
