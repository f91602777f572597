"""Of hundreds of units those are services that people set up or that answer at a port."""

import pytest

from steward.knowhow.facts.ports import Listener, Ports
from tests.unit.knowhow.container_snapshots import pair, seen
from tests.unit.knowhow.labs import edges, look, things, told
from tests.unit.knowhow.snapshots import unit, units

HAND = "/etc/systemd/system/notes.service"


def ports(*found: tuple[int, str]) -> Ports:
    return Ports(
        listeners={
            f"tcp {port} *": Listener(protocol="tcp", port=port, address="*", device="", unit=owner, program="")
            for port, owner in found
        }
    )


def services(*found, answering: tuple[tuple[int, str], ...] = (), **facts):
    return things(told("units", look("nas", units=units(*found), ports=ports(*answering), **facts)))


def test_a_unit_below_etc_is_a_service_with_its_machine() -> None:
    graph = told("units", look("nas", units=units(unit("notes.service", fragment_path=HAND))))
    assert things(graph) == {"service:nas/notes": "up"}
    assert edges(graph) == {"service:nas/notes runs on machine:nas"}


def test_a_unit_of_the_distribution_is_one_when_it_answers_at_a_port() -> None:
    answering = ((80, "nginx.service"), (443, "nginx.service"))
    assert services(unit("nginx.service")) == {}
    (thing,) = told("units", look("nas", units=units(unit("nginx.service")), ports=ports(*answering))).things
    assert thing.says == "A web server; ports 80/tcp, 443/tcp"
    assert thing.resources == ("unit nginx.service",)


@pytest.mark.parametrize("name", ["ssh.service", "systemd-resolved.service", "chronyd.service", "avahi-daemon.service"])
def test_what_every_machine_has_is_no_service_though_it_answers(name: str) -> None:
    assert services(unit(name), answering=((22, name),)) == {}


def test_jobs_and_templates_and_what_is_switched_off_are_none() -> None:
    assert (
        services(
            unit("job.service", fragment_path=HAND, type="oneshot"),
            unit("timed.service", fragment_path=HAND, triggered_by=("timed.timer",)),
            unit("off.service", fragment_path=HAND, active_state="inactive", file_state="disabled"),
            unit("user@.service", fragment_path=HAND),
            unit("backup.timer", fragment_path=HAND),
        )
        == {}
    )


def test_a_service_that_failed_or_is_off_though_enabled_is_down() -> None:
    found = services(
        unit("notes.service", fragment_path=HAND, active_state="failed"),
        unit("wiki.service", fragment_path=HAND, active_state="inactive", file_state="enabled"),
    )
    assert found == {"service:nas/notes": "down", "service:nas/wiki": "down"}


def test_the_engine_is_a_service_where_there_are_containers_and_holds_no_ports_itself() -> None:
    docker = unit("docker.service", description="Docker")
    assert services(docker, answering=((8080, "docker.service"),)) == {}
    graph = told(
        "units", look("nas", units=units(docker), ports=ports((8080, "docker.service")), **seen(pair("web")).values)
    )
    assert [(thing.id, thing.says) for thing in graph.things] == [("service:nas/docker", "Docker")]


def test_a_unit_needs_the_one_that_takes_it_down() -> None:
    seen_units = units(
        unit("db.service", fragment_path=HAND, pulls_down=("notes.service", "backup.timer", "x.target")),
        unit("notes.service", fragment_path=HAND),
    )
    found = edges(told("units", look("nas", units=seen_units)))
    assert "service:nas/notes needs service:nas/db" in found
    assert len(found) == 3
