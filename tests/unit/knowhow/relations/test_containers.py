"""Containers become the services people mean, and stand on machine, engine and network."""

from dataclasses import replace

from steward.knowhow.facts.quadlets import Quadlet, Quadlets
from tests.unit.knowhow.container_snapshots import COMPOSE, pair, seen
from tests.unit.knowhow.labs import edges, look, things, told
from tests.unit.knowhow.snapshots import unit, units


def of_compose(service: str, project: str = "photos", **changes):
    return pair(f"{project}-{service}-1", compose=replace(COMPOSE, project=project, service=service), **changes)


def looked(*pairs, **facts):
    return look("nas", **seen(*pairs, **facts).values)


def test_a_service_of_compose_is_named_by_project_and_service() -> None:
    told_things = things(told("containers", looked(of_compose("server", number=1), of_compose("db", number=2))))
    assert told_things == {"service:nas/photos/server": "up", "service:nas/photos/db": "up"}


def test_a_project_of_one_service_of_its_name_is_one_name() -> None:
    assert set(things(told("containers", looked(of_compose("photos"))))) == {"service:nas/photos"}


def test_several_containers_of_one_service_are_one_thing() -> None:
    compose = replace(COMPOSE, project="shop", service="worker")
    graph = told(
        "containers",
        looked(
            pair("shop-worker-1", 1, compose=compose),
            pair("shop-worker-2", 2, compose=compose, state={"state": "exited", "exit_code": 1}),
        ),
    )
    (thing,) = graph.things
    assert thing.resources == ("container shop-worker-1", "container shop-worker-2")
    assert thing.state == "up"
    assert "1 of 2 run" in thing.says


def test_a_single_run_of_compose_is_no_service() -> None:
    assert told("containers", looked(pair("x", compose=replace(COMPOSE, is_one_off=True)))).things == ()


def test_a_plain_container_is_named_by_itself_and_shows_image_and_ports() -> None:
    (thing,) = told("containers", looked(pair("web"))).things
    assert (thing.id, thing.name, thing.says) == ("service:nas/web", "web", "ports 8080/tcp")
    assert thing.image == "caddy:2"


def test_a_container_of_a_quadlet_has_the_name_of_its_unit() -> None:
    quadlets = Quadlets(
        generator="/usr/lib/podman/quadlet",
        quadlets={"a": Quadlet(file="/etc/containers/systemd/wiki.container", unit="wiki.service", state="made")},
    )
    graph = told("containers", looked(pair("systemd-wiki", engine="podman"), quadlets=quadlets))
    assert set(things(graph)) == {"service:nas/wiki"}
    assert graph.things[0].resources == ("container systemd-wiki",)


def test_what_ended_well_and_is_not_to_come_back_is_neither_up_nor_down() -> None:
    done = {"state": "exited", "exit_code": 0}
    assert set(things(told("containers", looked(pair("job", restart_policy="no", state=done)))).values()) == {""}
    assert set(things(told("containers", looked(pair("web", restart_policy="always", state=done)))).values()) == {
        "down"
    }


def test_containers_of_docker_need_its_unit_and_those_of_podman_do_not() -> None:
    graph = told("containers", looked(pair("web"), units=units(unit("docker.service"))))
    assert "service:nas/web needs service:nas/docker" in edges(graph)
    graph = told("containers", looked(pair("web", engine="podman"), units=units(unit("docker.service"))))
    assert edges(graph) == {"service:nas/web runs on machine:nas"}


def test_a_container_in_the_network_of_another_needs_that_one() -> None:
    vpn = pair("vpn", 1)
    client = pair("client", 2, network_mode=f"container:{vpn[0].id}")
    assert "service:nas/client needs service:nas/vpn" in edges(told("containers", looked(vpn, client)))


def test_only_a_network_shared_with_other_projects_is_told() -> None:
    own = of_compose("db", number=1, network_mode="photos_default")
    shared = of_compose("server", number=2, network_mode="proxy")
    graph = told("containers", looked(own, shared, pair("host", 3, network_mode="host")))
    assert [edge for edge in edges(graph) if "reached" in edge] == [
        "service:nas/photos/server is reached through network:nas/proxy"
    ]
    assert "network:nas/proxy" in things(graph)


def test_containers_whose_settings_could_not_be_read_are_told_by_their_names() -> None:
    values = dict(seen(of_compose("db")).values)
    del values["container_settings"]
    assert set(things(told("containers", look("nas", **values)))) == {"service:nas/photos-db-1"}
