"""A person asks how all machines are, what one of them told, and for a map; numbers come as finely as asked for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from steward.model.errors import NotFound
from steward.model.resource import ResourceKind
from steward.store import history
from tests.flows.conftest import house, template
from tests.flows.house import OWNER, House
from tests.flows.test_services import COMPOSE_FILE, NAS, ask, find, lab

__all__ = ["house", "lab", "template"]


async def test_all_machines_stand_side_by_side_with_what_they_can_carry_and_what_runs_there(lab: House) -> None:
    told = await ask(lab, "machines.overview")
    rows = {row["machine"]["name"]: row for row in told["machines"]}
    assert set(rows) >= {"nas", "box"}
    assert (rows["nas"]["services"], rows["box"]["services"]) == (3, 1)
    assert rows["box"]["system"].startswith("Debian")
    assert rows["nas"]["capabilities"]["storage_bytes"] > 0
    assert rows["nas"]["updates"] is None
    assert rows["nas"]["is_restart_due"] is None


async def test_a_machine_nobody_looked_at_stands_there_with_nothing_known(house: House) -> None:
    (row,) = (await ask(house, "machines.overview"))["machines"]
    assert (row["seen_at"], row["system"], row["capabilities"], row["room"]) == (None, "", None, None)


async def test_each_fact_is_told_with_its_source_and_age(lab: House) -> None:
    told = await ask(lab, "machines.facts", machine="nas", fact=["filesystems", "timers"])
    known = {each["name"]: each for each in told["facts"]}
    assert set(known["filesystems"]["value"]["filesystems"]) == {"/", "/tank"}
    assert known["filesystems"]["at"] == told["seen_at"]
    assert known["filesystems"]["source"]
    assert (known["timers"]["value"], known["timers"]["at"]) == (None, None)


async def test_a_fact_that_is_not_one_is_answered_with_the_nearest(lab: House) -> None:
    with pytest.raises(NotFound) as refused:
        await ask(lab, "machines.facts", machine="nas", fact=["filesystem"])
    assert "filesystems" in (refused.value.next_step or "")


async def test_the_map_shows_each_thing_with_the_worst_that_was_found_about_it(lab: House) -> None:
    await find(lab, ResourceKind.CONTAINER, "photos-db-1", "the database fails its health check")
    told = await ask(lab, "map")
    nodes = {node["name"]: node for node in told["nodes"]}
    assert not told["is_condensed"]
    assert (nodes["photos/db"]["tone"], nodes["photos/db"]["findings"]) == ("warning", 1)
    assert nodes["photos/server"]["tone"] == "ok"
    assert {"of": "service:nas/photos/db", "on": "machine:nas", "tie": "runs on", "is_spare": False} in told["edges"]


async def test_the_map_of_one_machine_leaves_out_what_stands_elsewhere(lab: House) -> None:
    names = {node["name"] for node in (await ask(lab, "map", name="box"))["nodes"]}
    assert "player" in names
    assert "handmade" not in names


async def test_a_service_tells_its_containers_its_secrets_and_where_a_change_belongs(
    lab: House,
    tmp_path: Path,
) -> None:
    by_hand = await ask(lab, "services.show", name="nas/handmade")
    assert [part["name"] for part in by_hand["parts"]] == ["handmade"]
    assert by_hand["how_to_change"].startswith("It was set up by hand on nas")
    (tmp_path / "photos").mkdir()
    with_secret = COMPOSE_FILE.replace("    image: photos:1\n", "    image: photos:1\n    secrets: [photos_key]\n")
    (tmp_path / "photos" / "compose.yaml").write_text(with_secret + "secrets:\n  photos_key:\n    file: ./key\n")
    await lab.do("repositories.add", OWNER, name="homelab", path=str(tmp_path), machine="nas")
    declared = await ask(lab, "services.show", name="nas/photos/server")
    assert declared["secrets"] == ["photos_key"]
    assert "homelab/photos/compose.yaml:2" in declared["how_to_change"]


async def test_numbers_come_in_as_many_averages_as_asked_for_of_one_fact(lab: House) -> None:
    now = lab.clock.now()
    for hour in range(24):
        for fact in ("memory", "load"):
            await lab.steward.storage.write(
                history.add,
                machine=NAS.id,
                fact=fact,
                at=now - timedelta(hours=hour),
                numbers={"used_percent": 40.0 + hour},
            )
    told = await ask(lab, "history", machine="nas", fact="memory", points=24, since="24h")
    assert {line["fact"] for line in told["series"]} == {"memory"}
    assert {len(line["trend"]) for line in told["series"]} == {24}
    assert len((await ask(lab, "history", machine="nas", points=9_999))["series"][0]["trend"]) == 300
