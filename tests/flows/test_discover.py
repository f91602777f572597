"""Machines are found, proposed, shown, marked and handed over; nothing is added that nobody typed."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from steward.adapters.discoverers import range as ranges
from steward.app.start import LOCAL_NAME
from steward.core.workspace import WorkspaceFiles
from steward.model.access import Right
from steward.model.errors import InvalidInput, NeedsProof, NotAllowed, NotFound
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.principal import PrincipalKind
from steward.model.risk import Strength
from tests.flows.house import OWNER, SOMEBODY, House, as_kind

CONFIG = "Host nas\n  HostName 192.168.7.20\n  User anna\nHost gate\n  HostName 192.168.7.1\n"


@pytest.fixture
async def lab(house: House) -> House:
    """A house whose owner has an SSH configuration and an inventory of Ansible."""
    house.settings.ssh_config.write_text(CONFIG)
    (house.folder / "hosts").write_text("[media]\nbox ansible_host=192.168.7.30\n")
    return house


def files(house: House) -> WorkspaceFiles:
    return house.steward.workspace


def add(house: House, **given: Any) -> None:
    machine = Machine(id=MachineId(f"mach-{given['name']}"), **given)
    files(house).add_machine(machine, OWNER)


def inventory(house: House) -> str:
    return (Path(house.settings.workspace) / "inventory.yaml").read_text()


async def discovered(house: House, actor: Any = SOMEBODY, /, **given: Any) -> dict[str, dict[str, Any]]:
    told = (await house.do("machines.discover", actor, **given)).result
    return {each["source"]: each for each in told["sources"]}


def names(asked: dict[str, Any]) -> list[str]:
    return [each["name"] for each in asked["found"]["proposed"]]


async def test_without_a_source_what_lies_on_this_box_is_read_and_nothing_is_added(lab):
    before = inventory(lab)
    told = await discovered(lab)
    assert set(told) == {"ssh-config", "docker", "ansible"}
    assert names(told["ssh-config"]) == ["nas", "gate"]
    assert told["ssh-config"]["found"]["proposed"][0]["line"] == "steward machines add nas nas --user anna"
    assert told["docker"]["found"]["left_out"][0]["why"] == "there are no contexts here"
    assert inventory(lab) == before


async def test_what_is_in_the_inventory_is_not_proposed_again(lab):
    add(lab, name="tower", address="192.168.7.20")
    told = (await discovered(lab, source="ssh-config"))["ssh-config"]
    assert (names(told), told["found"]["known"]) == (["gate"], ["tower"])


async def test_a_file_that_is_named_needs_who_may_govern_and_is_written_down(lab):
    path = str(lab.folder / "hosts")
    with pytest.raises(NeedsProof):
        await discovered(lab, source="ansible", target=path)
    with pytest.raises(NeedsProof):  # signed in, the password not given lately
        await discovered(lab, replace(OWNER, strength=Strength.SESSION), source="ansible", target=path)
    agent = replace(as_kind(PrincipalKind.AGENT), rights=(Right.READ, Right.PROPOSE))
    with pytest.raises(NotAllowed):
        await discovered(lab, agent, source="mdns")
    told = await discovered(lab, OWNER, source="ansible", target=path)
    assert names(told["ansible"]) == ["box"]
    rows = [row for row in lab.steward.audit.export() if '"kind":"machines.discover.asked"' in row]
    assert len(rows) == 1
    assert f"ansible {path}" in rows[0]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"source": "shh-config"}, NotFound),
        ({"target": "/etc/hosts"}, InvalidInput),
        ({"source": "ansible", "target": "hosts"}, InvalidInput),
        ({"source": "range"}, InvalidInput),
        ({"source": "range", "target": "8.8.8.0/24"}, InvalidInput),
        ({"source": "proxmox", "target": "127.0.0.1"}, NotFound),
        ({"source": "libvirt", "target": "nobody"}, NotFound),
    ],
)
async def test_what_cannot_be_asked_says_why(lab, given, error):
    with pytest.raises(error):
        await discovered(lab, OWNER, **given)


async def test_a_machine_of_the_inventory_is_asked_over_the_connection_there_is(lab):
    told = (await discovered(lab, OWNER, source="libvirt", target=LOCAL_NAME))["libvirt"]
    assert names(told) == []
    assert [each["what"] for each in told["found"]["left_out"]] in ([LOCAL_NAME], [])


async def test_a_range_on_this_box_is_tried_for_real(lab, monkeypatch):
    patient = functools.partial(ranges.RangeSettings, connect_seconds=60.0, greeting_seconds=60.0)
    monkeypatch.setattr(ranges, "RangeSettings", patient)

    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-test\r\n")
        writer.close()

    try:
        server = await asyncio.start_server(greet, "127.0.4.9", 22)
    except OSError:
        pytest.skip("port 22 of the loopback network cannot be used here")
    async with server:
        told = await discovered(lab, OWNER, source="range", target="127.0.4.8/30")
    assert names(told["range"]) == ["host-127-0-4-9"]


async def test_one_machine_is_shown_with_what_it_can_carry_without_being_looked_at(lab):
    assert (await lab.do("machines.show", SOMEBODY, machine=LOCAL_NAME)).result["capabilities"] is None
    looked = (await lab.do("machines.check", SOMEBODY, machine=LOCAL_NAME)).result["capabilities"]
    assert looked["architecture"]
    assert looked["roles"][0]["role"] == "server"
    await lab.close()
    await lab.open()  # what was seen lies in the store now, and is read back from there
    assert (await lab.do("machines.show", SOMEBODY, machine=LOCAL_NAME)).result["capabilities"] == looked


async def test_labels_and_groups_are_written_into_the_text_and_its_comments_stay(lab):
    add(lab, name="nas", address="192.168.7.20")
    file = Path(lab.settings.workspace) / "inventory.yaml"
    file.write_text(f"# mine\n{file.read_text()}")
    lab.steward.repository.write({"inventory.yaml": file.read_text()}, message="Comment", author=OWNER)
    await lab.do("machines.label", machine="nas", labels=["room=cellar", "shelf=2"])
    card = (await lab.do("machines.label", machine="nas", labels=["shelf=", "room=loft"])).result
    assert card["machine"]["labels"] == {"room": "loft"}
    await lab.do("machines.group", machine="nas", add=["media", "spare"])
    card = (await lab.do("machines.group", machine="nas", add=["media"], remove=["spare"])).result
    assert card["machine"]["groups"] == ["media"]
    assert inventory(lab).startswith("# mine\n")
    listed = (await lab.do("machines.ls", SOMEBODY, group="media")).result["machines"]
    assert [each["machine"]["name"] for each in listed] == ["nas"]
    with pytest.raises(NotFound, match="no machine is in a group"):
        await lab.do("machines.ls", SOMEBODY, group="medea")
    await lab.do("machines.label", machine="nas", labels=["room="])
    assert "labels" not in inventory(lab)


@pytest.mark.parametrize("labels", [["room"], ["=x"], ["a b=c"], ["a=b\nc"], ["a=" + "x" * 300]])
async def test_a_label_that_is_none_is_refused(lab, labels):
    with pytest.raises(InvalidInput):
        await lab.do("machines.label", machine=LOCAL_NAME, labels=labels)


@pytest.mark.parametrize("given", [{}, {"add": ["Media!"]}, {"remove": ["media"]}])
async def test_a_group_that_is_none_is_refused(lab, given):
    with pytest.raises(InvalidInput):
        await lab.do("machines.group", machine=LOCAL_NAME, **given)


async def test_marks_are_made_by_who_may_govern_only(lab):
    for name, given in (("machines.label", {"labels": ["a=b"]}), ("machines.group", {"add": ["media"]})):
        with pytest.raises(NeedsProof):
            await lab.do(name, SOMEBODY, machine=LOCAL_NAME, **given)


async def test_the_inventory_is_exported_and_discovered_again_as_the_same(lab):
    add(lab, name="nas", address="192.168.7.20", port=2222, user="anna", groups=("media",))
    text = (await lab.do("machines.export", SOMEBODY)).result["text"]
    (lab.folder / "export.yml").write_text(text)
    told = await discovered(lab, OWNER, source="ansible", target=str(lab.folder / "export.yml"))
    assert (names(told["ansible"]), told["ansible"]["found"]["known"]) == ([], ["nas"])


@pytest.mark.parametrize("platform", ["debian", "proxmox", "nixos", "docker"])
async def test_what_a_new_machine_needs_holds_our_own_public_key_and_no_private_one(lab, platform):
    key = (lab.settings.keys / "ssh-ed25519.pub").read_text().strip()
    text = (await lab.do("machines.join", SOMEBODY, platform=platform)).result["text"]
    assert key in text
    assert "PRIVATE" not in text
    assert "machines add" in text


async def test_without_our_own_key_nobody_can_join(lab):
    (lab.settings.keys / "ssh-ed25519.pub").unlink()
    with pytest.raises(NotFound):
        await lab.do("machines.join", SOMEBODY)
