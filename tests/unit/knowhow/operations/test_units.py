"""Starting, stopping and restarting units."""

import pytest

from steward.model.errors import InvalidInput
from steward.model.probe import Comparison
from steward.model.risk import Risk
from tests.unit.knowhow.plugins import OPERATIONS
from tests.unit.knowhow.snapshots import snapshot, unit, units
from tests.unit.knowhow.test_plugins import allows, blueprint


def test_a_restart_of_a_failed_unit_is_undone_by_stopping_it() -> None:
    seen = snapshot(units=units(unit(active_state="failed")))
    made = blueprint("unit.restart", {"unit": "nginx.service"}, seen)
    assert made.action.argv == ("/usr/bin/systemctl", "restart", "nginx.service")
    assert made.undo.actions[0].argv == ("/usr/bin/systemctl", "stop", "nginx.service")
    assert [(probe.comparison, probe.expected) for probe in made.undo.verify] == [(Comparison.NOT_EQUAL, "active")]
    assert [probe.expected for probe in made.preconditions] == ["failed"]
    assert made.downtime_seconds == 0


def test_a_restart_of_a_running_unit_leaves_nothing_to_put_back() -> None:
    made = blueprint("unit.restart", {"unit": "nginx.service"}, snapshot(units=units(unit())))
    assert made.undo.is_possible
    assert made.undo.actions == ()
    assert made.downtime_seconds == 30


def test_a_unit_must_stay_active_by_itself() -> None:
    made = blueprint("unit.restart", {"unit": "nginx.service"}, snapshot(units=units(unit(active_state="failed"))))
    assert [(probe.path[-1], probe.expected) for probe in made.verify] == [
        ("active_state", "active"),
        ("restart_count", 0),
    ]
    assert all(probe.within_seconds == 30 and probe.hold_seconds == 5 for probe in made.verify)


def test_a_job_is_done_when_it_has_not_failed() -> None:
    job = unit("backup.service", type="oneshot", active_state="failed")
    made = blueprint("unit.restart", {"unit": "backup.service"}, snapshot(units=units(job)))
    assert [(probe.comparison, probe.expected) for probe in made.verify] == [(Comparison.NOT_EQUAL, "failed")]


def test_old_systemd_without_a_restart_count_is_not_asked_for_it() -> None:
    seen = snapshot(units=units(unit(active_state="failed", restart_count=None)))
    assert len(blueprint("unit.restart", {"unit": "nginx.service"}, seen).verify) == 1


def test_an_alias_means_the_unit_itself() -> None:
    seen = snapshot(units=units(unit("plex.service", aliases=("plexmediaserver.service",))))
    assert blueprint("unit.stop", {"unit": "plexmediaserver.service"}, seen).action.argv[-1] == "plex.service"


def test_units_that_go_down_together_are_named() -> None:
    database = unit("postgresql.service", pulls_down=("app.service", "idle.service"))
    seen = snapshot(units=units(database, unit("app.service"), unit("idle.service", active_state="inactive")))
    effects = blueprint("unit.restart", {"unit": "postgresql.service"}, seen).effects
    assert "systemd restarts with it: app.service" in effects


def test_interrupting_what_carries_others_is_risky() -> None:
    running, failed = unit("docker.service"), unit("docker.service", active_state="failed")
    assert blueprint("unit.restart", {"unit": "docker.service"}, snapshot(units=units(running))).risk is Risk.RISKY
    assert blueprint("unit.restart", {"unit": "docker.service"}, snapshot(units=units(failed))).risk is Risk.REVERSIBLE


@pytest.mark.parametrize(
    "name",
    [
        "ssh.service",
        "sshd.service",
        "sshd@1-10.0.0.1:22.service",
        "ssh.socket",
        "systemd-networkd.service",
        "systemd-journald.service",
        "dbus.service",
        "dbus-broker.service",
        "networking.service",
        "NetworkManager.service",
        "nftables.service",
        "wg-quick@wg0.service",
        "boot-efi.mount",
        "-.mount",
        "pve-cluster.service",
        "steward.service",
        "getty@tty1.service",
    ],
)
@pytest.mark.parametrize("verb", ["restart", "stop", "start"])
def test_a_protected_unit_is_refused(name: str, verb: str) -> None:
    seen = snapshot(units=units(unit(name, active_state="inactive" if verb == "start" else "active")))
    with pytest.raises(InvalidInput, match="cannot be changed by this command"):
        blueprint(f"unit.{verb}", {"unit": name}, seen)


def test_a_protected_unit_is_refused_under_an_alias_too() -> None:
    seen = snapshot(units=units(unit("openssh.service", aliases=("sshd.service",))))
    with pytest.raises(InvalidInput, match="it is the way in"):
        blueprint("unit.restart", {"unit": "openssh.service"}, seen)


ORDINARY = [
    "nginx.service",
    "sshfs-media.service",
    "ssh-tunnel.service",
    "network-ups-tools.timer",
    "srv-photos.mount",
    "bootstrap-app.service",
    "cloud-sync.service",
    "user-backup.timer",
]


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_unit_is_allowed_here_and_on_the_machine(name: str) -> None:
    made = blueprint("unit.restart", {"unit": name}, snapshot(units=units(unit(name))))
    assert allows(OPERATIONS["unit.restart"].sudoers, made.action.argv)


@pytest.mark.parametrize(
    "name", ["--root=/.service", "a b.service", "x.target", "user.slice", "a;b.service", "ü.service"]
)
def test_a_name_that_sudo_could_misread_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="plain names"):
        blueprint("unit.restart", {"unit": name}, snapshot(units=units(unit(name))))


def test_a_unit_that_is_not_there_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(InvalidInput, match=r"did you mean `nginx\.service`"):
        blueprint("unit.restart", {"unit": "ngnix.service"}, snapshot(units=units(unit())))


def test_a_machine_without_systemd_says_so() -> None:
    with pytest.raises(InvalidInput, match="cannot work on units"):
        blueprint("unit.restart", {"unit": "nginx.service"}, snapshot())


@pytest.mark.parametrize(("verb", "state"), [("start", "active"), ("stop", "inactive"), ("stop", "failed")])
def test_what_is_so_already_is_refused(verb: str, state: str) -> None:
    with pytest.raises(InvalidInput, match="already"):
        blueprint(f"unit.{verb}", {"unit": "nginx.service"}, snapshot(units=units(unit(active_state=state))))


def test_a_masked_unit_is_refused() -> None:
    with pytest.raises(InvalidInput, match="it is masked"):
        blueprint("unit.start", {"unit": "nginx.service"}, snapshot(units=units(unit(load_state="masked"))))


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        ("restart nginx.service", True),
        (r"restart mnt-usb\x2ddisk.mount", True),
        ("restart ssh.service", False),
        ("restart systemd-logind.service", False),
        ("restart a.service b.service", False),
        ("restart --now a.service", False),
        ("restart -a.service", False),
        ("enable nginx.service", False),
        ("restart", False),
    ],
)
def test_the_machine_itself_allows_no_more(arguments: str, allowed: bool) -> None:
    assert allows(OPERATIONS["unit.restart"].sudoers, ("/usr/bin/systemctl", *arguments.split(" "))) is allowed
