"""The engines themselves: version, how they store images and logs, and what they warn of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.container_engines import ENGINES, Question, answers
from steward.knowhow.outputs import json_object, list_of, word_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact

_MOST = 20
_LONGEST = 300


@record
class ContainerDaemon:
    """One engine."""

    version: str
    """Its version."""
    storage_driver: str
    """How it keeps images and containers: `overlay2`, `overlay`, `btrfs`, `vfs`."""
    log_driver: str
    """Where logs go unless a container says otherwise: `json-file`, `journald`."""
    folder: str
    """Where it keeps everything."""
    warnings: tuple[str, ...]
    """What it warns of, first line each."""


@record
class ContainerDaemons:
    """The engines that answered."""

    daemons: dict[str, ContainerDaemon]
    """By `docker`, `podman`."""
    unread: str
    """Why one of two engines could not be asked, or empty."""


def parse(outputs: Mapping[str, CommandOutput]) -> ContainerDaemons:
    """Read one line for each value, told by its first letter."""
    found, unread = answers(outputs)
    daemons: dict[str, ContainerDaemon] = {}
    for answer in found:
        told = {line[:1]: json_object(f'{{"told":{line[1:]}}}').get("told") for line in answer.lines}
        if word_of(told.get("v")):
            daemons[answer.engine] = _daemon(told)
    return ContainerDaemons(daemons=daemons, unread=unread)


def _daemon(told: Mapping[str, object]) -> ContainerDaemon:
    warnings = (word_of(one).partition("\n")[0][:_LONGEST] for one in list_of(told.get("w"))[:_MOST])
    return ContainerDaemon(
        version=word_of(told.get("v"))[:_LONGEST],
        storage_driver=word_of(told.get("s"))[:_LONGEST],
        log_driver=word_of(told.get("l"))[:_LONGEST],
        folder=word_of(told.get("f"))[:_LONGEST],
        warnings=tuple(warning for warning in warnings if warning),
    )


def traits(daemons: ContainerDaemons) -> dict[str, str] | None:
    """Return the versions."""
    if daemons.unread:
        return None
    return {f"{engine}: version": one.version for engine, one in daemons.daemons.items()}


# The whole question is the list itself, so there are no blanks in it; and no commas, which end a command in sudoers.
_LINE = "{{println}}"
_DOCKER = {"v": ".ServerVersion", "s": ".Driver", "l": ".LoggingDriver", "f": ".DockerRootDir", "w": ".Warnings"}
_PODMAN = {"v": ".Version.Version", "s": ".Store.GraphDriverName", "l": ".Host.LogDriver", "f": ".Store.GraphRoot"}


def _asked(values: Mapping[str, str]) -> Question:
    template = _LINE.join(f"{letter}{{{{{value}|json}}}}" for letter, value in values.items())
    return Question(listing=f"info --format {template}")


_QUESTIONS = {
    "docker": _asked(_DOCKER),
    "podman": _asked(_PODMAN),
}

PLUGIN = Fact[ContainerDaemons](
    name="container_daemons",
    summary="Docker and Podman themselves: version, storage, logs, and what they warn of.",
    readings=tuple(_QUESTIONS[engine].reading(engine) for engine in ENGINES),
    parse=parse,
    pause=timedelta(hours=1),
    traits=traits,
    sudoers=tuple(f"/usr/bin/{engine} {question.listing}" for engine, question in _QUESTIONS.items()),
)
