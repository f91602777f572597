"""From what a source tells to a line a person can type."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from steward.engines.fleet.propose import Proposals, proposals
from steward.model.discovery import Discovered, Found
from steward.model.ids import MachineId
from steward.model.machine import Machine, Transport
from steward.model.workspace import Inventory


def machine(name: str, **given: Any) -> Machine:
    return Machine(id=MachineId(f"mach-{name}"), name=name, **given)


def of(*found: Found, known: tuple[Machine, ...] = ()) -> Proposals:
    return proposals(Discovered(machines=found), Inventory(machines=known))


def lines(*found: Found, known: tuple[Machine, ...] = ()) -> list[str]:
    return [each.line for each in of(*found, known=known).proposed]


def test_a_line_holds_everything_that_is_not_the_default():
    found = Found(
        name="NAS of Anna",
        address="10.0.0.2",
        port=2222,
        user="anna",
        identity_file="/keys/a key",
        proxy_jump="gate",
        groups=("Media", "!", "media"),
    )
    spaced = of(found)
    assert spaced.proposed == ()
    assert spaced.left_out[0].why == "`/keys/a key` cannot be used in an inventory"
    plain = Found(**{**vars(found), "identity_file": "/keys/a"})
    assert lines(plain) == [
        "steward machines add nas-of-anna 10.0.0.2 --user anna --port 2222 --identity-file /keys/a "
        "--proxy-jump gate --groups media"
    ]


def test_a_name_of_the_ssh_configuration_stands_for_port_key_and_jump():
    found = Found(
        name="nas", alias="nas", address="10.0.0.2", port=2222, user="anna", identity_file="~/k", proxy_jump="g"
    )
    assert lines(found) == ["steward machines add nas nas --user anna"]


def test_guests_are_added_through_the_machine_that_runs_them_by_the_name_it_has_here():
    node = Found(name="pve1", address="10.0.0.11")
    guest = Found(name="mail", transport=Transport.QM, via="pve1", guest="101")
    assert lines(node, guest)[1] == "steward machines add mail 101 --transport qm --via pve1"
    house = (machine("big", address="10.0.0.11"),)
    assert lines(node, guest, known=house) == ["steward machines add mail 101 --transport qm --via big"]


@pytest.mark.parametrize(
    "known",
    [
        machine("other", address="10.0.0.2"),
        machine("other", address="NAS", port=22),
        machine("nas", address="somewhere.else"),
    ],
)
def test_what_is_in_the_inventory_by_address_alias_or_name_is_not_proposed(known):
    found = Found(name="nas", alias="nas", address="10.0.0.2")
    assert of(found, known=(known,)).known == (known.name,)
    assert lines(found, known=(known,)) == []


def test_another_port_of_one_address_is_another_machine():
    known = (machine("host", address="10.0.0.2"),)
    assert lines(Found(name="guest", address="10.0.0.2", port=2222), known=known)


def test_a_guest_in_the_inventory_is_known_by_its_number():
    known = (machine("pve1", address="10.0.0.11"), machine("post", transport=Transport.QM, via="pve1", guest="101"))
    assert of(Found(name="mail", transport=Transport.QM, via="pve1", guest="101"), known=known).known == ("post",)


def test_names_are_made_to_fit_and_to_be_free():
    known = (machine("machine", address="10.0.0.1"),)
    found = [
        Found(name=name, address=f"10.0.0.{n}") for n, name in enumerate(("App A", "app-a", "日本", "", "a" * 99), 2)
    ]
    proposed = [each.name for each in of(*found, known=known).proposed]
    assert proposed == ["app-a", "app-a-2", "machine-2", "machine-3", "a" * 63]


@pytest.mark.parametrize(
    "changes", [{"address": "--help"}, {"address": "a b"}, {"user": "-x"}, {"proxy_jump": "a\nb"}, {"address": ""}]
)
def test_what_could_be_an_option_or_break_the_line_is_left_out(changes):
    found = of(Found(**({"name": "nas", "address": "10.0.0.2"} | changes)))
    assert found.proposed == ()
    assert len(found.left_out) == 1


def test_a_line_is_quoted_for_a_shell():
    (line,) = lines(Found(name="nas", address="$(reboot)", user="a;b"))
    assert shlex.split(line) == ["steward", "machines", "add", "nas", "$(reboot)", "--user", "a;b"]
    assert "'$(reboot)'" in line
