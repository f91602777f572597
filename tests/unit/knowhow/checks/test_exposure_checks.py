"""Who gets in: passwords over SSH, roots by other names, free sudo, open sockets, guessed logins."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.lib.codec import decode
from steward.model.errors import InvalidInput
from steward.model.finding import Severity
from steward.model.history import Past, Point
from tests.unit.knowhow.plugins import CHECKS, FACTS, FIXES, OPERATIONS
from tests.unit.knowhow.snapshots import NOW, found_by, recorded, snapshot, unit, units


@pytest.mark.parametrize(
    ("case", "severity"),
    [
        ("debian_12_defaults", None),
        ("proxmox_8", Severity.WATCH),
        ("ubuntu_24_04_files_only", None),
        ("public_with_passwords", Severity.WARNING),
        ("no_server", None),
    ],
)
def test_passwords_matter_for_root_and_at_public_addresses(case: str, severity: Severity | None) -> None:
    found = found_by("password_logins", recorded(ssh_server=case))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_empty_passwords_are_a_warning_wherever_the_machine_stands() -> None:
    seen = recorded(ssh_server="debian_12_defaults")
    server = replace(seen.values["ssh_server"], allows_empty_password=True)
    found = found_by("password_logins", replace(seen, values={"ssh_server": server}))
    assert [one.severity for one in found.values()] == [Severity.WARNING]


@pytest.mark.parametrize("case", ["debian_12_root", "alpine_3_19"])
@pytest.mark.parametrize("check", ["root_accounts", "free_sudo", "open_engine_sockets"])
def test_ordinary_accounts_are_left_alone(check: str, case: str) -> None:
    assert CHECKS[check].run(recorded(accounts=case)) == ()


def test_a_second_root_and_an_account_without_password_are_found() -> None:
    found = found_by("root_accounts", recorded(accounts="with_trouble"))
    assert {name: one.title for name, one in found.items()} == {
        "backdoor": "Account backdoor on m1 has the rights of root",
        "guest": "Account guest on m1 has no password",
    }


def test_free_sudo_is_told_by_name_and_steward_should_know_better() -> None:
    found = found_by("free_sudo", recorded(accounts="with_trouble"))
    assert {name: one.severity for name, one in found.items()} == {"%sudo": Severity.WATCH, "alice": Severity.WATCH}
    assert list(found_by("free_sudo", recorded(accounts="ubuntu_24_04_user"))) == ["ubuntu"]
    seen = recorded(accounts="ubuntu_24_04_user")
    own = replace(seen.values["accounts"], own_name="steward")
    found = found_by("free_sudo", replace(seen, values={"accounts": own}))
    assert {name: one.severity for name, one in found.items()} == {"steward": Severity.WARNING}


@pytest.mark.parametrize(
    ("mode", "is_open"), [("660", False), ("664", False), ("666", True), ("777", True), ("662", True), ("", False)]
)
def test_a_socket_is_open_when_everybody_may_write(mode: str, is_open: bool) -> None:
    seen = recorded(accounts="debian_12_root")
    accounts = replace(seen.values["accounts"], sockets={"/run/docker.sock": mode})
    assert bool(found_by("open_engine_sockets", replace(seen, values={"accounts": accounts}))) is is_open


def test_a_guess_that_fitted_and_a_flood_are_found() -> None:
    found = found_by("guessed_logins", recorded(logins="public_server"))
    assert {name: one.severity for name, one in found.items()} == {
        "sshd from 203.0.113.7": Severity.WARNING,
        "sshd": Severity.WATCH,
    }


@pytest.mark.parametrize("case", ["debian_12_quiet", "without_journal"])
def test_some_mistyped_passwords_are_nothing(case: str) -> None:
    assert found_by("guessed_logins", recorded(logins=case)) == {}


@pytest.mark.parametrize(
    ("failed", "usual", "is_flood"), [(199, None, False), (200, None, True), (431, 144, False), (432, 144, True)]
)
def test_a_flood_is_many_and_more_than_usual(failed: int, usual: float | None, is_flood: bool) -> None:
    seen = recorded(logins="debian_12_quiet")
    points = () if usual is None else (Point(at=NOW - timedelta(days=1), low=usual, mean=usual, high=usual),)
    past = Past(points={"logins": {"failed_count": points}})
    logins = replace(seen.values["logins"], failed_count=failed)
    assert bool(found_by("guessed_logins", replace(seen, values={"logins": logins}, past=past))) is is_flood


def test_keys_and_members_count_as_changes_by_fingerprint() -> None:
    traits = FACTS["accounts"].traits
    assert traits is not None
    told = traits(recorded(accounts="debian_12_root").values["accounts"])
    assert told is not None
    assert told["group docker"] == "alice bob"
    assert told["account alice: keys"].startswith("SHA256:")
    assert told["account alice"] == "1000 /bin/bash"


def test_a_file_that_everybody_may_change_is_found() -> None:
    found = found_by("writable_config", recorded(config_files="busybox_with_trouble"))
    assert {name: one.severity for name, one in found.items()} == {"/etc/hosts": Severity.WARNING}
    assert found_by("writable_config", recorded(config_files="debian_12")) == {}


def test_a_changed_file_counts_as_a_change_by_its_path() -> None:
    traits = FACTS["config_files"].traits
    assert traits is not None
    told = traits(recorded(config_files="debian_12").values["config_files"])
    assert told is not None
    assert len(told["file /etc/fstab"]) == 16


@pytest.mark.parametrize(
    ("case", "firewall", "is_found"),
    [
        ("public_with_passwords", "", True),
        ("public_with_passwords", "ufw.service", False),
        ("debian_12_defaults", "", False),
    ],
)
def test_open_ports_at_a_public_address_want_a_firewall(case: str, firewall: str, is_found: bool) -> None:
    seen = recorded(ssh_server=case, ports="debian_12_root")
    known = units(unit(firewall)) if firewall else units(unit("ufw.service", active_state="inactive"))
    found = found_by("missing_firewalls", replace(seen, values={**seen.values, "units": known}))
    assert bool(found) is is_found


def test_web_and_ssh_alone_want_no_firewall() -> None:
    seen = recorded(ssh_server="public_with_passwords", ports="debian_13_user")
    ports = seen.values["ports"]
    ssh = {name: one for name, one in ports.listeners.items() if one.port == 22}
    values = {**seen.values, "ports": replace(ports, listeners=ssh), "units": units()}
    assert found_by("missing_firewalls", replace(seen, values=values)) == {}


@pytest.mark.parametrize(
    ("file_state", "active_state", "is_found"),
    [("enabled", "inactive", True), ("disabled", "inactive", False), ("enabled", "active", False)],
)
def test_a_guard_that_should_run_is_missed(file_state: str, active_state: str, is_found: bool) -> None:
    one = unit("fail2ban.service", file_state=file_state, active_state=active_state)
    assert bool(found_by("stopped_guards", snapshot(units=units(one)))) is is_found


def test_a_guard_is_started_and_one_that_runs_again_is_left_alone() -> None:
    off = unit("fail2ban.service", active_state="inactive")
    seen = snapshot(units=units(off))
    finding = found_by("stopped_guards", seen)["fail2ban.service"]
    (step,) = FIXES["start_stopped_unit"].propose(finding, seen).steps
    assert OPERATIONS[step.command].build(decode(OPERATIONS[step.command].input, step.input), seen).verify
    with pytest.raises(InvalidInput, match="runs again"):
        FIXES["start_stopped_unit"].propose(finding, snapshot(units=units(replace(off, active_state="active"))))
