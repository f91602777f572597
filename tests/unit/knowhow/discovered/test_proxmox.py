"""Nodes and guests as the API of Proxmox VE 8 tells them."""

from __future__ import annotations

import json

import pytest

from steward.knowhow.discovered.proxmox import parse
from steward.model.discovery import Gathered
from steward.model.machine import Transport

STATUS = [
    {"type": "cluster", "name": "lab", "nodes": 2, "quorate": 1, "id": "cluster"},
    {"type": "node", "name": "pve1", "ip": "10.0.0.11", "online": 1, "local": 1, "nodeid": 1, "id": "node/pve1"},
    {"type": "node", "name": "pve2", "ip": "10.0.0.12", "online": 0, "local": 0, "nodeid": 2, "id": "node/pve2"},
]
RESOURCES = [
    {
        "type": "qemu",
        "vmid": 101,
        "name": "mail",
        "node": "pve1",
        "status": "running",
        "template": 0,
        "tags": "prod;web",
    },
    {"type": "lxc", "vmid": 102, "name": "dns", "node": "pve2", "status": "stopped", "template": 0},
    {"type": "qemu", "vmid": 900, "name": "debian-template", "node": "pve1", "status": "stopped", "template": 1},
    {"type": "storage", "storage": "local", "node": "pve1", "status": "available"},
    {"type": "node", "node": "pve1", "status": "online"},
]


def read(status: object, resources: object) -> Gathered:
    texts = {"status": json.dumps({"data": status}), "resources": json.dumps({"data": resources})}
    return Gathered(texts=texts)


def test_nodes_are_machines_and_guests_are_reached_through_them():
    found = {each.name: each for each in parse(read(STATUS, RESOURCES)).machines}
    assert list(found) == ["pve1", "pve2", "mail", "dns"]
    assert (found["pve2"].address, found["pve2"].says) == ("10.0.0.12", "a node of Proxmox VE, not online")
    mail, dns = found["mail"], found["dns"]
    assert (mail.transport, mail.via, mail.guest, mail.groups) == (Transport.QM, "pve1", "101", ("prod", "web"))
    assert (dns.transport, dns.guest, dns.says) == (Transport.PCT, "102", "container 102, stopped")


def test_a_template_is_left_out():
    assert [each.why for each in parse(read([], RESOURCES)).left_out] == ["a template, which never runs"]


@pytest.mark.parametrize("odd", [None, 7, "x", [1], [{"type": "qemu", "vmid": "101"}], [{"type": "qemu", "vmid": -1}]])
def test_an_answer_of_another_shape_gives_nothing(odd):
    assert parse(read(odd, odd)).machines == ()
    assert parse(Gathered(texts={"status": "no JSON"})).machines == ()
