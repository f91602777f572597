"""What files declare meets what runs: one thing, owned by git; only declared, or only running, says so."""

from dataclasses import replace
from typing import Any

import pytest

from steward.core.graph import graph_of
from steward.model.declared import Declaration, DeclaredDependency, DeclaredService
from steward.model.fact import Snapshot
from steward.model.graph import Graph, Thing, breaks_with
from steward.model.registered import DeclaredIn, RegisteredRepository
from steward.model.resource import Owner
from tests.unit.knowhow.container_snapshots import COMPOSE, pair, seen
from tests.unit.knowhow.labs import edges, lab, look, machine
from tests.unit.knowhow.plugins import RELATIONS
from tests.unit.knowhow.snapshots import unit, units

FILE = "stacks/photos/compose.yaml"


def service(name: str = "server", kind: str = "compose", file: str = FILE, **changes: Any) -> DeclaredService:
    plain: dict[str, Any] = {"line": 3, "machine": None, "image": "photos:1", "project": file}
    return DeclaredService(name=name, kind=kind, file=file, **plain | changes)


def needs(of: str, on: str, kind: str = "depends-on", file: str = FILE) -> DeclaredDependency:
    return DeclaredDependency(service=of, on=on, kind=kind, file=file, line=7)


def declared(*services: DeclaredService, on: str = "", path: str = "/srv/lab", **more: Any) -> DeclaredIn:
    repository = RegisteredRepository(name="lab", path=path, machine=on)
    return DeclaredIn(repository=repository, declaration=Declaration(services=services, **more))


def running(
    name: str = "server", project: str = "photos", files: tuple[str, ...] = ("/elsewhere/x.yaml",), number: int = 1
) -> Snapshot:
    compose = replace(COMPOSE, project=project, service=name, files=files)
    return look("nas", **seen(pair(f"{project}-{name}-1", number, compose=compose)).values)


def graph(*parts: DeclaredIn, looks: tuple[Snapshot, ...] = ()) -> Graph:
    return graph_of(replace(lab(*looks), declared=parts), tuple(RELATIONS.values()))


def services(found: Graph) -> dict[str, tuple[str, Owner, str]]:
    return {t.id: (t.state, t.owner, t.source) for t in found.things if t.kind.value == "service"}


GIT = ("up", Owner.GIT, f"lab/{FILE}:3")


@pytest.mark.parametrize(
    "what_runs",
    [
        running(project="renamed", files=(f"/srv/lab/{FILE}",)),
        running(project="renamed", files=("/home/me/checkout/photos/compose.yaml",)),
        running(project="photos"),
    ],
    ids=["by its file", "by the end of its file", "by its project"],
)
def test_what_is_declared_and_runs_is_one_service_owned_by_git(what_runs: Snapshot) -> None:
    (found,) = services(graph(declared(service()), looks=(what_runs,))).values()
    assert found == GIT


def test_the_very_file_counts_before_a_project_of_the_same_name() -> None:
    right = running(project="other", files=(f"/srv/lab/{FILE}",))
    wrong = replace(running(project="photos"), machine=machine("box"))
    found = services(graph(declared(service()), looks=(right, wrong)))
    assert found["service:nas/other/server"] == GIT
    assert found["service:box/photos/server"][1] is Owner.HAND


def test_what_only_runs_is_owned_by_hand_and_what_is_only_declared_is_not_up() -> None:
    found = services(graph(declared(service("db"), on="nas"), looks=(running(),)))
    assert found["service:nas/photos/server"] == ("up", Owner.HAND, "containers")
    assert found["service:nas/photos/db"] == ("declared", Owner.GIT, f"lab/{FILE}:3")


def test_another_project_with_a_service_of_that_name_is_not_it() -> None:
    found = services(graph(declared(service(), on="nas"), looks=(running(project="shop"),)))
    assert found["service:nas/shop/server"][1] is Owner.HAND


def test_what_is_declared_for_one_machine_is_not_looked_for_on_another() -> None:
    found = services(graph(declared(service(machine="box")), looks=(running(), look("box"))))
    assert found["service:nas/photos/server"][1] is Owner.HAND
    assert found["service:box/photos/server"][0] == "declared"


def test_a_declared_unit_that_runs_is_told_though_it_answers_nowhere() -> None:
    nix = service("syncer", kind="nix", file="hosts/nas.nix", machine="nas", image=None)
    active = look("nas", units=units(unit("syncer.service", description="Sync")))
    found = graph(declared(nix), looks=(active,))
    thing = found.thing("service:nas/syncer")
    assert isinstance(thing, Thing)
    assert (thing.state, thing.owner, thing.says, thing.resources) == (
        "up", Owner.GIT, "Sync", ("unit syncer.service",),
    )  # fmt: skip
    assert "service:nas/syncer runs on machine:nas" in edges(found)


