"""Guests of libvirt, as virsh 9.0 describes them."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from steward.knowhow.discovered.libvirt import PLUGIN, parse
from steward.model.discovery import Discovered, Gathered

MAIL = """\
=== guest running
<domain type='kvm' id='3'>
  <name>mail</name>
  <uuid>0f3c9a52-5c3e-4f6e-9d60-000000000001</uuid>
  <devices>
    <interface type='network'>
      <mac address='52:54:00:00:00:01'/>
    </interface>
  </devices>
</domain>

=== addresses
 Name       MAC address          Protocol     Address
-------------------------------------------------------------------------------
 vnet2      52:54:00:00:00:01    ipv4         192.168.122.17/24

"""
OFF = """\
=== guest shut off
<domain type='kvm'><name>spare</name><devices><interface type='bridge'><mac address='52:54:00:00:00:02'/></interface>
</devices></domain>
=== addresses
"""


def read(text: str) -> Discovered:
    return parse(Gathered(texts={"guests": text}))


def test_a_guest_is_proposed_by_the_address_its_host_leased_to_it():
    (mail,) = read(MAIL + OFF).machines
    assert (mail.name, mail.address, mail.says) == ("mail", "192.168.122.17", "a guest of libvirt, running")


def test_a_guest_without_an_address_is_left_out_with_what_would_find_it():
    (spare,) = read(MAIL + OFF).left_out
    assert spare.what == "spare"
    assert spare.why == "shut off; its host knows no address of it; its network card is 52:54:00:00:00:02"


@pytest.mark.parametrize(
    "text",
    [
        "<domain><name>x</name>",
        "<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><domain><name>&b;</name></domain>",
        "<!--<!DOCTYPE d [<!ENTITY a 'a'>]>--><domain/>",
        "<domain/>",
        "",
    ],
)
def test_a_description_that_cannot_be_read_or_declares_entities_is_left_out(text):
    found = read(f"=== guest running\n{text}\n=== addresses\n")
    assert found.machines == ()
    assert [each.why for each in found.left_out] == ["its description cannot be read"]


def test_no_guest_is_nothing_at_all():
    assert read("") == Discovered()


def test_the_reading_asks_virsh_for_reading_only_and_gives_what_the_parser_reads(tmp_path):
    """A stand-in for virsh that answers as the real one does and notes how it was called."""
    (tmp_path / "virsh").write_text(
        '#!/bin/sh\necho "$*" >>"$0.calls"\ncase "$*" in\n'
        "*' list '*) echo 0f3c9a52-5c3e-4f6e-9d60-000000000001; echo ;;\n"
        "*domstate*) echo running; echo ;;\n"
        "*dumpxml*) echo '<domain><name>mail</name></domain>' ;;\n"
        "*) echo ' vnet2 52:54:00:00:00:01 ipv4 192.168.122.17/24' ;;\nesac\n"
    )
    (tmp_path / "virsh").chmod(0o755)
    (reading,) = PLUGIN.readings
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    shell = shutil.which("sh") or "/bin/sh"
    said = subprocess.run(
        [shell, *reading.argv[1:]], capture_output=True, text=True, check=True, env=environment, timeout=30
    )
    assert [each.address for each in read(said.stdout).machines] == ["192.168.122.17"]
    calls = (tmp_path / "virsh.calls").read_text().splitlines()
    assert calls
    assert [call for call in calls if not call.startswith("--readonly --connect qemu:///system ")] == []
