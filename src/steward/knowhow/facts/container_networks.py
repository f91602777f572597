"""Networks of containers beside the other networks of their machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.container_engines import ENGINES, Answer, Question, answers
from steward.knowhow.outputs import json_object, list_of, word_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact

_MOST = 500
_LONGEST = 200
_ROUTE = re.compile(r"route ([0-9.]{7,15}/[0-9]{1,2})(?: via [0-9.]+)? dev (\S{1,15})(.*)")


@record
class ContainerNetwork:
    """One network of an engine."""

    name: str
    """Its name."""
    engine: str
    """`docker` or `podman`."""
    driver: str
    """`bridge`, `macvlan`, `host`."""
    interface: str
    """The machine's own end of it: `docker0`; empty when it has none."""
    subnets: tuple[str, ...]
    """Addresses given out in it: `172.17.0.0/16`."""


@record
class Route:
    """Where the machine sends what is meant for a stretch of addresses. Default routes are left out."""

    subnet: str
    """The stretch: `192.168.1.0/24`."""
    interface: str
    """Through which it leaves."""
    is_attached: bool
    """Whether the machine stands in it itself, and not behind a gateway or tunnel."""


@record
class ContainerNetworks:
    """The networks of all engines, and the routes of the machine (IPv4)."""

    networks: dict[str, ContainerNetwork]
    """By name; one that Docker has too is followed by ` (podman)`."""
    routes: tuple[Route, ...]
    """The routes; none where `ip` is not installed."""
    unread: str
    """Why one of two engines could not be asked, or empty."""


def parse(outputs: Mapping[str, CommandOutput]) -> ContainerNetworks:
    """Join the engines; both print the same routes."""
    found, unread = answers(outputs)
    networks: dict[str, ContainerNetwork] = {}
    for one in (one for answer in found for one in _networks(answer)):
        networks[f"{one.name} ({one.engine})" if one.name in networks else one.name] = one
    matches = [_ROUTE.fullmatch(line) for answer in found for line in answer.lines]
    routes = dict.fromkeys(
        Route(subnet=match[1], interface=match[2], is_attached="scope link" in match[3]) for match in matches if match
    )
    return ContainerNetworks(networks=networks, routes=tuple(routes)[:_MOST], unread=unread)


def _networks(answer: Answer) -> list[ContainerNetwork]:
    lists = (list_of(json_object(f'{{"told":{line}}}').get("told")) for line in answer.lines if line.startswith("["))
    return [
        ContainerNetwork(
            name=word_of(told[0])[:_LONGEST],
            engine=answer.engine,
            driver=word_of(told[1])[:_LONGEST],
            interface=word_of(told[3])[:_LONGEST] or _interface(told),
            subnets=tuple(word_of(one)[:60] for one in list_of(told[4]) if word_of(one)),
        )
        for told in lists
        if len(told) == 5 and word_of(told[0])
    ][:_MOST]


def _interface(told: list[object]) -> str:
    """Return what Docker calls the bridge of a network when nobody said otherwise."""
    return f"br-{word_of(told[2])[:12]}" if word_of(told[1]) == "bridge" else ""


_START = '[{{json .Name}},{{json .Driver}},"{{.ID}}",'
_DOCKER = '{{index .Options "com.docker.network.bridge.name"|json}},[{{range .IPAM.Config}}{{json .Subnet}},{{end}}0]]'
_PODMAN = '{{json .NetworkInterface}},[{{range .Subnets}}"{{.Subnet.String}}",{{end}}0]]'

_ROUTES = """\
PATH=$PATH:/usr/sbin:/sbin
ip -o -4 route show 2>/dev/null | grep -v '^default' | head -n 500 | sed 's/^/route /; s/ *$//'
"""

QUESTION = Question(
    listing="network ls --quiet",
    asking="network inspect --format",
    templates={"docker": _START + _DOCKER, "podman": _START + _PODMAN},
    named="[A-Za-z0-9_. -]+",
    after=_ROUTES,
)

PLUGIN = Fact[ContainerNetworks](
    name="container_networks",
    summary="Networks of Docker and Podman, and the routes of their machine.",
    readings=tuple(QUESTION.reading(engine) for engine in ENGINES),
    parse=parse,
    pause=timedelta(minutes=10),
    sudoers=QUESTION.sudoers(),
)
