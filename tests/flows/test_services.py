"""A person asks what runs, what it stands on, what breaks and why; a repository says who owns what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from steward.app.plugins import KnowHow, load_know_how
from steward.knowhow.facts.container_settings import Mounted
from steward.knowhow.facts.network_mounts import NetworkMount, NetworkMounts
from steward.lib.codec import encode
from steward.model.difference import Author, Difference
from steward.model.errors import InvalidInput, NotFound
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.ids import FindingId
from steward.model.machine import Machine
from steward.model.resource import ResourceKind, resource_on
from steward.store import differences
from steward.store import facts as facts_table
from steward.store import findings as findings_table
from tests.flows import house as houses
from tests.flows.house import OWNER, SOMEBODY, House
from tests.unit.knowhow.container_snapshots import COMPOSE, pair, seen
from tests.unit.knowhow.labs import machine
from tests.unit.knowhow.relations.test_storage import pool
from tests.unit.knowhow.snapshots import MEMORY, disk, filesystems, recorded

NAS = machine("nas", address="nas.lan")
BOX = machine("box", address="box.lan")
COMPOSE_FILE = """\
services:
  server:
    image: photos:1
    depends_on: [db]
  db:
    image: postgres:16
  spare:
    image: spare:1
"""


def on_nas() -> dict[str, Any]:
    """Return what nas shows: a project of two services on a pool, and a container by hand."""
    stored = (Mounted(source="/tank/photos", target="/data", is_writable=True),)
    made = {name: replace(COMPOSE, project="photos", service=name) for name in ("server", "db")}
    values = seen(
        pair("photos-server-1", 1, compose=made["server"], mounts=()),
        pair("photos-db-1", 2, compose=made["db"], mounts=stored),
        pair("handmade", 3),
    ).values
    held = filesystems(disk(10.0), disk(10.0, mount_point="/tank", source="tank", type="zfs"))
    return {**values, "filesystems": held, "pools": pool("tank", "sda"), "memory": MEMORY}


def on_box() -> dict[str, Any]:
    """Return what box shows: a player that keeps its films on nas."""
    mount = NetworkMount(mount_point="/mnt/films", source="nas.lan:/tank/films", type="nfs4", state="answers", error="")
    stored = (Mounted(source="/mnt/films", target="/films", is_writable=False),)
    values = seen(pair("player", mounts=stored)).values
    system = recorded(os="debian_12_root").values
    return {**values, **system, "network_mounts": NetworkMounts(mounts={"/mnt/films": mount})}


async def keep(house: House, which: Machine, values: dict[str, Any]) -> None:
    """Store a look at a machine, as a scan would."""
    look = Snapshot(machine=which, at=house.clock.now(), values=values)
    await house.steward.storage.write(
        facts_table.save,
        machine=which.id,
        at=look.at,
        values={name: encode(value) for name, value in values.items()},
        unread={},
    )


@pytest.fixture
async def lab(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house that looks after nas and box."""
    return await with_lab(house, monkeypatch)


