"""Ports that are open to all addresses: dangerous ones, and new ones."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.knowhow.facts.ports import Listener, Ports
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.history import Past, Point
from tests.unit.knowhow.plugins import FACTS
from tests.unit.knowhow.snapshots import NOW, container, containers, found_by, recorded, snapshot


def listening(*places: tuple[int, str]) -> Ports:
    found = [
        Listener(protocol="tcp", port=port, address=address, device="", unit="x.service", program="")
        for port, address in places
    ]
    return Ports(listeners={f"{one.name} {one.address}": one for one in found})


def seen_for(port_hours: float | None, looks_hours: float, port: int = 8080) -> Snapshot:
    def point(hours: float) -> tuple[Point, ...]:
        return (Point(at=NOW - timedelta(hours=hours), low=1.0, mean=1.0, high=1.0),)

    known = {} if port_hours is None else {f"tcp {port}": point(port_hours)}
    past = Past(points={"ports": {"looks": point(looks_hours), **known}})
    return replace(snapshot(ports=listening((port, "0.0.0.0"))), past=past)


@pytest.mark.parametrize(
    ("port", "address", "severity"),
    [
        (2375, "0.0.0.0", Severity.WARNING),
        (6379, "::", Severity.WARNING),
        (27017, "*", Severity.WARNING),
        (5432, "0.0.0.0", Severity.WATCH),
        (3306, "*", Severity.WATCH),
        (5432, "127.0.0.1", None),
        (6379, "10.0.0.5", None),
        (2376, "0.0.0.0", None),
        (443, "0.0.0.0", None),
    ],
)
def test_what_lets_strangers_in_is_a_warning(port: int, address: str, severity: Severity | None) -> None:
    found = found_by("exposed_ports", snapshot(ports=listening((port, address))))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_one_port_in_both_families_is_one_finding_and_names_its_container() -> None:
    web = container(name="cache", ports=(replace(container().ports[0], port=6379, address="0.0.0.0"),))
    seen = snapshot(ports=recorded(ports="debian_12_root").values["ports"], containers=containers(web))
    found = found_by("exposed_ports", seen)
    assert [one.title for one in found.values()] == [
        "Redis on m1 is open at all addresses (port 6379, container cache)"
    ]


@pytest.mark.parametrize("case", ["debian_13_user", "alpine_3_19_busybox", "ubuntu_16_04_without_groups"])
def test_an_ordinary_machine_exposes_nothing(case: str) -> None:
    assert found_by("exposed_ports", recorded(ports=case)) == {}


@pytest.mark.parametrize(
    ("port_hours", "looks_hours", "is_new"),
    [
        (1.0, 100.0, True),
        (0.2, 100.0, True),
        (0.1, 100.0, False),
        (None, 100.0, False),
        (167.0, 400.0, True),
        (168.0, 400.0, False),
        (10.0, 33.0, False),
        (10.0, 34.0, True),
        (100.0, 100.0, False),
    ],
)
def test_a_port_is_new_for_a_week_where_its_absence_is_known(
    port_hours: float | None, looks_hours: float, is_new: bool
) -> None:
    assert bool(found_by("new_ports", seen_for(port_hours, looks_hours))) is is_new


def test_ports_given_out_by_chance_are_never_news_and_never_kept() -> None:
    assert found_by("new_ports", seen_for(1.0, 100.0, port=49811)) == {}
    samples, traits = FACTS["ports"].samples, FACTS["ports"].traits
    assert samples is not None
    assert traits is not None
    ports = recorded(ports="debian_12_root").values["ports"]
    assert sorted(samples(ports)) == ["looks", "tcp 22", "tcp 6379", "tcp 80", "udp 68"]
    assert "port udp 49811" not in traits(ports)
    assert traits(ports)["port tcp 80"] == "nginx.service"


@pytest.mark.parametrize(
    ("address", "state", "is_found"),
    [("0.0.0.0", "running", True), ("0.0.0.0", "exited", False), ("127.0.0.1", "running", False)],
)
def test_what_a_container_publishes_without_anybody_listening_counts_too(
    address: str, state: str, is_found: bool
) -> None:
    cache = container(state=state, ports=(replace(container().ports[0], port=6379, address=address),))
    seen = snapshot(ports=listening(), containers=containers(cache))
    assert list(found_by("exposed_ports", seen)) == (["tcp 6379"] if is_found else [])
