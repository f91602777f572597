"""Names from machines become addresses that lead to one page and nowhere else."""

from __future__ import annotations

import pytest

from steward.surfaces.web.addresses import machine_address, service_address, thing_address


@pytest.mark.parametrize(
    ("machine", "name", "address"),
    [
        ("nas", "photos/db", "/s/nas/photos/db"),
        ("", "photos", "/s/-/photos"),
        ("nas", 'a"b?c#d', "/s/nas/a%22b%3Fc%23d"),
    ],
)
def test_a_service_has_one_address(machine: str, name: str, address: str):
    assert service_address(machine, name) == address


def test_a_machine_has_one_address_whatever_is_in_its_name():
    assert machine_address("../settings") == "/m/..%2Fsettings"


def test_what_has_no_page_has_no_address():
    assert thing_address("storage", "nas", "pool tank") == ""
    assert thing_address("machine", "nas", "nas") == "/m/nas"
