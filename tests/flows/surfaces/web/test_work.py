"""The pages of work over real HTTP: the list, one run, and everything that can be done about it."""

from __future__ import annotations

import asyncio
import json

import pytest

from steward.app.start import LOCAL_NAME
from steward.model.run import RunState
from tests.flows.house import House
from tests.web.place import EVIL, PASSWORD, Place
from tests.web.runs_lab import half_failed, make_unknown, run_of, shell


async def test_the_list_shows_each_run_with_who_asked_and_who_said_yes(house: House, place: Place):
    run = await run_of(house, await house.ask("one"))
    page = (await place.get("/work")).text
    assert f'href="/r/{run}"' in page
    assert "Verified" in page
    assert "uid-1000" in page
    assert "1 decided this week" in page
    assert 'aria-current="page"' in page.partition('href="/work"')[2].partition(">")[0]


async def test_an_empty_house_teaches_the_next_step(place: Place):
    page = (await place.get("/work")).text
    assert "Nothing was asked for yet." in page
    assert "steward plan" in page


async def test_filters_live_in_the_address_and_pages_keep_them(house: House, place: Place):
    for number in range(32):
        card = await house.ask(f"file-{number:02d}")
        await house.do("runs.cancel", run=card["run"])
    other = await run_of(house, await shell(house, "true"))
    first = (await place.get("/work?state=cancelled&text=file-")).text
    assert first.count('href="/r/run-') == 30
    assert other not in first
    assert '<option value="cancelled" selected>' in first
    link = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert link.startswith("/work?state=cancelled&text=file-&before=run-")
    second = (await place.get(link)).text
    assert second.count('href="/r/run-') == 2
    assert 'rel="next"' not in second


async def test_a_filter_that_cannot_be_says_what_is_wrong_and_keeps_what_was_asked(place: Place):
    reply = await place.get("/work?machine=elsewhere&state=verified")
    assert reply.status == 404
    assert "There is no machine" in reply.text
    assert "<option selected>elsewhere</option>" in reply.text


async def test_a_failed_step_stands_open_with_its_last_lines_and_the_next_step(house: House, place: Place):
    run = await run_of(house, await shell(house, "for i in $(seq 1 90); do echo line-$i; done; exit 4"))
    page = (await place.get(f"/r/{run}")).text
    fold = page.partition('id="fold-step-1"')[2].partition("</details>")[0]
    assert fold.startswith(" open>")
    printed = fold.partition("<pre")[2].partition("</pre>")[0]
    assert "line-61\n" in printed
    assert "line-60\n" not in printed
    assert "All 90 lines" in fold
    assert "plan the rest anew" in page
    whole = (await place.get(f"/r/{run}?step=step-1")).text
    assert "line-1\n" in whole.partition('id="fold-step-1"')[2].partition("</pre>")[0]


async def test_only_the_chosen_step_is_in_the_log(house: House, place: Place):
    run = await half_failed(house)
    log = (await place.get(f"/r/{run}?step=first")).text.partition('id="log"')[2].partition("</section>")[0]
    assert "made it" in log
    assert "No such file" not in log
    assert "step ended" in log


async def test_retry_leads_to_a_card_of_its_own(house: House, place: Place):
    run = await half_failed(house)
    assert "Retry from here" in (await place.get(f"/r/{run}")).text
    reply = await place.post(f"/r/{run}/retry")
    assert reply.status == 303
    card = (await place.get(reply.place)).text
    assert "Retry: Put three things in order" in card
    assert "Approve and run" in card
    assert not house.has("third")


async def test_a_retry_that_cannot_be_says_why_beside_the_run(house: House, place: Place):
    run = await run_of(house, await house.ask("one"))
    page = (await place.get(f"/r/{run}")).text
    assert "Retry from here" not in page
    reply = await place.post(f"/r/{run}/retry")
    assert reply.status == 409
    assert "ended well" in reply.text


async def test_a_waiting_run_is_ended_from_its_page(house: House, place: Place):
    card = await house.ask("one")
    page = (await place.get(f"/r/{card['run']}")).text
    assert f'href="/a/{card["approval"]["code"]}"' in page
    assert (await place.post(f"/r/{card['run']}/cancel")).status == 303
    assert (await house.receipt(card["run"])).run.state is RunState.CANCELLED


async def test_what_nobody_knows_is_settled_by_a_proven_person_only(house: House, place: Place):
    run = await run_of(house, await house.ask("one"))
    await make_unknown(house, run)
    assert "It ended well" in (await place.get(f"/r/{run}")).text
    assert (await place.post(f"/r/{run}/settle", outcome="ok")).status in {403, 422}
    assert (await house.receipt(run)).run.state is RunState.UNKNOWN
    assert (await place.post(f"/r/{run}/settle", outcome="surely")).status == 422
    assert (await place.post(f"/r/{run}/settle", outcome="ok", password=PASSWORD)).status == 303
    for _ in range(300):
        receipt = await house.receipt(run)
        if receipt.run.state is RunState.VERIFIED:
            break
        await asyncio.sleep(0.1)
    assert receipt.run.state is RunState.VERIFIED
    assert "settled by" in receipt.steps[0].note


async def test_a_run_is_taken_away_as_markdown_or_json(house: House, place: Place):
    run = await run_of(house, await house.ask("one"))
    told = await place.get(f"/r/{run}?format=md")
    assert told.headers["content-type"] == "text/markdown; charset=utf-8"
    assert told.headers["content-disposition"] == f'attachment; filename="{run}.md"'
    assert told.text == (await house.do("runs.story", run=run)).result["text"]
    plain = await place.get(f"/r/{run}?format=json")
    assert json.loads(plain.text)["run"]["id"] == run
    assert (await place.get("/r/run-gone?format=md")).status == 404


async def test_the_twin_for_programs_tells_progress_too(house: House, place: Place):
    run = await run_of(house, await house.ask("one"))
    twin = json.loads((await place.get(f"/r/{run}", Accept="application/json")).text)
    assert twin["progress"]["steps"][0]["state"] == "done"
    listed = json.loads((await place.get("/work?state=verified", Accept="application/json")).text)
    assert [line["id"] for line in listed["runs"]] == [run]


async def test_audit_rows_lead_to_the_audit(house: House, place: Place):
    run = await run_of(house, await house.ask("one"))
    rows = (await house.receipt(run)).audit
    page = (await place.get(f"/r/{run}")).text
    assert rows
    assert [row for row in rows if f'href="/settings/audit?row={row}"' not in page] == []


@pytest.mark.parametrize("query", ["", "?step=step-1"])
async def test_colors_of_a_terminal_become_classes_and_markup_stays_words(house: House, place: Place, query: str):
    (house.files / "evil").write_text(f"\x1b[31mred\x1b[0m <scr\x1b[1mipt>alert(1)</script>{EVIL}")
    run = await run_of(house, await shell(house, f"cat {house.files}/evil; exit 1"))
    page = (await place.get(f"/r/{run}{query}")).text
    assert '<span class="ansi-red">red</span>' in page
    assert "<b id" not in page
    assert "alert(1)</script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert LOCAL_NAME in page
