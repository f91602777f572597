"""The first page and the family's page: long trouble is short, nothing unseen is green, nothing inside is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from steward.app.start import LOCAL_NAME
from steward.model.finding import Severity
from tests.flows.house import House
from tests.web.place import Place, put_finding


async def twin(place: Place, path: str) -> dict[str, Any]:
    """Return what a page holds."""
    return json.loads((await place.get(path, Accept="application/json")).text)


async def test_a_machine_nobody_looked_at_makes_the_sentence_grey(place: Place):
    told = await twin(place, "/")
    assert told["tone"] == "unknown"
    assert told["sentence"].startswith(f"I cannot see {LOCAL_NAME} yet.")
    assert 'class="sentence unknown"' in (await place.get("/")).text


async def test_after_a_look_without_trouble_nothing_is_wrong_and_one_step_is_taught(house: House, place: Place):
    await house.do("machines.check", machine=LOCAL_NAME)
    told = await twin(place, "/")
    assert told["tone"] == "ok"
    assert told["answer"] == "Nothing is wrong on 1 machine."
    assert told["lesson"] in {"promote", "why"}
    assert "A next step" in (await place.get("/")).text


async def test_what_waits_has_its_decision_beside_it_oldest_first(house: House, place: Place):
    codes = [(await house.ask(name))["approval"]["code"] for name in ("one", "two")]
    told = await twin(place, "/")
    assert [each["code"] for each in told["waiting"]] == codes
    page = (await place.get("/")).text
    assert f'<a class="act" href="/a/{codes[0]}"' in page
    assert f'href="/a/{codes[0]}" data-key="a"' in page


async def test_what_is_wrong_is_told_worst_first(house: House, place: Place):
    await put_finding(house, "small.service", severity=Severity.WARNING)
    worse = await put_finding(house, "large.service")
    told = await twin(place, "/")
    assert [group["severity"] for group in told["wrong"]] == ["down", "warning"]
    assert told["wrong"][0]["id"] == worse.id


async def test_only_problems_stands_in_the_address(house: House, place: Place):
    await house.do("machines.check", machine=LOCAL_NAME)
    assert [each["name"] for each in (await twin(place, "/"))["listed"]] == [LOCAL_NAME]
    assert (await twin(place, "/?only=problems"))["listed"] == []
    assert "Nothing is wrong with any machine." in (await place.get("/?only=problems")).text


async def test_services_of_a_machine_open_by_its_address(place: Place):
    page = (await place.get(f"/?open={LOCAL_NAME}")).text
    assert f"Services of {LOCAL_NAME}" in page
    assert (await place.get("/?open=nowhere")).status == 404


async def test_steward_is_paused_from_the_first_page(house: House, place: Place):
    assert 'action="/brakes/pause"' in (await place.get("/")).text
    await place.post("/brakes/pause")
    page = (await place.get("/")).text
    assert "Pause is on" in page
    assert (await twin(place, "/"))["sentence"].startswith("Pause is on.")


@pytest.mark.parametrize("path", ["/?wall=1", "/status?wall=1", "/?wall=ink", "/status?wall=ink"])
async def test_a_wall_refreshes_itself_and_leads_nowhere(place: Place, path: str):
    page = (await place.get(path)).text
    assert '<meta http-equiv="refresh" content="60">' in page
    assert "<nav" not in page
    assert "<a " not in page
    assert ("<script" in page) is not path.endswith("ink")


async def test_the_family_is_told_whether_it_works_and_nothing_of_the_inside(house: House, place: Place):
    await house.do("machines.check", machine=LOCAL_NAME)
    assert "Everything works" in (await place.get("/status")).text
    finding = await put_finding(house, "nginx.service", log="bind() failed for /etc/nginx/nginx.conf")
    reply = await place.get("/status")
    assert "needs care" in reply.text
    assert "It is known; somebody has to look." in reply.text
    for inside in ("nginx", finding.id, "/etc/", "systemctl"):
        assert inside not in reply.text
    assert set(await twin(place, "/status")) == {
        "sentence", "state", "working", "broken", "groups", "as_of", "wall"
    }  # fmt: skip


async def test_the_family_is_never_told_good_of_what_nobody_sees(place: Place):
    page = (await place.get("/status")).text
    assert "nobody can tell" in page
    assert "Everything works" not in page


async def test_a_finding_shows_the_day_before_and_has_its_numbers_for_a_chart(house: House, place: Place):
    finding = await put_finding(house, "nginx.service")
    assert "The 24 hours before" in (await place.get(f"/findings/{finding.id}")).text
    reply = await place.get(f"/findings/{finding.id}/chart", **{"Sec-Fetch-Site": "same-origin"})
    chart = json.loads(reply.text)
    assert set(chart) == {"times", "series", "events"}
    assert chart["events"][0]["says"] == "nginx.service has failed"
