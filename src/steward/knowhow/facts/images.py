"""Images of containers: by which names and sums each is known, when it was made, how large it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from steward.knowhow.container_engines import ENGINES, Answer, Question, answers
from steward.knowhow.outputs import json_object, list_of, whole_of, word_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact

_MOST = 50
_LONGEST = 300
_FIRST_YEAR = 2013
"""Docker is not older: an earlier date was put there so that the same content always gives the same image."""


@record
class Image:
    """One image."""

    id: str
    """Sum of its content, without the kind of sum."""
    engine: str
    """`docker` or `podman`."""
    tags: tuple[str, ...]
    """Names that point to it; none when newer images took them all."""
    digests: tuple[str, ...]
    """Names by which it can be pulled again exactly; none when it was built here."""
    created_at: datetime | None
    """When it was made (UTC), or None when it does not say truly."""
    size_bytes: int
    """Its size; layers that it shares with others are counted with each."""


@record
class EngineImages:
    """What one engine keeps."""

    program: str
    """Absolute path of its command."""
    needs_root: bool
    """Whether that command works for Steward through sudo only."""
    nameless: str
    """Images without a name: the first twelve digits of each, in order, with blanks between."""


@record
class Images:
    """All images that are stored."""

    images: dict[str, Image]
    """By id; one that Docker has too is followed by ` (podman)`."""
    engines: dict[str, EngineImages]
    """The engines that answered."""
    unread: str
    """Why one of two engines could not be asked, or empty."""


def parse(outputs: Mapping[str, CommandOutput]) -> Images:
    """Join the engines."""
    found, unread = answers(outputs)
    images: dict[str, Image] = {}
    engines: dict[str, EngineImages] = {}
    for answer in found:
        of_engine = _images(answer)
        for one in of_engine:
            images[f"{one.id} ({answer.engine})" if one.id in images else one.id] = one
        nameless = " ".join(sorted(one.id[:12] for one in of_engine if not one.tags))
        engines[answer.engine] = EngineImages(
            program=answer.program, needs_root=answer.needs_root, nameless=nameless[:10_000]
        )
    return Images(images=images, engines=engines, unread=unread)


def _images(answer: Answer) -> list[Image]:
    lists = (list_of(json_object(f'{{"told":{line}}}').get("told")) for line in answer.lines if line.startswith("["))
    return [_image(answer.engine, told) for told in lists if len(told) == 5 and word_of(told[0])]


def _image(engine: str, told: list[object]) -> Image:
    identity, tags, digests, created, size = told
    return Image(
        id=word_of(identity).removeprefix("sha256:"),
        engine=engine,
        tags=_words(tags),
        digests=tuple(name for name in _words(digests) if not name.startswith("localhost/")),
        created_at=_moment(word_of(created)),
        size_bytes=max(0, whole_of(size)),
    )


def _words(value: object) -> tuple[str, ...]:
    """Return names; Docker writes `<none>` for none where it keeps images the old way."""
    words = (word[:_LONGEST] for word in map(word_of, list_of(value)[:_MOST]))
    return tuple(word for word in words if word and "<none>" not in word)


def _moment(text: str) -> datetime | None:
    """Read the date and time of RFC 3339, the zone left out: of the age of an image hours do not matter."""
    try:
        at = datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if at.year >= _FIRST_YEAR else None


def traits(images: Images) -> dict[str, str] | None:
    """Return which content each name stands for."""
    if images.unread:
        return None
    return {f"image {tag} of {one.engine}": one.id[:12] for one in images.images.values() for tag in one.tags}


_TEMPLATE = '["{{.ID}}",{{json .RepoTags}},{{json .RepoDigests}},{{json .Created}},{{.Size}}]'

# Since 29 Docker lists images without a name only when asked for all, and then layers of old builds with them.
QUESTION = Question(
    listing="images --quiet --no-trunc",
    also="images --all --quiet --no-trunc --filter dangling=true",
    asking="image inspect --format",
    templates={"docker": _TEMPLATE, "podman": _TEMPLATE},
    named="[0-9a-fhs: ]+",
)

PLUGIN = Fact[Images](
    name="images",
    summary="Images of Docker and Podman: names, sums, age and size.",
    readings=tuple(QUESTION.reading(engine, timeout_seconds=40) for engine in ENGINES),
    parse=parse,
    pause=timedelta(minutes=30),
    traits=traits,
    sudoers=QUESTION.sudoers(),
)
