"""What the operations on updates share: the lists they trust, exact versions, the way back, and the proof."""

from __future__ import annotations

import re

from steward.knowhow.facts.package_states import PLUGIN as STATES
from steward.knowhow.facts.updates import PLUGIN as UPDATES
from steward.knowhow.facts.updates import Update, Updates
from steward.knowhow.upgradable import NAME, VERSION
from steward.lib.text import plural
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_KEEP = ("-o", "Dpkg::Options::=--force-confold")
_INSTALL = ("/usr/bin/apt-get", "install", "-y", "--only-upgrade", *_KEEP)
_PUT_BACK = ("/usr/bin/apt-get", "install", "-y", "--allow-downgrades", *_KEEP)
_TIMEOUT_SECONDS = 900
_FILE = r"/var/cache/apt/archives/[a-z0-9][A-Za-z0-9+.%~_-]+\.deb"
"""Only root writes there. A version by name would be looked up in the sources, which offer the newest one alone."""
_KEEP_IN_SUDOERS = "-o Dpkg::Options::=--force-confold"
SUDOERS = (
    f"/usr/bin/apt-get ^install -y --only-upgrade {_KEEP_IN_SUDOERS}( {NAME}={VERSION})+$",
    f"/usr/bin/apt-get ^install -y --allow-downgrades {_KEEP_IN_SUDOERS}( {_FILE})+$",
)
"""Lines of sudoers for an update and its way back."""


def update_of(chosen: dict[str, Update], snapshot: Snapshot) -> Blueprint:
    """Return what installing these updates, each in the version that was shown, comes to."""
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


def waiting_updates(snapshot: Snapshot) -> Updates:
    """Return what waits; a machine whose updates are not known, or half installed, is refused."""
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
    if not all(re.fullmatch(_FILE, one.kept_file) for one in chosen.values()):
        return Undo(says="The old versions are no longer on the machine, and may be nowhere", is_possible=False)
    return Undo(
        says="Install the versions from before again, from the files that are still on the machine",
        actions=(
            Action(
                argv=(*_PUT_BACK, *(one.kept_file for one in chosen.values())),
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
