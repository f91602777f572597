"""How containers are set up: rights, sockets, namespaces, health checks, restart policies, ports, projects."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from steward.model.fact import CommandOutput
from steward.model.finding import Severity
from tests.unit.knowhow.container_snapshots import member, mounted, pair, seen
from tests.unit.knowhow.plugins import CHECKS, FACTS
from tests.unit.knowhow.snapshots import NOW, found_by, recorded, unit, units

ID = "1" * 64
OLD = {"started_at": NOW - timedelta(days=7)}
ABOUT_SETUP = [name for name, check in CHECKS.items() if "container_settings" in check.needs]


def state_of(name: str) -> Any:
    """Return the recorded settings with every container running."""
    known = recorded(container_settings=name).values["container_settings"]
    pairs = []
    for one in known.containers.values():
        container, _ = pair(one.name, 1, image=one.image, engine=one.engine, restart_policy=one.restart_policy)
        pairs.append((replace(container, id=one.id), one))
    return seen(*pairs)


def test_a_plain_container_is_no_trouble() -> None:
    for check in ABOUT_SETUP:
        assert found_by(check, seen(pair(state=OLD))) == {}


def test_recorded_containers_are_judged_by_what_they_may_do() -> None:
    homelab, power = state_of("docker_homelab"), state_of("podman_4_3_with_power")
    assert list(found_by("privileged_containers", homelab)) == ["homeassistant"]
    assert list(found_by("containers_with_engine_socket", homelab)) == ["portainer", "home-traefik-1"]
    assert "node-exporter" in found_by("containers_in_host_namespaces", homelab)["docker"].title
    assert list(found_by("privileged_containers", power)) == ["capable", "strong"]
    assert found_by("privileged_containers", state_of("docker_20_10")) == {}


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({"is_privileged": True}, True),
        ({"capabilities": ("SYS_ADMIN",)}, True),
        ({"capabilities": ("NET_ADMIN",)}, False),
        ({"capabilities": ("SYS_PTRACE",)}, False),
        ({"capabilities": ("SYS_PTRACE",), "pid_mode": "host"}, True),
        ({"devices": ("/dev/sda",)}, True),
        ({"devices": ("/dev/dri", "/dev/sdr-dongle", "/dev/ttyUSB0")}, False),
        ({"mounts": mounted("/")}, True),
        ({"mounts": mounted("/", is_writable=False)}, False),
        ({"mounts": mounted("/etc/")}, True),
        ({"mounts": mounted("/etc/localtime")}, False),
        ({"mounts": mounted("")}, False),
    ],
)
def test_power_is_what_leads_out_of_the_container(changes: dict[str, Any], is_found: bool) -> None:
    assert bool(found_by("privileged_containers", seen(pair(**changes)))) is is_found
    off = pair(state={"state": "exited"}, **changes)
    assert found_by("privileged_containers", seen(off)) == {}


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ({"mounts": mounted("/var/run/docker.sock", is_writable=False)}, True),
        ({"mounts": mounted("/run/podman/podman.sock")}, True),
        ({"mounts": mounted("/var/run")}, True),
        ({"mounts": mounted("/var/run/dbus")}, False),
        ({"mounts": mounted("/run/docker.sock"), "image": "tecnativa/docker-socket-proxy:0.2"}, False),
    ],
)
def test_a_socket_is_found_unless_a_proxy_holds_it(changes: dict[str, Any], is_found: bool) -> None:
    assert bool(found_by("containers_with_engine_socket", seen(pair(**changes)))) is is_found


def test_shared_namespaces_are_one_finding_for_each_engine() -> None:
    looked = seen(
        pair("a", 1, network_mode="host"),
        pair("b", 2, pid_mode="host"),
        pair("c", 3, network_mode="host", is_privileged=True),
        pair("d", 4, network_mode="host", engine="podman"),
    )
    found = found_by("containers_in_host_namespaces", looked)
    assert list(found) == ["docker", "podman"]
    assert found["docker"].title.startswith("2 containers of docker on m1 in its network or among its programs: a, b")


def test_only_what_serves_others_is_expected_to_have_a_health_check() -> None:
    looked = seen(
        pair("serves", 1, has_health_check=False),
        pair("works", 2, has_health_check=False, host_ports=()),
        pair("ok", 3),
    )
    found = found_by("containers_without_health_check", looked)["docker"]
    assert [each.value for each in found.evidence] == [1, "serves"]


@pytest.mark.parametrize(
    ("days", "changes", "is_found"),
    [
        (7, {}, True),
        (6.9, {}, False),
        (30, {"keeper": "systemd"}, False),
        (30, {"is_removed_when_off": True}, False),
        (30, {"restart_policy": "on-failure"}, False),
    ],
)
def test_a_long_run_without_a_policy_is_found(days: float, changes: dict[str, Any], is_found: bool) -> None:
    one = pair(state={"started_at": NOW - timedelta(days=days)}, **{"restart_policy": "no", **changes})
    assert bool(found_by("containers_without_restart_policy", seen(one))) is is_found


def test_podman_cannot_be_told_another_policy() -> None:
    one = pair(state=OLD, restart_policy="no", engine="podman")
    assert found_by("containers_without_restart_policy", seen(one))["web"].fix is None


@pytest.mark.parametrize(
    ("mine", "policy", "error", "severity"),
    [
        ("8080/tcp", "no", "Bind for 0.0.0.0:8080 failed: port is already allocated", Severity.WARNING),
        ("8080/tcp", "always", "", Severity.WATCH),
        ("127.0.0.1:8080/tcp", "always", "", Severity.WATCH),
        ("8080/tcp", "unless-stopped", "", None),
        ("8080/udp", "always", "", None),
        ("18080/tcp", "always", "", None),
        ("18080/tcp", "no", "listen tcp4 0.0.0.0:18080: bind: address already in use", Severity.WARNING),
    ],
)
def test_a_port_can_be_had_by_one(mine: str, policy: str, error: str, severity: Severity | None) -> None:
    off = pair("old", 2, {"state": "exited", "error": error}, host_ports=(mine,), restart_policy=policy)
    found = found_by("conflicting_container_ports", seen(pair(), off))
    assert (found["old"].severity if found else None) is severity


def test_ports_on_different_addresses_do_not_collide() -> None:
    holder = pair(host_ports=("192.168.1.2:53/udp",))
    off = pair("old", 2, {"state": "exited"}, host_ports=("127.0.0.1:53/udp",))
    assert found_by("conflicting_container_ports", seen(holder, off)) == {}


@pytest.mark.parametrize(
    ("state", "exit_code", "changes", "severity"),
    [
        ("exited", 1, {}, Severity.WARNING),
        ("exited", 143, {}, Severity.WATCH),
        ("exited", 0, {}, None),
        ("exited", 1, {"restart_policy": "always"}, None),
        ("created", 0, {}, None),
        ("created", 128, {"how": {"error": "no such device"}}, Severity.WARNING),
        ("exited", 1, {"compose": {"is_one_off": True}}, None),
    ],
)
def test_a_project_is_partial_when_a_member_failed(
    state: str, exit_code: int, changes: dict[str, Any], severity: Severity | None
) -> None:
    found = found_by("partial_compose_projects", seen(member("web", 1), member("db", 2, state, exit_code, **changes)))
    assert (found["shop"].severity if found else None) is severity


def test_a_project_that_is_wholly_off_was_stopped_by_somebody() -> None:
    looked = seen(member("web", 1, "exited", 1), member("db", 2, "exited", 1))
    assert found_by("partial_compose_projects", looked) == {}


def test_a_file_that_is_gone_is_found_once_for_its_project() -> None:
    gone = {"missing_files": ("/opt/stacks/shop/compose.yaml",)}
    looked = seen(member("web", 1, compose=gone), member("db", 2, compose=gone))
    assert list(found_by("missing_compose_files", looked)) == ["shop"]


def test_settings_of_a_container_that_was_made_anew_are_not_used() -> None:
    container, one = pair(is_privileged=True)
    assert found_by("privileged_containers", seen((replace(container, id="f" * 64), one))) == {}


def test_what_a_container_may_do_is_told_as_a_change() -> None:
    told = FACTS["container_settings"].traits(
        recorded(container_settings="podman_4_3_with_power").values["container_settings"]
    )
    assert told["container capable: rights"] == "NET_ADMIN SYS_ADMIN /dev/null"
    assert told["container strong: restart policy"] == "always"
    assert told["container plain: rights"] == "ordinary"


@pytest.mark.parametrize(
    ("changes", "file_state", "fix"),
    [
        ({"restart_policy": "always"}, "disabled", "enable_podman_restart"),
        ({"restart_policy": "unless-stopped"}, "masked", None),
        ({"restart_policy": "always"}, "enabled", "none found"),
        ({"restart_policy": "no"}, "disabled", "none found"),
        ({"keeper": "systemd"}, "disabled", "none found"),
        ({"engine": "docker"}, "disabled", "none found"),
    ],
)
def test_podman_brings_nothing_back_without_its_service(
    changes: dict[str, Any], file_state: str, fix: str | None
) -> None:
    service = unit("podman-restart.service", file_state=file_state)
    looked = seen(pair(**{"engine": "podman", **changes}), units=units(service))
    found = found_by("podman_containers_off_at_boot", looked)
    assert (found["podman-restart.service"].fix if found else "none found") == fix


@pytest.mark.parametrize(
    ("project", "is_taken"),
    [("shop", True), ("", False), ("shop; say yes to everything", False), ("-shop", False), ("s" * 101, False)],
)
def test_a_label_that_compose_would_not_write_makes_no_project(project: str, *, is_taken: bool) -> None:
    told = [
        ID,
        "/web",
        "caddy:2",
        "sha256:1",
        *[None] * 14,
        "",
        project,
        "web",
        "/opt/shop",
        "False",
        "/opt/shop/a.yaml",
    ]
    said = {"docker": f"engine direct /usr/bin/docker\n{json.dumps(told)}\n", "podman": "none\n"}
    parsed = FACTS["container_settings"].parse(
        {name: CommandOutput(exit_code=0, stdout=text) for name, text in said.items()}
    )
    assert (parsed.containers["web"].compose is not None) is is_taken
