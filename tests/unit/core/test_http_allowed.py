"""Hosts that requests may go to."""

import pytest

from steward.core.http_allowed import http_targets
from steward.core.outside_file import parse_outside
from steward.model.errors import InvalidFile
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.outside import OutsideRules
from steward.model.workspace import Inventory


def inventory(*addresses: str) -> Inventory:
    machines = (
        Machine(id=MachineId(f"mch-{number}"), name=f"M{number}", address=address)
        for number, address in enumerate(addresses)
    )
    return Inventory(machines=tuple(machines))


def test_machines_are_reached_by_name_at_their_private_address() -> None:
    assert http_targets(inventory("10.0.0.9"), OutsideRules()) == {"10.0.0.9": "", "m0": "10.0.0.9"}


@pytest.mark.parametrize("address", ["", "203.0.114.7", "127.0.0.1", "169.254.1.1", "0.0.0.0", "nas.lan", "fd00::2"])
def test_what_is_no_private_address_must_be_written_down(address: str) -> None:
    assert http_targets(inventory(address), OutsideRules()) == {}


def test_what_the_owner_wrote_down_is_looked_up_by_the_machine() -> None:
    rules = parse_outside("http_targets: [api.example.net, 'm0:8443']\n")
    assert http_targets(inventory("10.0.0.9"), rules) == {
        "api.example.net": "",
        "m0:8443": "",
        "10.0.0.9": "",
        "m0": "10.0.0.9",
    }


@pytest.mark.parametrize("host", ["https://api.example.net", "API.example.net", "a b", "", "-x", "a:b"])
def test_a_target_that_is_no_host_is_told_with_its_line(host: str) -> None:
    with pytest.raises(InvalidFile, match="is no host"):
        parse_outside(f'http_targets: ["{host}"]\n')
