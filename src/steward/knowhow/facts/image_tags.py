"""What registries have of the images in use: newer tags, and what the tag in use stands for there now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.knowhow.image_use import image_of, running_containers
from steward.lib.record import record
from steward.model.fact import Fact, FactUnavailable, Snapshot, View
from steward.model.image_tags import image_name
from steward.model.outside import OutsideRules
from steward.model.question import Answer, Question, TagsAnswer, TagsQuestion

_MOST = 24


@record
class ImageTags:
    """What a registry says of one image."""

    newest: str
    """Newest tag of the same scheme that is newer than the one in use, or empty."""
    newest_of_line: str
    """The same within the same first number, or empty."""
    digest: str
    """What the tag in use stands for in the registry now, or empty when it did not tell."""
    problem: str
    """Why it could not be asked, or empty; from outside."""


@record
class RegistryTags:
    """What registries say."""

    images: dict[str, ImageTags]
    """By registry, repository and tag: `docker.io/library/nginx:1.27`."""


def questions(snapshot: Snapshot, rules: OutsideRules) -> tuple[Question, ...]:
    """Ask for the images of running containers that were pulled from a registry which the owner allows."""
    return tuple(dict.fromkeys(_asked(snapshot, rules)))[:_MOST]


def _asked(snapshot: Snapshot, rules: OutsideRules) -> Iterator[TagsQuestion]:
    for _, container in sorted(running_containers(snapshot).items()):
        name, image = image_name(container.image), image_of(snapshot, container)
        registry = rules.registry_at(name.registry) if name else None
        if name and registry and image and image.digests:
            yield TagsQuestion(registry=registry, repository=name.repository, tag=name.tag)


def conclude(answers: Sequence[Answer], _rules: OutsideRules) -> RegistryTags:
    """Keep what each registry said.

    Raises:
        FactUnavailable: none was reached, which is no news of any image.
    """
    found = [answer for answer in answers if isinstance(answer, TagsAnswer)]
    if found and not any(answer.is_reached for answer in found):
        msg = f"no registry was reached from Steward's box; {found[0].question.registry}: {found[0].problem}"
        raise FactUnavailable(msg[:300])
    return RegistryTags(images={_key(answer.question): _tags(answer) for answer in found})


def _key(question: TagsQuestion) -> str:
    return f"{question.registry.removeprefix('http://')}/{question.repository}:{question.tag}"


def _tags(answer: TagsAnswer) -> ImageTags:
    return ImageTags(
        newest=answer.newest,
        newest_of_line=answer.newest_of_line,
        digest=answer.digest,
        problem=answer.problem[:200],
    )


PLUGIN = Fact[RegistryTags](
    name="image_tags",
    summary="Newer tags of the images in use, in the registries that `outside.yaml` allows.",
    view=View(needs=(CONTAINERS.name, IMAGES.name), questions=questions, conclude=conclude, is_of_machine=False),
    pause=timedelta(hours=12),
)
