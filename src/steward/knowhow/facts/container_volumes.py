"""Volumes that no container uses any more, and how much they hold where the engine tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from steward.knowhow.container_engines import ENGINES, Answer, Question, answers
from steward.knowhow.outputs import LARGEST, decimal, json_object, list_of, word_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact

_MOST = 500
_UNITS = {"B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "TB": 1000**4}


@record
class UnusedVolume:
    """One volume that belongs to no container."""

    name: str
    """Its name; of one that nobody named 64 digits."""
    engine: str
    """`docker` or `podman`."""
    driver: str
    """Where it is kept: `local`."""
    created_at: datetime | None
    """When it was made (UTC), or None when it does not say."""
    size_bytes: int | None
    """What it holds, or None where the engine did not tell in time."""

    @property
    def is_named(self) -> bool:
        """Whether somebody gave it its name."""
        return len(self.name) != 64 or not set(self.name) <= set("0123456789abcdef")


@record
class UnusedVolumes:
    """The volumes that no container uses, running or not."""

    volumes: dict[str, UnusedVolume]
    """By name; one that Docker has too is followed by ` (podman)`."""
    unread: str
    """Why one of two engines could not be asked, or empty."""


def parse(outputs: Mapping[str, CommandOutput]) -> UnusedVolumes:
    """Join the engines."""
    found, unread = answers(outputs)
    volumes: dict[str, UnusedVolume] = {}
    for one in (one for answer in found for one in _volumes(answer)):
        volumes[f"{one.name} ({one.engine})" if one.name in volumes else one.name] = one
    return UnusedVolumes(volumes=volumes, unread=unread)


def _volumes(answer: Answer) -> list[UnusedVolume]:
    sizes = dict(line.split(" ")[1:3] for line in answer.lines if line.startswith("size ") and line.count(" ") == 2)
    lists = (list_of(json_object(f'{{"told":{line}}}').get("told")) for line in answer.lines if line.startswith("["))
    return [
        UnusedVolume(
            name=word_of(told[0])[:200],
            engine=answer.engine,
            driver=word_of(told[1])[:100],
            created_at=_moment(word_of(told[2])),
            size_bytes=_bytes(sizes.get(word_of(told[0]), "")),
        )
        for told in lists
        if len(told) == 3 and word_of(told[0])
    ][:_MOST]


def _bytes(text: str) -> int | None:
    """Read `1.983MB`, powers of 1000 as Docker writes them."""
    unit = text.lstrip("0123456789.")
    number = decimal(text.removesuffix(unit)) if unit in _UNITS else None
    return None if number is None or number * _UNITS[unit] > LARGEST else int(number * _UNITS[unit])


def _moment(text: str) -> datetime | None:
    """Read the date and time of RFC 3339, the zone left out: of the age of a volume hours do not matter."""
    try:
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None


_TEMPLATE = "[{{json .Name}},{{json .Driver}},{{json .CreatedAt}}]"
_SIZES = "{{range(.Volumes)}}{{.Name}}|{{.Size}}{{println}}{{end}}"
# Docker adds up what every volume holds, which may take long; the names are worth having without it.
_AFTER = f"""\
case "$program" in
    */docker) timeout 40 $run system df --verbose --format '{_SIZES}' </dev/null 2>/dev/null |
        sed -n 's/^\\([^ |]*\\)|\\([^ |]*\\)$/size \\1 \\2/p' ;;
esac
"""

QUESTION = Question(
    listing="volume ls --quiet --filter dangling=true",
    asking="volume inspect --format",
    templates=dict.fromkeys(ENGINES, _TEMPLATE),
    named="[A-Za-z0-9_. -]+",
    after=_AFTER,
)

PLUGIN = Fact[UnusedVolumes](
    name="container_volumes",
    summary="Volumes of Docker and Podman that belong to no container, with what they hold.",
    readings=tuple(QUESTION.reading(engine, timeout_seconds=60) for engine in ENGINES),
    parse=parse,
    pause=timedelta(hours=12),
    sudoers=(*QUESTION.sudoers(), f"/usr/bin/docker system df --verbose --format {_SIZES}"),
)
