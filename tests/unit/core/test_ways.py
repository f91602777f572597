"""Ways through other machines: told wrong in the inventory, and what of the parent counts for the guest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from steward.core.ways import autonomy_of, parent_of, quarantine_of, require_reachable, why_another
from steward.core.workspace import parse_inventory
from steward.model.errors import InvalidFile, NotAllowed
from steward.model.ids import MachineId
from steward.model.machine import Autonomy, Machine, Transport
from steward.model.plan import target_of
from steward.model.workspace import Inventory

KEY = "SHA256:" + "A" * 43
NODE = Machine(id=MachineId("m-node"), name="node", address="10.0.0.1", host_key=KEY, autonomy=Autonomy.ASK)
WEB = Machine(
    id=MachineId("m-web"),
    name="web",
    transport=Transport.DOCKER,
    via="node",
    guest="web",
    host_key=KEY,
    autonomy=Autonomy.GRANTED,
)
HEAD = "machines:\n  - {id: m-1, name: node, address: 10.0.0.1}\n  - {id: m-2, name: db, "


def test_guests_of_every_kind_are_read():
    rows = (
        "transport: docker, via: node, guest: web-1}\n"
        "  - {id: m-3, name: ct, transport: pct, via: node, guest: '105'}\n"
        "  - {id: m-4, name: vm, transport: qm, via: node, guest: '106'}\n"
        "  - {id: m-5, name: tv, transport: none, address: tv.lan}\n  - {id: m-6, name: nas, transport: api}\n"
    )
    machines = parse_inventory(HEAD + rows).machines
    assert [(each.transport.value, each.via, each.guest) for each in machines[1:4]] == [
        ("docker", "node", "web-1"),
        ("pct", "node", "105"),
        ("qm", "node", "106"),
    ]


@pytest.mark.parametrize(
    ("row", "what", "step"),
    [
        ("transport: docker, guest: web}", "does not say which machine runs it", "there are: node"),
        ("transport: docker, via: nod, guest: web}", "there is no machine `nod`", "did you mean `node`?"),
        ("transport: docker, via: db, guest: web}", "`db` runs on itself", "there are: node"),
        ("transport: pct, via: node}", "does not say which guest it is", 'write `guest: "105"`'),
        ("transport: pct, via: node, guest: web}", "`web` cannot be a guest", 'write `guest: "105"`'),
        ("transport: docker, via: node, guest: -v}", "`-v` cannot be a container", "the container's name"),
        ("transport: qm, via: node, guest: '106', user: pi}", "run as its root", "leave `user` out"),
        ("address: 10.0.0.2, via: node}", "`via` means nothing with the transport `ssh`", "`proxy_jump`"),
        ("transport: none}", "`db` has no address", "write a line `address: ...`"),
    ],
)
def test_a_way_that_leads_nowhere_is_told_at_its_line(row: str, what: str, step: str):
    with pytest.raises(InvalidFile) as caught:
        parse_inventory(HEAD + row + "\n")
    assert (caught.value.line, len(caught.value.problems)) == (3, 1)
    assert what in caught.value.what
    assert step in caught.value.next_step


def test_a_guest_of_a_guest_and_a_circle_are_refused():
    rows = "transport: pct, via: ct, guest: '105'}\n  - {id: m-3, name: ct, transport: pct, via: db, guest: '106'}\n"
    with pytest.raises(InvalidFile) as caught:
        parse_inventory(HEAD + rows)
    assert [problem.what for problem in caught.value.problems] == [
        "`ct` cannot lead to another machine: ct runs on db",
        "`db` cannot lead to another machine: db runs on ct",
    ]


def test_one_guest_cannot_be_two_machines():
    row = (
        "transport: docker, via: node, guest: web}\n  - {id: m-3, name: two, transport: docker, via: node, guest: web}"
    )
    with pytest.raises(InvalidFile, match="`web` on node is the machine `db` already"):
        parse_inventory(HEAD + row + "\n")


def test_the_quarantine_and_the_autonomy_of_the_parent_count_for_the_guest():
    inventory = Inventory(machines=(NODE, WEB))
    assert parent_of(WEB, inventory) == NODE
    assert parent_of(NODE, inventory) is None
    assert autonomy_of(WEB, NODE) is Autonomy.ASK
    assert autonomy_of(WEB, replace(NODE, autonomy=Autonomy.WATCH)) is Autonomy.WATCH
    assert autonomy_of(replace(WEB, autonomy=Autonomy.WATCH), NODE) is Autonomy.WATCH
    assert quarantine_of(WEB, NODE) == ""
    assert "node, which is quarantined: seen" in quarantine_of(WEB, replace(NODE, quarantined="seen"))


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ((NODE, WEB), ""),
        ((NODE,), "web is no longer in the inventory"),
        ((NODE, replace(WEB, guest="other")), "web changed its"),
        ((NODE, replace(WEB, via="elsewhere")), "web changed its"),
        ((WEB,), "node, through which web is reached, is no longer"),
        (
            (replace(NODE, host_key="SHA256:" + "B" * 43), WEB),
            "node, through which web is reached, has another host key",
        ),
    ],
)
def test_a_plan_is_stale_when_its_guest_or_the_machine_that_runs_it_is_another(after: tuple[Machine, ...], why: str):
    told = why_another(target_of(WEB), Inventory(machines=after))
    assert told.startswith(why) if why else told == ""


@pytest.mark.parametrize("transport", [Transport.API, Transport.NONE])
def test_nothing_is_planned_for_what_is_only_watched(transport: Transport):
    with pytest.raises(NotAllowed, match="nothing can be done on web") as refused:
        require_reachable(replace(WEB, transport=transport))
    assert "ssh, docker, pct or qm" in refused.value.next_step
    require_reachable(WEB)
