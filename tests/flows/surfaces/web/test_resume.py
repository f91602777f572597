"""Resume and fork from the page of a run, over real HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.flows.house import House
from tests.flows.test_resume import failing, run_of
from tests.web.place import Place


async def test_the_page_offers_to_go_on_and_leads_to_a_card_that_shows_what_is_taken_over(
    house: House, place: Place, tmp_path: Path
):
    run = await run_of(house, failing(tmp_path / "flag"))
    page = (await place.get(f"/r/{run}")).text
    assert "Resume from try" in page
    assert "<option>begin</option><option>try</option><option>end</option>" in page
    reply = await place.post(f"/r/{run}/resume")
    assert reply.status == 303
    card = (await place.get(reply.place)).text
    assert f"Goes on from {run}" in card
    assert f'href="/r/{run}"' in card
    later = (await place.get(f"/r/{run}")).text
    assert "Goes on as" in later


async def test_a_fork_gives_only_the_inputs_that_were_changed(house: House, place: Place, tmp_path: Path):
    run = await run_of(house, failing(tmp_path / "flag"))
    form = {"step": "try", "input.name": "third", "before.name": "second"}
    reply = await place.post(f"/r/{run}/fork", **form)
    assert reply.status == 303
    page = (await place.get(reply.place)).text
    assert f"Fork of {run}" in page
    assert "name = &#34;third&#34;" in page


async def test_a_fork_that_cannot_be_says_why_beside_the_run(house: House, place: Place, tmp_path: Path):
    run = await run_of(house, failing(tmp_path / "flag"))
    reply = await place.post(f"/r/{run}/fork", step="nowhere")
    assert reply.status == 404
    assert "no step" in reply.text.partition("nowhere")[0][-200:]
