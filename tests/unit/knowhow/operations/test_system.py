"""Restarting machines, updating and finishing packages, keeping clocks right."""

from dataclasses import replace

import pytest

from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.machine import Transport
from steward.model.probe import Comparison
from steward.model.risk import Risk
from tests.unit.knowhow.plugins import OPERATIONS
from tests.unit.knowhow.snapshots import MACHINE, container, containers, recorded, snapshot, unit, units
from tests.unit.knowhow.test_plugins import allows, blueprint
from tests.unit.knowhow.uses_system import CLOCK, STATES, SYSTEM, UPDATE, UPDATES


def test_a_restart_is_proven_by_a_new_boot_and_by_what_ran_before() -> None:
    running = unit("nginx.service")
    others = (
        unit("old.service", active_state="inactive", sub_state="dead"),
        unit("loose.service", file_state="static"),
    )
    seen = snapshot(os=SYSTEM, units=units(running, *others), containers=containers(container()))
    made = blueprint("machine.reboot", {}, seen)
    assert made.action.argv == ("/usr/sbin/shutdown", "-r", "+1")
    assert [probe.says for probe in made.verify] == ["m1 started anew", "nginx.service is active", "web is running"]
    assert made.verify[0].comparison is Comparison.NOT_EQUAL
    assert made.preconditions[0].expected == SYSTEM.boot_id
    assert not made.undo.is_possible
    assert made.risk is Risk.RISKY


@pytest.mark.parametrize(
    "seen",
    [
        snapshot(),
        snapshot(os=replace(SYSTEM, boot_id="")),
        snapshot(os=replace(SYSTEM, is_systemd=False)),
        replace(snapshot(os=SYSTEM), machine=replace(MACHINE, transport=Transport.LOCAL)),
        replace(snapshot(os=SYSTEM), machine=replace(MACHINE, via="nas")),
        snapshot(os=SYSTEM, kernel=recorded(kernel="container").values["kernel"]),
    ],
)
def test_a_restart_that_could_not_be_proven_is_refused(seen: Snapshot) -> None:
    with pytest.raises(InvalidInput):
        blueprint("machine.reboot", {}, seen)


def upgrade(packages: str = "libssl3", **changes: object):
    seen = snapshot(updates=replace(UPDATES, **changes), package_states=STATES)
    return blueprint("packages.upgrade", {"packages": packages}, seen)


def test_an_update_is_installed_in_the_version_that_was_shown() -> None:
    made = upgrade()
    assert made.action.argv[-1] == "libssl3=3.0.15-1~deb12u1"
    assert "libssl3 3.0.14-1 becomes 3.0.15-1~deb12u1" in made.effects
    assert made.preconditions[0].expected == "3.0.15-1~deb12u1"
    assert [probe.says for probe in made.verify] == ["no update waits for libssl3", "no package is half installed"]


def test_the_old_version_is_put_back_only_where_its_file_is_still_there() -> None:
    assert upgrade().undo.actions[0].argv[-1] == UPDATE.kept_file
    for path in ("", "/tmp/libssl3.deb", f"/var/cache/apt/archives/../{'x' * 5}.deb"):
        gone = upgrade(updates={"libssl3": replace(UPDATE, kept_file=path)})
        assert not gone.undo.is_possible


@pytest.mark.parametrize(
    ("packages", "why"),
    [
        ("", "name 1 to 20"),
        (",".join(f"p{number}" for number in range(21)), "name 1 to 20"),
        ("libssl", "did you mean `libssl3`"),
        ("linux-image-amd64", "boots with it"),
        ("fresh", "would come new"),
        ("Odd", "unusual"),
    ],
)
def test_an_update_that_cannot_be_named_exactly_is_refused(packages: str, why: str) -> None:
    known = {
        "libssl3": UPDATE,
        "linux-image-amd64": UPDATE,
        "fresh": replace(UPDATE, installed=""),
        "Odd": UPDATE,
    }
    with pytest.raises(InvalidInput) as raised:
        upgrade(packages, updates=known)
    assert why in str(raised.value)


def test_updates_are_refused_on_top_of_half_installed_packages_and_elsewhere_than_with_apt() -> None:
    broken = snapshot(updates=UPDATES, package_states=replace(STATES, broken_count=1))
    for seen in (broken, snapshot(), snapshot(updates=replace(UPDATES, manager="dnf"))):
        with pytest.raises(InvalidInput):
            blueprint("packages.upgrade", {"packages": "libssl3"}, seen)


@pytest.mark.parametrize("word", ["-o", "/tmp/evil.deb", "name", "a=1;reboot", "x=$(id)"])
def test_the_machine_itself_allows_only_names_with_versions(word: str) -> None:
    argv = (*upgrade().action.argv, word)
    assert not allows(OPERATIONS["packages.upgrade"].sudoers, argv)


def test_half_installed_packages_are_finished_by_name() -> None:
    seen = snapshot(package_states=replace(STATES, broken_count=1, broken={"libssl3": "unpacked"}))
    made = blueprint("packages.configure", {}, seen)
    assert made.effects[0].startswith("libssl3, which is unpacked, is configured")
    assert [probe.expected for probe in made.preconditions] == [1]
    assert [probe.expected for probe in made.verify] == [0]


@pytest.mark.parametrize(
    "changes", [{"is_interrupted": False}, {"is_working": True}, {"manager": "pacman"}], ids=["whole", "busy", "other"]
)
def test_packages_that_need_no_finishing_are_left_alone(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        blueprint("packages.configure", {}, snapshot(package_states=replace(STATES, **changes)))


def test_time_synchronization_is_turned_off_again_when_it_does_not_work() -> None:
    made = blueprint("clock.synchronize", {}, snapshot(clock=CLOCK))
    assert made.undo.actions[0].argv == ("/usr/bin/timedatectl", "set-ntp", "false")
    assert [probe.path for probe in made.verify] == [("is_enabled",), ("is_synchronized",)]


@pytest.mark.parametrize("changes", [{"is_enabled": True}, {"is_enabled": None}, {"is_container": True}])
def test_time_synchronization_that_systemd_cannot_turn_on_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        blueprint("clock.synchronize", {}, snapshot(clock=replace(CLOCK, **changes)))
