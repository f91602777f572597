"""Tags of images: which one is newer than another of the same scheme, and where an image comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from steward.lib.record import record

DOCKER_HUB = "docker.io"
_TAG = re.compile(r"(v?)([0-9]+(?:\.[0-9]+){0,3})((?:[-_.+][A-Za-z0-9._+-]*)?)")
_REPOSITORY = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*")
_NUMBERS = re.compile(r"[0-9]+")
_LONGEST = 128
_FIRST_YEAR = 1900
_MOST_DIGITS = 12


@record
class ImageName:
    """A name of an image, taken apart."""

    registry: str
    """Host it comes from, with its port: `docker.io`."""
    repository: str
    """Repository there: `library/nginx`."""
    tag: str
    """Tag; `latest` where the name has none."""
    is_pinned: bool
    """Whether it names one content by its sum."""


def image_name(text: str) -> ImageName | None:
    """Take a name of an image apart as engines do, or return None for what is none."""
    name, at, _ = text.partition("@")
    head, slash, rest = name.partition("/")
    if not slash or not ("." in head or ":" in head or head == "localhost"):
        head, rest = DOCKER_HUB, name
    repository, _, tag = rest.partition(":")
    if head == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    if not _REPOSITORY.fullmatch(repository) or len(text) > 300 or not re.fullmatch(r"[A-Za-z0-9_.-]*", tag):
        return None
    return ImageName(registry=head, repository=repository, tag=tag or "latest", is_pinned=bool(at))


def newest_tags(tag: str, tags: Iterable[str]) -> tuple[str, str]:
    """Return the newest tag that is newer than `tag` and of the same scheme, and the newest with its first number.

    The scheme is the `v` before, how many numbers there are, and what stands behind with its numbers left out:
    `1.27-alpine3.20` is newer than `1.25-alpine3.18`; `1.28`, `1.27.3-alpine3.20` and `1.28-rc.1-alpine3.20` are
    other schemes.
    """
    now = _taken_apart(tag)
    if now is None:
        return "", ""
    newer = [
        (one[1], other)
        for other in tags
        if len(other) <= _LONGEST and (one := _taken_apart(other)) is not None and one[0] == now[0] and one[1] > now[1]
    ]
    fitting = [(number, other) for number, other in newer if _is_same_kind(now[1][0], number[0])]
    of_line = [(number, other) for number, other in fitting if number[0] == now[1][0]]
    return max(fitting, default=((), ""))[1], max(of_line, default=((), ""))[1]


def has_scheme(tag: str) -> bool:
    """Tell whether a tag names a version, so that another can be newer."""
    return _taken_apart(tag) is not None


def _taken_apart(tag: str) -> tuple[tuple[str, int, str], tuple[int, ...]] | None:
    found = _TAG.fullmatch(tag)
    if found is None or any(len(digits) > _MOST_DIGITS for digits in _NUMBERS.findall(tag)):
        return None
    before, version, behind = found.groups()
    numbers = tuple(int(one) for one in version.split("."))
    shape = _NUMBERS.sub("#", behind)
    return (before, len(numbers), shape), (*numbers, *(int(one) for one in _NUMBERS.findall(behind)))


def _is_same_kind(now: int, other: int) -> bool:
    """Tell a version from a date: `20240101` is not newer than `16`, nor `2021.12.14` than `4.0.1`."""
    return len(str(now)) == len(str(other)) or max(now, other) < _FIRST_YEAR
