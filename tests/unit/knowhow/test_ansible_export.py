"""The inventory for Ansible: read back by the real one, and by Steward itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from steward.knowhow.ansible_export import as_ini, as_yaml
from steward.knowhow.discovered.ansible import parse
from steward.model.discovery import Gathered
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.model.workspace import Inventory

FORMS = {"hosts.yml": as_yaml, "hosts": as_ini}


def machine(name: str, **given: Any) -> Machine:
    return Machine(id=MachineId(f"mach-{name}"), name=name, **given)


LABELS = {"room": "cellar # 2", "no": "yes", "quote": 'it\'s "x"', "true": "on", "sum": "1+1"}
LAB = Inventory(
    machines=(
        machine("this-box", transport=Transport.LOCAL),
        machine(
            "nas",
            address="192.168.7.20",
            port=2222,
            user="007",
            identity_file="/keys/it's#1",
            groups=("media", "all", "rack-1"),
            labels=LABELS,
        ),
        machine("inner", address="10.9.0.4", user="steward", proxy_jump="nas,anna@far:22", groups=("media",)),
        machine("six", address="fd00::7", user="on", proxy_jump="six-gate"),
        machine("six-gate", address="fd00::8"),
        machine("1e3", address="no"),
        machine("web", transport=Transport.DOCKER, via="nas", guest="web"),
        machine("guest", transport=Transport.PCT, via="nas", guest="101"),
        machine("watched", transport=Transport.NONE, address="10.0.0.9"),
    )
)


def real(folder: Path, name: str, text: str) -> dict[str, Any]:
    program = os.environ.get("STEWARD_TEST_ANSIBLE_INVENTORY") or shutil.which("ansible-inventory")
    if program is None:
        pytest.skip("ansible-inventory is not installed")
    (folder / name).write_text(text)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    argv = (program, "-i", str(folder / name), "--list")
    ended = subprocess.run(argv, capture_output=True, text=True, check=True, env=environment, timeout=120, cwd=folder)
    said: dict[str, Any] = json.loads(ended.stdout)
    return said


@pytest.mark.parametrize("name", FORMS)
def test_the_real_ansible_reads_exactly_what_was_written(tmp_path, name):
    said = real(tmp_path, name, FORMS[name](LAB))
    known = said["_meta"]["hostvars"]
    assert known["nas"] == {
        "ansible_host": "192.168.7.20",
        "ansible_port": 2222,
        "ansible_user": "007",
        "ansible_ssh_private_key_file": "/keys/it's#1",
        "steward_labels": LABELS,
    }
    assert known["inner"]["ansible_ssh_common_args"] == "-o ProxyJump=007@192.168.7.20:2222,anna@far:22"
    assert known["six"]["ansible_ssh_common_args"] == "-o ProxyJump='[fd00::8]'"
    assert known["six"]["ansible_user"] == "on"
    assert known["1e3"] == {"ansible_host": "no"}
    assert known["this-box"] == {"ansible_connection": "local"}
    assert known["guest"] == {"steward_transport": "pct", "steward_via": "nas", "steward_guest": "101"}
    assert sorted(said["media"]["hosts"]) == ["inner", "nas"]
    assert said["rack-1"]["hosts"] == ["nas"]
    assert {*known, "six-gate"} == {each.name for each in LAB.machines}


@pytest.mark.parametrize("name", FORMS)
def test_discovering_an_export_finds_the_same_machines(name):
    found = {each.name: each for each in parse(Gathered(texts={name: FORMS[name](LAB)})).machines}
    expected = [each for each in LAB.machines if each.transport is not Transport.LOCAL]
    assert sorted(found) == sorted(each.name for each in expected)
    for each in expected:
        one = found[each.name]
        told = (one.transport, one.port, one.user, one.identity_file, one.via, one.guest, one.labels)
        labels = each.labels or {}
        assert told == (each.transport, each.port, each.user, each.identity_file, each.via, each.guest, labels)
        assert one.address == (each.address or ("" if each.via else each.name))
        assert one.groups == tuple(sorted(set(each.groups) - {"all"}))


@pytest.mark.parametrize("name", FORMS)
def test_no_machine_at_all_is_an_inventory_too(tmp_path, name):
    assert parse(Gathered(texts={name: FORMS[name](Inventory())})).machines == ()
