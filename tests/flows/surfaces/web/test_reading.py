"""What the pages say, to people and to programs."""

from __future__ import annotations

import json

import pytest

from tests.flows.house import House
from tests.web.place import EVIL, Place, put_finding


async def test_now_answers_what_is_wrong_what_waits_and_how_the_machines_are(house: House, place: Place):
    card = await house.ask("one")
    finding = await put_finding(house, "nginx.service")
    page = (await place.get("/")).text
    assert "nginx.service has failed" in page
    assert "nginx.service stays down" in page
    assert f'href="/a/{card["approval"]["code"]}"' in page
    assert f'href="/findings/{finding.id}"' in page
    assert "Down" in page


async def test_a_finding_shows_each_value_with_its_source_and_marks_what_is_from_outside(house: House, place: Place):
    finding = await put_finding(house, "nginx.service", log="bind() failed")
    page = (await place.get(f"/findings/{finding.id}")).text
    assert "systemctl on here" in page
    assert page.count("from outside") == 1
    assert "bind() failed" in page


async def test_a_finding_that_is_over_says_so(place: Place):
    reply = await place.get("/findings/find-0000000000")
    assert reply.status == 404
    assert "Not wrong any more" in reply.text


async def test_words_from_outside_stay_words_on_every_page(house: House, place: Place):
    finding = await put_finding(house, EVIL)
    for path in ("/", f"/findings/{finding.id}"):
        page = (await place.get(path)).text
        assert "<b id" not in page
        assert "onload=alert(1)>" not in page.replace("onload=alert(1)&gt;", "")
        assert "\u202e" not in page
        assert "\x1b" not in page
        assert "{{ 7 * 7 }}" in page


@pytest.mark.parametrize("path", ["/", "/approvals", "/brakes"])
async def test_every_page_has_a_twin_for_programs(place: Place, path: str):
    reply = await place.get(path, Accept="application/json")
    assert reply.headers["content-type"] == "application/json"
    assert isinstance(json.loads(reply.text), dict)


async def test_a_page_that_refreshes_itself_gets_its_middle_only(place: Place):
    reply = await place.get("/", **{"HX-Request": "true", "HX-Request-Type": "partial"})
    assert reply.text.lstrip().startswith("<main")
    assert "<html" not in reply.text


async def test_what_is_not_there_is_a_page_with_the_next_step(place: Place):
    reply = await place.get("/a/ZZZZ")
    assert reply.status == 404
    assert "<h1>" in reply.text


async def test_a_secret_is_masked_on_every_page(house: House, place: Place):
    house.steward.redactor.add("db", "hunter2-hunter2")
    finding = await put_finding(house, "db.service", log="login with hunter2-hunter2 failed")
    page = (await place.get(f"/findings/{finding.id}")).text
    assert "hunter2" not in page
    assert "secret:db" in page


async def test_a_style_sheet_is_kept_for_good_under_the_name_of_its_content(place: Place):
    page = (await place.get("/")).text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "immutable" in (await place.get(address)).headers["cache-control"]
    assert (await place.get("/static/../routes.py")).status == 404


async def test_an_error_speaks_the_language_of_whoever_meets_it(place):
    english = await place.get("/m/nobody-of-this-name", accept="text/html")
    german = await place.get("/m/nobody-of-this-name", **{"accept": "text/html", "accept-language": "de"})
    chosen = f"steward={place.cookie}; steward-language=de"
    by_choice = await place.get("/m/nobody-of-this-name", accept="text/html", cookie=chosen)
    assert english.status == german.status == by_choice.status == 404
    assert "<h1>Not found</h1>" in english.text
    assert "<h1>Nicht gefunden</h1>" in german.text
    assert '<html lang="de"' in by_choice.text