async def with_lab(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Let a house look after nas and box."""
    real, before = load_know_how(), houses.know_how

    def with_relations(files: Path) -> KnowHow:
        return replace(before(files), facts=real.facts, relations=real.relations)

    monkeypatch.setattr(houses, "know_how", with_relations)
    await house.close()
    await house.open()
    for each, values in ((NAS, on_nas()), (BOX, on_box())):
        house.steward.workspace.add_machine(each, OWNER)
        await keep(house, each, values)
    return house


async def ask(house: House, command: str, /, **given: Any) -> dict[str, Any]:
    return (await house.do(command, SOMEBODY, **given)).result


async def find(house: House, kind: ResourceKind, name: str, title: str) -> None:
    """Keep a finding about something on nas."""
    finding = Finding(
        id=FindingId(f"find-{name}"),
        check="test",
        title=title,
        severity=Severity.WARNING,
        resource=resource_on(NAS.id, kind, name),
        machine=NAS.id,
        evidence=(),
        if_nothing="it gets worse",
    )
    await house.steward.storage.write(
        findings_table.observe, machine=NAS.id, checked=(), findings=(finding,), at=house.clock.now()
    )


async def test_what_runs_is_listed_with_machine_state_and_owner(lab: House) -> None:
    told = await ask(lab, "services.ls")
    assert [(row["machine"], row["name"], row["state"], row["owner"]) for row in told["services"]] == [
        ("box", "player", "up", "hand"),
        ("nas", "handmade", "up", "hand"),
        ("nas", "photos/db", "up", "hand"),
        ("nas", "photos/server", "up", "hand"),
    ]
    assert told["sentence"] == "4 services on 2 machines: 4 up."
    assert [row["name"] for row in (await ask(lab, "services.ls", machine="box"))["services"]] == ["player"]


async def test_what_stops_with_a_pool_reaches_services_on_other_machines(lab: House) -> None:
    told = await ask(lab, "breaks", name="tank")
    ways = {step["name"]: (step["machine"], step["way"]) for step in told["broken"] if step["kind"] == "service"}
    assert ways["player"] == (
        "box",
        "pool tank → filesystem /tank → filesystem /mnt/films on box → /mnt/films → player",
    )
    assert set(ways) == {"player", "photos/db"}
    assert [step["distance"] for step in told["broken"]] == sorted(step["distance"] for step in told["broken"])
    assert "2 services" in told["sentence"]
    assert all(step["at"] for step in told["broken"])


async def test_a_repository_makes_owners_and_dependencies_known(lab: House, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "compose.yaml").write_text(COMPOSE_FILE)
    card = await lab.do("repositories.add", OWNER, name="homelab", path=str(tmp_path), machine="nas")
    assert card.result["services"] == 3
    rows = {row["name"]: row for row in (await ask(lab, "services.ls", machine="nas"))["services"]}
    assert (rows["photos/server"]["owner"], rows["photos/server"]["source"]) == ("git", "homelab/photos/compose.yaml:2")
    assert rows["photos/spare"]["state"] == "declared"
    assert rows["handmade"]["owner"] == "hand"
    broken = await ask(lab, "breaks", name="nas/photos/db")
    assert "photos/server" in {step["name"] for step in broken["broken"]}
    only_git = await ask(lab, "services.ls", owner="git")
    assert {row["name"] for row in only_git["services"]} == {"photos/server", "photos/db", "photos/spare"}
    (folder / "compose.yaml").write_text(COMPOSE_FILE.replace("  spare:\n    image: spare:1\n", ""))
    assert "photos/spare" not in {row["name"] for row in (await ask(lab, "services.ls"))["services"]}
    await lab.do("repositories.drop", OWNER, name="homelab")
    assert (await ask(lab, "services.ls", owner="git"))["services"] == []


async def test_a_folder_that_is_not_there_is_not_registered(lab: House, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        await lab.do("repositories.add", OWNER, name="gone", path=str(tmp_path / "gone"))
    assert (await ask(lab, "repositories.ls"))["repositories"] == []


async def test_a_folder_that_went_away_later_is_told_and_costs_nothing_else(lab: House, tmp_path: Path) -> None:
    folder = tmp_path / "homelab"
    folder.mkdir()
    (folder / "compose.yaml").write_text(COMPOSE_FILE)
    await lab.do("repositories.add", OWNER, name="homelab", path=str(folder))
    folder.rename(tmp_path / "elsewhere")
    (card,) = (await ask(lab, "repositories.ls"))["repositories"]
    assert "no folder" in card["problem"]
    assert len((await ask(lab, "services.ls"))["services"]) == 4


async def test_why_follows_a_service_down_to_what_is_wrong(lab: House) -> None:
    well = await ask(lab, "why", target="nas/photos/db")
    assert well["explained"] == []
    assert well["sentence"].startswith(
        "Nothing wrong is known of photos/db; it stands on 5 things, all well, last seen"
    )
    await find(lab, ResourceKind.POOL, "tank", "pool tank is degraded")
    await find(lab, ResourceKind.CONTAINER, "photos-db-1", "photos-db-1 restarts")
    await find(lab, ResourceKind.CONTAINER, "handmade", "another thing is wrong")
    told = await ask(lab, "why", target="photos/db")
    assert [(each["finding"]["title"], each["way"]) for each in told["explained"]] == [
        ("photos-db-1 restarts", ""),
        ("pool tank is degraded", "photos/db → /tank/photos → filesystem /tank → pool tank"),
    ]
    films = await ask(lab, "why", target="player")
    (below,) = films["explained"]
    assert below["way"] == "player → /mnt/films → filesystem /mnt/films → filesystem /tank on nas → pool tank"


async def test_why_of_a_service_tells_what_changed_below_it(lab: House) -> None:
    now = lab.clock.now()
    changes = [
        Difference(
            machine=NAS.id, fact="t", subject=subject, before="1", after="2", since=now, at=now, author=Author.UNKNOWN
        )
        for subject in ("container photos-db-1: image", "container photos-db-12: image", "pool tank", "kernel")
    ]
    await lab.steward.storage.write(differences.append, changes)
    told = await ask(lab, "why", target="photos/db")
    assert {each["subject"] for each in told["changed"]} == {"container photos-db-1: image", "pool tank"}
    page = await ask(lab, "services.show", name="photos/db")
    assert [each["subject"] for each in page["changed"]] == ["container photos-db-1: image"]


async def test_a_page_tells_data_without_a_known_backup(lab: House) -> None:
    page = await ask(lab, "services.show", name="photos")
    assert [row["name"] for row in page["services"]] == ["photos/db", "photos/server"]
    assert page["data"] == [{"place": "/tank/photos", "lies_on": "filesystem /tank", "backups": []}]
    assert page["sentence"] == "2 services on nas: up; nothing wrong is known."


async def test_places_are_judged_by_what_is_known(lab: House) -> None:
    told = await ask(lab, "services.place", memory="2G", storage="10G")
    answers = {each["machine"]: (each["answer"], each["why"]) for each in told["machines"]}
    assert answers["nas"][0] == "yes"
    assert answers["box"] == ("unknown", "its memory is not known; its room on its roomiest filesystem is not known")
    too_much = await ask(lab, "services.place", memory="64G")
    assert {each["machine"]: each["answer"] for each in too_much["machines"]}["nas"] == "no"
    with pytest.raises(InvalidInput):
        await ask(lab, "services.place")
    with pytest.raises(InvalidInput, match="no amount"):
        await ask(lab, "services.place", memory="much")


async def test_the_graph_of_one_thing_leaves_out_the_rest(lab: House) -> None:
    text = (await ask(lab, "graph", name="handmade"))["text"]
    assert "nas/handmade (service, up)\n  runs on nas (containers)" in text
    assert "player" not in text
    assert (await ask(lab, "graph", format="dot"))["text"].startswith('digraph "lab" {')


async def test_a_name_nobody_knows_is_answered_with_the_nearest(lab: House) -> None:
    with pytest.raises(NotFound, match="nothing is known of `handmad`") as raised:
        await ask(lab, "breaks", name="handmad")
    assert raised.value.next_step == "did you mean `handmade`?"


async def test_a_name_on_two_machines_asks_which(lab: House) -> None:
    await keep(lab, BOX, dict(seen(pair("handmade")).values))
    with pytest.raises(InvalidInput, match="on 2 machines") as raised:
        await ask(lab, "services.show", name="handmade")
    assert raised.value.next_step == "say which: `box/handmade`, `nas/handmade`"
    assert (await ask(lab, "services.show", name="box/handmade"))["services"][0]["machine"] == "box"


async def test_a_broken_list_of_repositories_is_told_and_the_last_good_one_stays(lab: House, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE_FILE)
    await lab.do("repositories.add", OWNER, name="homelab", path=str(tmp_path), machine="nas")
    (lab.folder / "workspace" / "repositories.yaml").write_text("repositories:\n  - nme: homelab\n")
    problems = (await ask(lab, "status"))["problems"]
    assert any("repositories.yaml:2" in problem for problem in problems)
    assert (await ask(lab, "repositories.ls"))["problems"]
    assert (await ask(lab, "services.ls", owner="git"))["services"]
