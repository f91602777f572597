"""The first run: every step can be skipped, done, and done again; nothing is contacted or added by looking."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket

from steward.app.start import LOCAL_NAME
from tests.flows.house import SOMEBODY, House
from tests.web.place import PASSWORD, Place

STEPS = ("/setup/box", "/setup/machines", "/setup/declared", "/setup/autonomy", "/setup/done")


async def test_each_step_leads_to_the_next_and_may_be_skipped(place: Place):
    for here, after in itertools.pairwise(STEPS):
        page = await place.get(here)
        assert page.status == 200
        assert page.text.count(f'href="{after}" data-key=') == 2
        assert 'aria-current="step"' in page.text
    assert (await place.get(STEPS[-1])).status == 200


async def test_this_box_is_shown_as_the_first_look_sees_it(house: House, place: Place):
    assert "The first look is under way." in (await place.get("/setup/box")).text
    await house.steward.scanner.all()
    told = json.loads((await place.get("/setup/box", Accept="application/json")).text)
    seen = {each["kind"]: each for each in told["seen"]["sights"]}
    assert seen["system"]["count"] == 1
    assert "Linux" in seen["system"]["named"][0]
    assert seen["containers"]["count"] is None
    assert "under way" not in (await place.get("/setup/box")).text


async def test_a_machine_that_does_not_answer_is_not_added_and_three_causes_are_told(house: House, place: Place):
    with socket.socket() as silent:  # kept, so that nobody else listens there meanwhile
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        given = {"name": "nas", "address": "127.0.0.1", "user": "", "port": str(port), "password": PASSWORD}
        reply = await place.post("/setup/machines/add", **given)
    assert reply.status == 503
    assert "Three likely causes" in reply.text
    assert f"ssh -p {port} steward@127.0.0.1 true" in reply.text
    assert house.steward.workspace.inventory().find("nas") is None


async def test_what_was_picked_and_what_was_typed_is_added_as_watch_only_and_shows_its_rights(
    house: House, place: Place
):
    picked = json.dumps({"name": "web", "address": "web", "transport": "docker", "via": LOCAL_NAME, "user": ""})
    reply = await place.post("/setup/machines/add", pick=picked, password=PASSWORD)
    assert (reply.status, reply.place) == (303, "/setup/machines/web")
    added = house.steward.workspace.require("web")
    assert added.autonomy.value == "watch"
    page = await place.get("/setup/machines/web")
    assert "Three likely causes" not in page.text
    assert "It needs no rights there." in page.text


async def test_nothing_is_added_without_the_password_or_without_a_machine(house: House, place: Place):
    assert (await place.post("/setup/machines/add", name="nas", address="127.0.0.1")).status in {403, 503}
    assert (await place.post("/setup/machines/add", password=PASSWORD)).status == 422
    assert (await place.post("/setup/machines/add", pick="[1]", password=PASSWORD)).status == 422
    assert (await place.post("/setup/machines/add", pick="{", password=PASSWORD)).status == 422
    assert [each.name for each in house.steward.workspace.inventory().machines] == [LOCAL_NAME]


async def test_a_key_is_trusted_only_when_somebody_says_it_was_compared(place: Place):
    path = f"/setup/machines/{LOCAL_NAME}/confirm"
    assert "the key was not compared" in (await place.post(path, host_key="SHA256:x", password=PASSWORD)).text.lower()


async def test_looking_elsewhere_needs_the_password(place: Place):
    assert (await place.post("/setup/machines/look", source="range", target="127.0.0.1/32")).status == 403
    reply = await place.post("/setup/machines/look", source="range", target="", password=PASSWORD)
    assert reply.status == 422


async def test_a_folder_that_is_not_there_is_refused_and_what_was_typed_is_kept(place: Place):
    bad = await place.post("/setup/declared", name="no", path="/nowhere/at/all", machine="", password=PASSWORD)
    assert bad.status == 422
    assert 'value="/nowhere/at/all"' in bad.text


async def test_a_folder_is_read_from_then_on(house: House, place: Place):
    folder = house.folder / "stacks"
    await asyncio.to_thread(folder.mkdir)
    await asyncio.to_thread(
        (folder / "compose.yaml").write_text, "services:\n  web:\n    image: nginx:1.27\n", encoding="utf-8"
    )
    good = await place.post("/setup/declared", name="stacks", path=str(folder), machine=LOCAL_NAME, password=PASSWORD)
    assert (good.status, good.place) == (303, "/setup/declared")
    assert "declares 1 services" in (await place.get("/setup/declared")).text


async def test_the_dial_is_turned_only_where_it_stands_elsewhere(house: House, place: Place):
    assert (await place.post("/setup/autonomy", **{LOCAL_NAME: "watch"})).status == 403
    done = await place.post("/setup/autonomy", **{LOCAL_NAME: "watch", "password": PASSWORD})
    assert (done.status, done.place) == (303, "/setup/done")
    assert house.steward.workspace.require(LOCAL_NAME).autonomy.value == "watch"


async def test_a_dial_has_no_other_places(house: House, place: Place):
    odd = await place.post("/setup/autonomy", **{LOCAL_NAME: "everything", "password": PASSWORD})
    assert odd.status == 422
    assert house.steward.workspace.require(LOCAL_NAME).autonomy.value == "ask"


async def test_a_glance_counts_what_was_seen_and_tells_it_in_one_sentence(house: House):
    before = (await house.do("machines.glance", SOMEBODY, machine=LOCAL_NAME)).result
    assert before["sentence"].endswith("was not looked at yet.")
    await house.steward.scanner.all()
    after = (await house.do("machines.glance", SOMEBODY, machine=LOCAL_NAME)).result
    assert "Linux" in after["sentence"]
    assert after["seen_at"] is not None
