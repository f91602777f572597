"""Which images are used, and what a name of an image stands for."""

from __future__ import annotations

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.knowhow.facts.images import Image
from steward.model.fact import Snapshot


def all_images(snapshot: Snapshot) -> list[Image]:
    """Return the stored images; none where they were not read."""
    images = snapshot.of(IMAGES)
    return [] if images is None else list(images.images.values())


def running_containers(snapshot: Snapshot) -> dict[str, Container]:
    """Return the containers that run, by name."""
    containers = snapshot.of(CONTAINERS)
    found = {} if containers is None else containers.containers
    return {name: one for name, one in found.items() if one.state == "running"}


def image_of(snapshot: Snapshot, container: Container) -> Image | None:
    """Return the image a container was made from, or None when it is gone."""
    wanted = container.image_id.removeprefix("sha256:")
    return next((one for one in all_images(snapshot) if one.engine == container.engine and one.id == wanted), None)


def image_named(snapshot: Snapshot, container: Container) -> Image | None:
    """Return the image that the name a container was made with stands for now, or None."""
    names = _full_names(container.image)
    return next((one for one in all_images(snapshot) if one.engine == container.engine and names & set(one.tags)), None)


def is_pinned(image: str) -> bool:
    """Tell whether a name says which version it means: a sum, or a tag other than `latest`."""
    if "@" in image:
        return True
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag not in {"", "latest"}


def prunable(snapshot: Snapshot, engine: str) -> list[Image]:
    """Return the images of an engine that have no name and that no container was made from, the largest first."""
    containers = snapshot.of(CONTAINERS)
    if containers is None:
        return []
    used = {one.image_id.removeprefix("sha256:") for one in containers.containers.values() if one.engine == engine}
    found = [one for one in all_images(snapshot) if one.engine == engine and not one.tags and one.id not in used]
    return sorted(found, key=lambda one: (-one.size_bytes, one.id))


def _full_names(image: str) -> set[str]:
    """Return how a name may stand among the tags: without a tag it means `latest`."""
    if "@" in image:
        return set()
    return {image if ":" in image.rpartition("/")[2] else f"{image}:latest"}
