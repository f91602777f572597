"""Who answered by multicast DNS."""

from __future__ import annotations

from steward.knowhow.discovered.mdns import parse
from steward.model.discovery import Discovered, Gathered

NAS = (
    "PTR\t10.0.0.2\t0\t_ssh._tcp.local\tNAS of Anna._ssh._tcp.local",
    "SRV\t10.0.0.2\t2222\tNAS of Anna._ssh._tcp.local\tnas.local",
    "AAAA\t10.0.0.2\t0\tnas.local\tfe80::2",
    "AAAA\t10.0.0.2\t0\tnas.local\tfd00::2",
    "A\t10.0.0.2\t0\tNAS.local\t10.0.0.2",
)
DESKTOP = "PTR\t10.0.0.3\t0\t_workstation._tcp.local\tdesktop [00:11:22:33:44:55]._workstation._tcp.local"


def read(*lines: str) -> Discovered:
    return parse(Gathered(texts={"records": "\n".join(lines)}))


def test_an_offer_is_followed_to_host_port_and_address():
    (nas,) = read(*NAS).machines
    assert (nas.name, nas.address, nas.port) == ("nas", "10.0.0.2", 2222)
    assert nas.says == "offers SSH (multicast DNS)"


def test_an_address_of_ipv6_is_taken_when_there_is_no_other_and_never_one_of_a_single_link():
    (nas,) = read(*NAS[:4]).machines
    assert nas.address == "fd00::2"


def test_a_workstation_that_tells_no_address_is_where_its_answer_came_from():
    (desktop,) = read(DESKTOP).machines
    assert (desktop.name, desktop.address, desktop.port) == ("desktop", "10.0.0.3", 22)


def test_who_offers_ssh_and_calls_itself_a_workstation_is_one_machine():
    twice = (*NAS, "PTR\t10.0.0.2\t0\t_workstation._tcp.local\tnas._workstation._tcp.local")
    assert len(read(*twice).machines) == 1


def test_other_offers_and_broken_lines_are_nothing():
    assert read("PTR\t10.0.0.2\t0\t_ipp._tcp.local\tprinter._ipp._tcp.local", "PTR", "", "\t\t\t\t").machines == ()
