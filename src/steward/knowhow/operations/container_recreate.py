"""Make a container of a Compose project anew from the image its name stands for now."""

from __future__ import annotations

import re

from steward.knowhow.compose_words import SUDOERS, bring_up
from steward.knowhow.container_operations import container_of, container_resource, is_unchanged, works
from steward.knowhow.container_probes import runs_image
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.container_settings import Compose
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.knowhow.facts.images import Image
from steward.knowhow.image_use import image_named, image_of
from steward.lib.record import record
from steward.lib.text import visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Probe
from steward.model.risk import Risk

_SUM = re.compile("[0-9a-f]{64}")
_IMAGE = r"[a-z0-9][A-Za-z0-9._/:-]*"


@record
class RecreateContainer:
    """Make a container of a Compose project anew, from the newer image that is here already; nothing is pulled."""

    machine: str
    """Machine, by name or id."""
    container: str
    """Container, by name."""


def build(command: RecreateContainer, snapshot: Snapshot) -> Blueprint:
    """Work it out; a container that runs the newest image here, or that Compose did not make, is refused."""
    name = command.container
    container = container_of(snapshot, name)
    compose = _compose(snapshot, name, container)
    old, new = _images(snapshot, name, container)
    again = bring_up(container, compose, where=snapshot.machine.name)
    return Blueprint(
        resource=container_resource(snapshot, name),
        action=again,
        says=f"Make container {name} anew from image {new.id[:12]}",
        effects=(
            f"container {name} is thrown away and made anew: {visible_line(container.image)} stood for {old.id[:12]}"
            f" and stands for {new.id[:12]} now",
            f"it is made as {', '.join(compose.files)} say now: whatever else was changed there takes effect too, and"
            " variables that came from somebody's shell are missing",
            "volumes and mounted folders stay; what it wrote elsewhere in itself is gone, and no undo brings that back",
        ),
        preconditions=(*is_unchanged(snapshot, name, container), _is_stored(snapshot, old), _is_stored(snapshot, new)),
        verify=(runs_image(snapshot, name, f"sha256:{new.id}", within_seconds=60), *works(snapshot, name, container)),
        undo=Undo(
            says=f"Let the name stand for image {old.id[:12]} again and make container {name} anew from it; a program"
            " that changed its data for its new version may not read them any more",
            actions=(_name_again(container, old), again),
            verify=(
                runs_image(snapshot, name, f"sha256:{old.id}", within_seconds=60),
                *works(snapshot, name, container),
            ),
        ),
        risk=Risk.RISKY,
        downtime_seconds=60,
    )


def _compose(snapshot: Snapshot, name: str, container: Container) -> Compose:
    settings, where = snapshot.of(SETTINGS), snapshot.machine.name
    one = None if settings is None else settings.containers.get(name)
    what = f"container `{name}` cannot be made anew"
    if settings is None or one is None or one.id != container.id:
        raise InvalidInput(what, where=where, why=snapshot.unread.get(SETTINGS.name, "its settings are not known"))
    if container.engine != "docker" or one.compose is None or one.compose.is_one_off:
        raise InvalidInput(what, where=where, why="nobody wrote down how it was made: it is not of a Compose project")
    if not settings.has_compose or one.compose.missing_files:
        gone = ", ".join(one.compose.missing_files)
        raise InvalidInput(what, where=where, why=f"{gone} is gone" if gone else "`docker compose` is not installed")
    return one.compose


def _images(snapshot: Snapshot, name: str, container: Container) -> tuple[Image, Image]:
    """Return the image it runs and the one its name stands for; without the first there would be no way back."""
    old, new, where = image_of(snapshot, container), image_named(snapshot, container), snapshot.machine.name
    if old is None or new is None or not _can_be_named(container, old):
        why = snapshot.unread.get(IMAGES.name, "the image it runs, or the one its name stands for, is not stored")
        raise InvalidInput(f"container `{name}` cannot be made anew", where=where, why=why)
    if old.id == new.id:
        next_step = f"`docker pull {container.image}` there gets a newer one, if there is one"
        raise InvalidInput(f"container `{name}` runs the newest image that is here", where=where, next_step=next_step)
    return old, new


def _can_be_named(container: Container, old: Image) -> bool:
    return _SUM.fullmatch(old.id) is not None and re.fullmatch(_IMAGE, container.image) is not None


def _name_again(container: Container, old: Image) -> Action:
    argv = (container.program, "tag", f"sha256:{old.id}", container.image)
    return Action(argv=argv, needs_root=container.needs_root)


def _is_stored(snapshot: Snapshot, image: Image) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=f"image {image.id[:12]} is stored",
        fact=IMAGES.name,
        path=("images", image.id, "id"),
        expected=image.id,
    )


PLUGIN = Operation[RecreateContainer](
    name="container.recreate",
    input=RecreateContainer,
    risk=Risk.RISKY,
    needs=(CONTAINERS.name, SETTINGS.name, IMAGES.name),
    build=build,
    sudoers=(*SUDOERS, f"/usr/bin/docker ^tag sha256:[0-9a-f]{{64}} {_IMAGE}$"),
    examples=(
        Example(line="container recreate d1 shop-web-1", does="Make the container shop-web-1 on d1 anew."),
        Example(line="container recreate nas immich-server", does="Make the container immich-server on nas anew."),
    ),
)
