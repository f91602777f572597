"""Find images in use of which the registry has a newer version."""

from __future__ import annotations

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.knowhow.facts.image_tags import PLUGIN as IMAGE_TAGS
from steward.knowhow.facts.image_tags import ImageTags
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.knowhow.findings import case
from steward.knowhow.image_use import image_named, image_of, running_containers
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.image_tags import image_name
from steward.model.resource import ResourceKind

_NAME = "newer_images"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each image, however many containers use it."""
    users: dict[str, list[str]] = {}
    told: dict[str, tuple[ImageTags, str]] = {}
    for name, container in sorted(running_containers(snapshot).items()):
        tags = _tags(snapshot, container)
        says = _news(snapshot, container, tags) if tags else ""
        if tags and says:
            users.setdefault(container.image, []).append(name)
            told.setdefault(container.image, (tags, says))
    return tuple(_finding(snapshot, image, *told[image], found) for image, found in users.items())


def _tags(snapshot: Snapshot, container: Container) -> ImageTags | None:
    known, name = snapshot.of(IMAGE_TAGS), image_name(container.image)
    if known is None or name is None:
        return None
    return known.images.get(f"{name.registry}/{name.repository}:{name.tag}")


def _news(snapshot: Snapshot, container: Container, tags: ImageTags) -> str:
    """Say what is new, or nothing: a newer tag, else another content under the same one."""
    if tags.newest:
        return f"has a newer tag, {visible_line(tags.newest)}"
    name = image_name(container.image)
    is_pinned = name is None or name.is_pinned
    stored = (image_of(snapshot, container), image_named(snapshot, container))
    digests = [digest for image in stored if image is not None for digest in image.digests]
    is_moved = bool(tags.digest and digests) and not any(digest.endswith(tags.digest) for digest in digests)
    return "was made anew in its registry, under the same tag" if is_moved and not is_pinned else ""


def _finding(snapshot: Snapshot, image: str, tags: ImageTags, says: str, users: list[str]) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.IMAGE, image, "the registry asked", fact=IMAGE_TAGS.name)
    of_line = tags.newest_of_line if tags.newest_of_line != tags.newest else ""
    return this.finding(
        f"image {visible_line(image)} on {snapshot.machine.name} {says}",
        Severity.WATCH,
        (
            *this.outside("newest_tag", [tags.newest]),
            *this.outside("newest_tag_of_the_same_line", [of_line]),
            *(this.seen("container", visible_line(user)) for user in users[:20]),
        ),
        if_nothing="It works as it is, without what was mended since. Read what changed before taking it over, above"
        " all where the first number is another one.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Images of running containers with a newer tag of the same scheme, or another content under their tag, in a"
    " registry that `outside.yaml` allows (watch).",
    needs=(CONTAINERS.name, IMAGES.name, IMAGE_TAGS.name),
    run=run,
)
