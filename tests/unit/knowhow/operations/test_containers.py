"""Starting, stopping and restarting containers."""

import pytest

from steward.knowhow.facts.containers import Port
from steward.model.errors import InvalidInput
from steward.model.probe import ProbeKind
from tests.unit.knowhow.snapshots import CONTAINER, container, containers, snapshot
from tests.unit.knowhow.test_plugins import blueprint


def restart(**changes: object):
    return blueprint("container.restart", {"container": "web"}, snapshot(containers=containers(container(**changes))))


def test_a_restart_names_the_container_by_its_id() -> None:
    made = restart()
    assert made.action.argv == ("/usr/bin/docker", "restart", CONTAINER.id)
    assert [probe.expected for probe in made.preconditions] == [CONTAINER.id, "running"]
    assert made.undo.actions == ()
    assert [probe.expected for probe in made.undo.verify] == [CONTAINER.id]


def test_a_container_must_run_by_itself_and_be_healthy_in_its_own_time() -> None:
    proofs = {probe.path[-1]: probe for probe in restart(health="unhealthy", health_seconds=331).verify}
    assert {name: probe.expected for name, probe in proofs.items()} == {
        "state": "running",
        "restart_count": 0,
        "health": "healthy",
    }
    assert proofs["health"].within_seconds == 331
    assert {probe.hold_seconds for probe in proofs.values()} == {10}
    assert "health" not in {probe.path[-1] for probe in restart().verify}


def test_ports_that_others_can_reach_are_tried() -> None:
    ports = [
        Port(address=address, port=port, protocol=protocol)
        for address, port, protocol in [
            ("0.0.0.0", 80, "tcp"),
            ("::", 80, "tcp"),
            ("127.0.0.1", 81, "tcp"),
            ("::1", 82, "tcp"),
            ("10.0.0.2", 83, "tcp"),
            ("0.0.0.0", 53, "udp"),
            ("nonsense", 84, "tcp"),
        ]
    ]
    tried = [probe.port for probe in restart(ports=tuple(ports)).verify if probe.kind is ProbeKind.TCP]
    assert tried == [80, 83]


def test_a_loop_between_two_states_does_not_make_the_plan_stale() -> None:
    assert [probe.path[-1] for probe in restart(state="restarting").preconditions] == ["id"]


def test_a_container_that_was_off_is_put_back_by_stopping_it() -> None:
    made = restart(state="exited")
    assert made.undo.actions[0].argv == ("/usr/bin/docker", "stop", CONTAINER.id)
    assert made.downtime_seconds == 0


def test_root_is_used_only_where_the_engine_asks_for_it() -> None:
    assert restart(needs_root=True).action.needs_root
    assert not restart(needs_root=False).action.needs_root


@pytest.mark.parametrize("changes", [{"id": "-f"}, {"id": "AB" * 32}, {"program": "/tmp/docker"}])
def test_what_sudo_could_misread_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="cannot be addressed"):
        restart(**changes)


def test_a_container_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    seen = snapshot(containers=containers(container(name="immich")))
    with pytest.raises(InvalidInput, match="did you mean `immich`"):
        blueprint("container.stop", {"container": "imich"}, seen)


@pytest.mark.parametrize(("verb", "state"), [("start", "running"), ("stop", "exited")])
def test_what_is_so_already_is_refused(verb: str, state: str) -> None:
    seen = snapshot(containers=containers(container(state=state)))
    with pytest.raises(InvalidInput, match=f"is {state}"):
        blueprint(f"container.{verb}", {"container": "web"}, seen)
