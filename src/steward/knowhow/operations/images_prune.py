"""Remove images that have no name and that no container uses."""

from __future__ import annotations

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.knowhow.facts.images import Image, Images
from steward.knowhow.image_use import prunable
from steward.lib.record import record
from steward.lib.text import plural, size, visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_PROGRAMS = frozenset({"/usr/bin/docker", "/usr/bin/podman", "/usr/local/bin/docker", "/snap/bin/docker"})
_WORDS = ("image", "prune", "--force")
_SHOWN = 10


@record
class PruneImages:
    """Remove the images that lost their name to newer ones and that no container, running or not, was made from."""

    machine: str
    """Machine, by name or id."""
    engine: str
    """`docker` or `podman`."""


def build(command: PruneImages, snapshot: Snapshot) -> Blueprint:
    """Work out what goes; where nothing would, it is refused."""
    engine, where, images = command.engine, snapshot.machine.name, snapshot.of(IMAGES)
    known = None if images is None else images.engines.get(engine)
    if images is None or known is None or known.program not in _PROGRAMS:
        why = snapshot.unread.get(IMAGES.name, "it is not there, or could not be asked")
        raise InvalidInput(f"there are no images of {engine} that Steward can remove", where=where, why=why)
    left = prunable(snapshot, engine)
    if not left:
        raise InvalidInput(
            f"there is nothing to remove from {engine}", where=where, why="all its images have a name or a use"
        )
    built_here = [one for one in left if not one.digests]
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.IMAGE, f"nameless images of {engine}"),
        action=Action(argv=(known.program, *_WORDS), needs_root=known.needs_root, timeout_seconds=300),
        says=f"Remove {plural(len(left), 'image')} without name or use, up to {size(_bytes(left))}",
        effects=_effects(left),
        preconditions=(_is_nameless(snapshot, engine, known.nameless),),
        verify=tuple(_is_gone(snapshot, images, one) for one in left[:_SHOWN]),
        undo=Undo(says=_says_of_undo(left, built_here), is_possible=False),
        risk=Risk.DESTRUCTIVE if built_here else Risk.RISKY,
        bytes_touched=_bytes(left),
    )


def _bytes(left: list[Image]) -> int:
    return sum(one.size_bytes for one in left)


def _effects(left: list[Image]) -> tuple[str, ...]:
    shown = tuple(
        f"removes {one.id[:12]}, {size(one.size_bytes)}, "
        + (visible_line(one.digests[0].partition("@")[0]) if one.digests else "built here")
        for one in left[:_SHOWN]
    )
    more = (f"removes {len(left) - _SHOWN} more like these",) if len(left) > _SHOWN else ()
    return (*shown, *more, "layers that other images share stay, so that less may be freed; no container is touched")


def _says_of_undo(left: list[Image], built_here: list[Image]) -> str:
    if built_here:
        count = plural(len(built_here), "image")
        return f"{count} of {len(left)} may have been built here and cannot be pulled; the rest can, by their sums"
    return "None is brought back; each can be pulled again by its sum while its registry keeps it"


def _is_nameless(snapshot: Snapshot, engine: str, nameless: str) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says="the images without a name are the same",
        fact=IMAGES.name,
        path=("engines", engine, "nameless"),
        expected=nameless,
    )


def _is_gone(snapshot: Snapshot, images: Images, one: Image) -> Probe:
    key = next(key for key, image in images.images.items() if image == one)
    return Probe(
        machine=snapshot.machine.id,
        says=f"image {one.id[:12]} is gone",
        fact=IMAGES.name,
        path=("images", key, "id"),
        comparison=Comparison.ABSENT,
    )


PLUGIN = Operation[PruneImages](
    name="images.prune",
    input=PruneImages,
    risk=Risk.RISKY,
    needs=(IMAGES.name, CONTAINERS.name),
    build=build,
    sudoers=tuple(" ".join((f"/usr/bin/{engine}", *_WORDS)) for engine in ("docker", "podman")),
    examples=(
        Example(line="images prune d1 docker", does="Remove the images of Docker on d1 that nothing needs."),
        Example(line="images prune nas podman", does="Remove the images of Podman on nas that nothing needs."),
    ),
)
