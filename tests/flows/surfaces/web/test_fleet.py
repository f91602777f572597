"""What the pages of the fleet say: all machines, one machine, one service; to people and to programs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from steward.app.start import LOCAL_NAME
from steward.model.resource import ResourceKind
from steward.store import history
from tests.flows.house import House
from tests.flows.test_services import NAS, find
from tests.web.place import Place

JSON = {"Accept": "application/json"}


async def test_the_table_lists_every_machine_and_filters_live_in_the_address(lab: House, place: Place):
    page = (await place.get("/fleet")).text
    assert 'href="/m/nas"' in page
    assert 'href="/m/box"' in page
    only = (await place.get("/fleet?q=debian+box")).text
    assert 'href="/m/box"' in only
    assert 'href="/m/nas"' not in only
    assert "No machine fits these filters" in (await place.get("/fleet?q=nonsense")).text


async def test_a_house_of_one_machine_is_told_how_to_add_another(house: House, place: Place):
    page = (await place.get("/fleet")).text
    assert LOCAL_NAME in page
    assert "steward machines add" in page
    for platform in ("Debian", "Proxmox", "NixOS", "Docker"):
        assert platform in page


@pytest.mark.parametrize(
    "path",
    ["/fleet", "/fleet?view=map", "/fleet?view=matrix&memory=1G", "/fleet?view=services", "/m/nas", "/s/nas/handmade"],
)
async def test_every_page_of_the_fleet_has_a_twin_for_programs(lab: House, place: Place, path: str):
    reply = await place.get(path, **JSON)
    assert reply.status == 200
    assert isinstance(json.loads(reply.text), dict)


async def test_the_map_is_text_without_scripts_and_leads_to_pages(lab: House, place: Place):
    page = (await place.get("/fleet?view=map")).text
    assert 'data-graph="/fleet/graph"' in page
    assert 'href="/s/nas/photos/db"' in page
    drawn = json.loads((await place.get("/fleet/graph", **JSON)).text)
    nodes = {node["name"]: node for node in drawn["nodes"]}
    assert (nodes["nas"]["address"], nodes["photos/db"]["address"]) == ("/m/nas", "/s/nas/photos/db")
    assert nodes["photos/db"]["state"] == "OK"


@pytest.mark.parametrize(("form", "says"), [("d2", "->"), ("mermaid", "flowchart"), ("dot", "digraph")])
async def test_the_graph_is_given_as_text_for_other_programs(lab: House, place: Place, form: str, says: str):
    reply = await place.get(f"/fleet/drawing?format={form}&name=nas")
    assert reply.headers["content-type"].startswith("text/plain")
    assert says in reply.text


async def test_a_map_around_nothing_says_so_and_shows_the_lab(lab: House, place: Place):
    reply = await place.get("/fleet?view=map&name=nonsense")
    assert reply.status == 404
    assert "nothing is known of" in reply.text.lower()
    assert 'href="/m/nas"' in reply.text


async def test_the_matrix_answers_where_something_fits(lab: House, place: Place):
    page = (await place.get("/fleet?view=matrix&storage=1G&gpu=yes")).text
    assert "Looked for:" in page
    assert "a GPU" in page
    wrong = await place.get("/fleet?view=matrix&memory=lots")
    assert wrong.status == 422
    assert "is no amount" in wrong.text


async def test_a_machine_shows_what_is_wrong_what_it_holds_and_its_rights(lab: House, place: Place):
    await find(lab, ResourceKind.CONTAINER, "photos-db-1", "the database fails its health check")
    page = (await place.get("/m/nas")).text
    assert "the database fails its health check" in page
    assert "/tank" in page
    assert 'href="/s/nas/handmade"' in page
    assert "never looked at" not in page


async def test_a_chart_is_given_with_times_units_and_what_happened(lab: House, place: Place):
    now = lab.clock.now()
    for hour in range(24):
        await lab.steward.storage.write(
            history.add,
            machine=NAS.id,
            fact="memory",
            at=now - timedelta(hours=hour),
            numbers={"used_percent": 40.0 + hour},
        )
    drawn = json.loads((await place.get("/m/nas/history?chart=memory&hours=168", **JSON)).text)
    (line,) = drawn["series"]
    assert (line["name"], line["unit"]) == ("used", "percent")
    assert len(drawn["times"]) == len(line["values"]) == 240
    assert drawn["times"] == sorted(drawn["times"])
    assert max(value for value in line["values"] if value is not None) <= 63
    assert 'data-chart="/m/nas/history?chart=memory&amp;hours=24"' in (await place.get("/m/nas")).text
    assert (await place.get("/m/nas/history?chart=nonsense", **JSON)).status == 404


async def test_a_machine_nobody_looked_at_says_so(house: House, place: Place):
    page = (await place.get(f"/m/{LOCAL_NAME}")).text
    assert "This machine was never looked at." in page
    assert (await place.get("/m/nonsense")).status == 404


async def test_looking_again_leads_back_to_the_machine(house: House, place: Place):
    reply = await place.post(f"/m/{LOCAL_NAME}/look")
    assert (reply.status, reply.place) == (303, f"/m/{LOCAL_NAME}")
    assert "This machine was never looked at." not in (await place.get(reply.place)).text


async def test_a_service_shows_what_it_stands_on_its_data_and_how_to_change_it(lab: House, place: Place):
    page = (await place.get("/s/nas/photos/db")).text
    assert "pool tank" in page
    assert "/tank/photos" in page
    assert "set up by hand" in page
    assert "none known" in page


async def test_a_service_is_found_by_its_name_alone_when_there_is_only_one(lab: House, place: Place):
    reply = await place.get("/s/player")
    assert (reply.status, reply.place) == (303, "/s/box/player")
    assert (await place.get("/s/nonsense")).status == 404


async def test_the_palette_knows_machines_and_services(lab: House, place: Place):
    places = json.loads((await place.get("/palette", **JSON)).text)
    addresses = {each["address"] for each in places}
    assert {"/fleet", "/m/nas", "/s/nas/photos/db"} <= addresses
