"""Change what happens to a container when it ends or its machine is restarted."""

from __future__ import annotations

from steward.knowhow.container_operations import container_of, container_resource, is_same
from steward.knowhow.container_probes import has_setting
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.container_settings import ContainerSettings
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Probe
from steward.model.risk import Risk

_MEANS = {
    "no": "it stays off when it ends or the machine is restarted",
    "always": "it comes back whenever it ends, and with the machine even if somebody stopped it",
    "unless-stopped": "it comes back whenever it ends and with the machine, unless somebody stopped it",
    "on-failure": "it comes back when it ends with an error",
}


@record
class UpdateRestartPolicy:
    """Change the restart policy of a container of Docker, without restarting it."""

    machine: str
    """Machine, by name or id."""
    container: str
    """Container, by name."""
    policy: str
    """`no`, `always`, `unless-stopped` or `on-failure`."""


def build(command: UpdateRestartPolicy, snapshot: Snapshot) -> Blueprint:
    """Work the change out; the same policy, and a container that cannot have one, are refused."""
    name, policy = command.container, command.policy
    container = container_of(snapshot, name)
    one = _settings(snapshot, name, container)
    _require_sense(snapshot, one, policy)
    here = (is_same(snapshot, name, container),)
    return Blueprint(
        resource=container_resource(snapshot, name),
        action=_update(container, policy),
        says=f"Set the restart policy of container {name} to {policy}",
        effects=(
            f"its restart policy is {one.restart_policy} now and becomes {policy}: {_MEANS[policy]}",
            "it is not restarted for that",
            *(
                ["Compose sets it back when it makes the container anew: write it in its file too"]
                if one.compose
                else []
            ),
        ),
        preconditions=(*here, *_is(snapshot, name, one.restart_policy, one.most_restarts)),
        verify=(*here, *_is(snapshot, name, policy, 0)),
        undo=Undo(
            says=f"Set the restart policy of container {name} back to {one.restart_policy}",
            actions=(_update(container, _written(one)),),
            verify=(*here, *_is(snapshot, name, one.restart_policy, one.most_restarts)),
        ),
        risk=Risk.REVERSIBLE,
    )


def _settings(snapshot: Snapshot, name: str, container: Container) -> ContainerSettings:
    settings = snapshot.of(SETTINGS)
    one = None if settings is None else settings.containers.get(name)
    if one is None or one.id != container.id:
        why = snapshot.unread.get(SETTINGS.name, "they were not read since it was made")
        raise InvalidInput(f"the settings of container `{name}` are not known", where=snapshot.machine.name, why=why)
    return one


def _require_sense(snapshot: Snapshot, one: ContainerSettings, policy: str) -> None:
    what, where = f"cannot set the restart policy of container `{one.name}`", snapshot.machine.name
    if policy not in _MEANS:
        raise InvalidInput(what, where=where, why=f"`{policy}` is none; there are {', '.join(_MEANS)}")
    if one.engine != "docker":
        next_step = "let systemd start it: a `.container` file in /etc/containers/systemd"
        raise InvalidInput(what, where=where, why="only Docker changes it in place", next_step=next_step)
    if one.is_removed_when_off:
        raise InvalidInput(what, where=where, why="it is thrown away when it ends")
    if one.keeper == "swarm":
        raise InvalidInput(what, where=where, why="Swarm looks after it")
    if policy == one.restart_policy:
        raise InvalidInput(what, where=where, why=f"it is {policy} already")


def _written(one: ContainerSettings) -> str:
    """Write a policy as Docker reads it, with the number of tries where there is one."""
    return one.restart_policy + (f":{one.most_restarts}" if one.most_restarts > 0 else "")


def _update(container: Container, policy: str) -> Action:
    return Action(
        argv=(container.program, "update", "--restart", policy, container.id), needs_root=container.needs_root
    )


def _is(snapshot: Snapshot, name: str, policy: str, tries: int) -> tuple[Probe, ...]:
    return (
        has_setting(snapshot, name, "restart_policy", policy, f"the restart policy of container {name} is {policy}"),
        has_setting(
            snapshot, name, "most_restarts", tries, f"container {name} is tried {tries or 'any number of'} times"
        ),
    )


PLUGIN = Operation[UpdateRestartPolicy](
    name="container.update_restart_policy",
    input=UpdateRestartPolicy,
    risk=Risk.REVERSIBLE,
    needs=(CONTAINERS.name, SETTINGS.name),
    build=build,
    changes_declared=True,
    sudoers=("/usr/bin/docker ^update --restart (no|always|unless-stopped|on-failure(:[0-9]{1,4})?) [0-9a-f]{64}$",),
    examples=(
        Example(
            line="container update_restart_policy d1 web unless-stopped",
            does="Let the container web on d1 come back with its machine.",
        ),
        Example(
            line="container update_restart_policy nas importer on-failure",
            does="Let the container importer on nas come back only when it failed.",
        ),
    ),
)
