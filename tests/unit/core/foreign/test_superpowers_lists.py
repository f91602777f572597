"""Hosts are proposed as lines to type; profiles are only told."""

from __future__ import annotations

from tests.unit.core.foreign.texts import HOSTS, PROFILES, imported, whys


def test_hosts_become_lines_to_type():
    found = imported(hosts__yaml=HOSTS)
    assert [machine.line for machine in found.machines] == [
        "steward machines add pve 192.0.2.10 --user root --identity-file '~/.ssh/id_lab' --groups servers",
        "steward machines add nas nas.example.org --port 2222",
    ]
    assert found.files == ()


def test_what_of_a_host_has_no_place_is_told():
    told = whys(imported(hosts__yaml=HOSTS))
    assert "keys only" in told["auth of host nas"]
    assert told["tags of host nas"] == "the inventory has no such field"
    assert "cannot be used" in told["host bad"]


def test_profiles_are_told():
    told = whys(imported(profiles__yaml=PROFILES))
    assert set(told) == {"profile critical", "profile info"}
    assert "slack" in told["profile critical"]


def test_a_single_group_is_a_group():
    found = imported(h__yaml="hosts: [{alias: nas, hostname: 192.0.2.7, groups: storage}]\n")
    assert found.machines[0].line.endswith("--groups storage")
    told = whys(imported(h__yaml="hosts: [{alias: nas, hostname: 192.0.2.7, groups: [all, {web: true}]}]\n"))
    assert {"group all of host nas", "group of host nas"} <= {" ".join(what.split()) for what in told}


def test_a_port_that_is_none_is_left_out_and_told():
    found = imported(h__yaml="hosts: [{alias: nas, hostname: 192.0.2.7, port: twenty}]\n")
    assert found.machines[0].line == "steward machines add nas 192.0.2.7"
    assert "from 1 to 65535" in whys(found)["port twenty of host nas"]