def test_a_cluster_that_flux_looks_after_owns_its_workloads() -> None:
    release = service("photos", kind="helm-release", file="clusters/flux/photos.yaml")
    plain = service("photos", kind="deployment", file="k8s/photos.yaml")
    assert [each[1] for each in services(graph(declared(release))).values()] == [Owner.FLUX]
    assert [each[1] for each in services(graph(declared(plain))).values()] == [Owner.GIT]


def test_a_workload_of_a_cluster_is_not_taken_for_a_container_of_its_name() -> None:
    release = service("web", kind="helm-release", file="apps/web.yaml")
    found = services(graph(declared(release), looks=(look("nas", **seen(pair("web")).values),)))
    assert found["service:nas/web"][1] is Owner.HAND


def test_a_name_that_only_a_run_fills_in_is_no_service() -> None:
    assert services(graph(declared(service("${APP}"), service("{{ name }}")))) == {}


def test_dependencies_of_a_file_are_edges_with_file_and_line() -> None:
    part = declared(
        service("server"), service("db"), on="nas", dependencies=(needs("server", "db"), needs("server", "absent"))
    )
    found = graph(part, looks=(running(),))
    (edge,) = [edge for edge in found.edges if edge.tie.value == "needs"]
    assert (edge.of, edge.on) == ("service:nas/photos/server", "service:nas/photos/db")
    assert (edge.source, edge.at) == (f"lab/{FILE}:7", None)
    assert "service:nas/photos/server" in {link.thing.id for link in breaks_with(found, edge.on)}


def test_a_name_means_the_service_of_the_same_file_before_one_elsewhere() -> None:
    other = "stacks/shop/compose.yaml"
    part = declared(
        service("server"), service("db"), service("db", file=other), on="nas", dependencies=(needs("server", "db"),)
    )
    found = edges(graph(part, looks=(look("nas"),)))
    assert "service:nas/photos/server needs service:nas/photos/db" in found
    assert "service:nas/photos/server needs service:nas/shop/db" not in found


def test_a_name_that_means_several_services_elsewhere_is_left_out() -> None:
    part = declared(
        service("server"),
        service("db", file="a/compose.yaml"),
        service("db", file="b/compose.yaml"),
        on="nas",
        dependencies=(needs("server", "db", "environment"),),
    )
    assert not any(" needs " in edge for edge in edges(graph(part, looks=(look("nas"),))))


def test_a_service_that_names_a_machine_needs_it() -> None:
    part = declared(service(), on="nas", dependencies=(needs("server", "box.lan", "environment"),))
    found = edges(graph(part, looks=(look("nas"), look(machine("box", address="box.lan")))))
    assert "service:nas/photos/server needs machine:box" in found


def test_a_proxy_gives_the_service_behind_it_a_name() -> None:
    by_name = needs("photos.lan", "server:3000", "proxy", "caddy/Caddyfile")
    by_port = needs("web.lan", "nas:8080", "proxy", "caddy/Caddyfile")
    both = {**seen(pair("web")).values}
    part = declared(service(), on="nas", dependencies=(by_name, by_port))
    found = edges(graph(part, looks=(look("nas", **both),)))
    assert "service:nas/photos/server is named by name:photos.lan" in found
    assert "service:nas/web is named by name:web.lan" in found


def test_a_service_is_reached_through_the_only_proxy_beside_the_file() -> None:
    led = needs("photos.lan", "server:3000", "proxy", "caddy/sites/Caddyfile")
    caddy = service("front", file="caddy/compose.yaml", image="docker.io/library/caddy:2@sha256:1")
    told = declared(service(), caddy, on="nas", dependencies=(led,))
    edge = "service:nas/photos/server is reached through service:nas/caddy/front"
    assert edge in edges(graph(told, looks=(look("nas"),)))
    two = declared(service(), caddy, service("traefik", file="compose.yaml"), on="nas", dependencies=(led,))
    assert not any("reached" in each for each in edges(graph(two, looks=(look("nas"),))))
    elsewhere = replace(caddy, file="other/compose.yaml", project="other/compose.yaml")
    apart = declared(service(), elsewhere, on="nas", dependencies=(led,))
    assert not any("reached" in each for each in edges(graph(apart, looks=(look("nas"),))))
