"""Hosts of an Ansible inventory, with what its variables say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.knowhow.discovered.ansible import parse
from steward.model.discovery import Discovered, Found, Gathered
from steward.model.machine import Transport


def read(**texts: str) -> Discovered:
    return parse(
        Gathered(texts={name.replace("__", "/").replace("_yml", ".yml"): text for name, text in texts.items()})
    )


def hosts(**texts: str) -> dict[str, Found]:
    return {found.name: found for found in read(**texts).machines}


INI = """\
mail ansible_host=10.0.0.5   # the old one
[web]
web[1:2] ansible_user=deploy ansible_port='2200'
db.lab:2222 ansible_ssh_common_args='-o ProxyJump=anna@gate:2022 -o Compression=yes'
[lab:children]
web
[web:vars]
ansible_user=admin
ansible_ssh_private_key_file=/keys/web
[all:vars]
ansible_user=nobody
"""


def test_lines_with_ranges_ports_and_variables_of_groups():
    found = hosts(hosts=INI)
    assert set(found) == {"mail", "web1", "web2", "db.lab"}
    assert (found["mail"].address, found["mail"].user, found["mail"].groups) == ("10.0.0.5", "nobody", ())
    web = found["web1"]
    assert (web.user, web.port, web.identity_file, web.groups) == ("deploy", 2200, "/keys/web", ("lab", "web"))
    inner = found["db.lab"]
    assert (inner.address, inner.port, inner.user) == ("db.lab", 2222, "admin")
    assert inner.proxy_jump == "anna@gate:2022"


def test_yaml_with_children_and_files_of_variables():
    found = hosts(
        hosts_yml="""\
all:
  vars: {ansible_user: nobody}
  children:
    lab:
      vars: {ansible_user: lab, ansible_port: 2201}
      children:
        web:
          hosts:
            one: {ansible_host: 10.0.0.1}
            two: {ansible_host: 10.0.0.2, ansible_user: own}
""",
        group_vars__web="ansible_port: 2202\n",
        host_vars__two__ssh_yml="ansible_port: 2203\nansible_ssh_private_key_file: /keys/two\n",
    )
    one, two = found["one"], found["two"]
    assert (one.address, one.user, one.port, one.groups) == ("10.0.0.1", "lab", 2202, ("lab", "web"))
    assert (two.user, two.port, two.identity_file) == ("own", 2203, "/keys/two")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("box ansible_connection=local", "this box itself"),
        ("box ansible_host=127.0.0.1", "this box itself"),
        ("win ansible_connection=winrm", "it is reached by `winrm`, which Steward does not know"),
        ("later ansible_host={{ addresses.later }}", "later"),
    ],
)
def test_what_is_no_machine_to_add_is_left_out_with_its_reason(line, why):
    found = read(hosts=f"[lab]\n{line}\n")
    if why == "later":  # what only a play knows is no address; the name may be one
        assert [each.address for each in found.machines] == ["later"]
    else:
        assert [each.why for each in found.left_out] == [why]
        assert found.machines == ()


def test_guests_of_an_export_come_back_as_guests():
    found = hosts(hosts="web steward_transport=docker steward_via=nas steward_guest=web\n")
    assert (found["web"].transport, found["web"].via, found["web"].guest) == (Transport.DOCKER, "nas", "web")


def test_a_secret_of_the_vault_and_other_variables_are_not_taken():
    found = hosts(hosts_yml="all: {hosts: {nas: {ansible_user: !vault abc, ansible_become_password: hunter2}}}")
    assert found["nas"].user == ""
    assert "hunter2" not in repr(found)


def test_a_file_that_is_no_inventory_is_said_with_its_line():
    assert [each.what for each in read(hosts_yml="a: [\n").left_out] == ["hosts.yml"]
    assert "line" in read(hosts_yml="a: [\n").left_out[0].why


def test_groups_that_hold_each_other_come_to_an_end():
    found = hosts(hosts="[a]\nnas\n[a:children]\nb\n[b:children]\na\n")
    assert found["nas"].groups == ("a", "b")


@given(st.text(max_size=300))
def test_any_text_gives_machines_or_nothing(text: Any):
    read(hosts=text)
    read(hosts_yml=text)
