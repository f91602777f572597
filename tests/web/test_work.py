"""One run in Chromium while it goes: steps and log appear, what somebody opened stays open, nothing printed acts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.house import House
from tests.web.place import EVIL, Place
from tests.web.runs_lab import chain, half_failed, make_unknown, planned, run_of, shell
from tests.web.test_stored_attack import nothing_happened
from tests.web.watched import PALE, SMALL_TARGETS, UNLABELED, Watched, open_tab

WAITS = "touch {files}/begun; i=0; while [ $i -lt 60 ]; do echo early-$i; i=$((i+1)); done; {wait}; echo the-last-line"
UNTIL = "n=0; while [ ! -e {files}/go ] && [ $n -lt 1800 ]; do sleep 0.1; n=$((n+1)); done"


async def going(house: House) -> str:
    """Return a run whose second step waits for a file of ours."""
    script = WAITS.format(files=house.files, wait=UNTIL.format(files=house.files))
    steps = (
        ("first", "file.make", {"name": "made-first"}),
        ("second", "shell.run", {"script": script, "reason": "a test"}),
        ("third", "file.make", {"name": "made-third"}),
    )
    card = await planned(house, chain(*steps))
    await house.approve(card)
    return card["run"]


async def watched(place: Place, chromium: Any, path: str, **more: Any) -> Watched:
    tab = await open_tab(chromium, place, **more)
    await tab.page.goto(place.address + path)
    await tab.page.wait_for_selector('#live[data-state="live"]')
    return tab


async def at_end(log: Any) -> bool:
    return await log.evaluate("each => each.scrollHeight - each.scrollTop - each.clientHeight < 8")


async def test_steps_and_log_appear_while_the_run_goes_and_the_log_follows(house: House, place: Place, chromium: Any):
    run = await going(house)
    tab = await watched(place, chromium, f"/r/{run}")
    await tab.page.locator("#at-second .badge", has_text="Running").wait_for()
    log = tab.page.locator("section pre.log").last
    await tab.page.get_by_text("early-59").last.wait_for()
    assert await at_end(log)
    (house.files / "go").touch()
    await tab.page.locator("#at-third .badge", has_text="Done").wait_for()
    await tab.page.get_by_role("heading", name="Receipt").wait_for()
    assert await tab.page.get_by_text("the-last-line").count() > 0
    assert await at_end(log)
    assert await tab.reports() == []
    assert tab.said == []


async def test_what_somebody_opened_or_scrolled_stays_so_when_more_arrives(house: House, place: Place, chromium: Any):
    run = await going(house)
    tab = await watched(place, chromium, f"/r/{run}")
    await tab.page.get_by_text("early-59").last.wait_for()
    await tab.page.locator("#fold-first > summary").click()
    log = tab.page.locator("section pre.log").last
    await log.evaluate("each => { each.scrollTop = 40 }")
    await tab.page.wait_for_timeout(100)
    (house.files / "go").touch()
    await tab.page.get_by_role("heading", name="Receipt").wait_for()
    assert await tab.page.locator("#fold-first").evaluate("fold => fold.open")
    assert await log.evaluate("each => each.scrollTop") == 40
    await tab.page.locator("#fold-first > summary").click()
    await tab.refresh("run")
    assert not await tab.page.locator("#fold-first").evaluate("fold => fold.open")


async def test_a_failed_step_that_was_closed_stays_closed_when_the_page_fetches_itself(
    house: House, place: Place, chromium: Any
):
    run = await half_failed(house)
    tab = await watched(place, chromium, f"/r/{run}")
    fold = tab.page.locator("#fold-second")
    assert await fold.evaluate("fold => fold.open")
    await fold.locator("> summary").click()
    await tab.refresh("run")
    assert not await fold.evaluate("fold => fold.open")


async def test_a_run_is_ended_and_planned_anew_with_keys_alone(house: House, place: Place, chromium: Any):
    run = await going(house)
    tab = await watched(place, chromium, f"/r/{run}")
    await tab.page.locator("#at-second .badge", has_text="Running").wait_for()
    await tab.page.keyboard.press("l")
    assert await tab.page.evaluate("document.activeElement.classList.contains('tail')")
    await tab.page.keyboard.press("c")
    async with tab.page.expect_navigation():
        await tab.page.keyboard.press("Enter")
    await house.ended(run)
    await tab.page.goto(f"{place.address}/r/{run}")
    await tab.page.get_by_role("button", name="Retry from here").wait_for()
    await tab.page.keyboard.press("Shift+R")
    await tab.page.keyboard.press("Enter")
    await tab.page.wait_for_url("**/a/*")
    assert await tab.page.get_by_role("heading", level=1).inner_text() == "Retry: Put three things in order"


async def test_what_was_refused_stays_on_the_screen_when_the_page_fetches_itself(
    house: House, place: Place, chromium: Any
):
    run = await going(house)
    tab = await open_tab(chromium, place)
    await tab.page.route("**/live?*", lambda route: route.abort())  # the page does not hear that the run has ended
    await tab.page.goto(f"{place.address}/r/{run}")
    (house.files / "go").touch()
    await house.ended(run)
    await tab.page.unroute("**/live?*")
    await tab.page.locator("form[action$='/cancel'] button").click()
    problem = tab.page.locator("#problem")
    await problem.wait_for()
    told = await problem.inner_text()
    await tab.page.wait_for_selector('#live[data-state="live"]')
    await tab.refresh("run")
    assert await problem.inner_text() == told
    assert await problem.is_visible()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")])
async def test_every_state_is_sound_to_look_at(house: House, place: Place, chromium: Any, width: int, scheme: str):
    lost = await run_of(house, await house.ask("lost"))
    await make_unknown(house, lost)
    colors = "".join(f"\\033[{number}mcolor {number}\\033[0m " for number in (1, 2, *range(30, 38), *range(90, 98)))
    red = await run_of(house, await shell(house, f"printf '{colors}'; echo {'x' * 300}; exit 1"))
    waiting = (await house.ask("y" * 100))["run"]
    tab = await open_tab(chromium, place, width=width, scheme=scheme)
    paths = ["/work", "/work?state=trouble", "/work?state=nothing", "/work?text=not-there"]
    for path in [*paths, *(f"/r/{run}" for run in (lost, red, waiting, await half_failed(house)))]:
        await tab.page.goto(place.address + path)
        for fold in await tab.page.locator("main details").all():
            await fold.evaluate("fold => { fold.open = true }")
        assert await tab.page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert await tab.page.evaluate(SMALL_TARGETS) == [], path
        assert await tab.page.evaluate(UNLABELED) == [], path
        assert await tab.page.evaluate(PALE) == [], path
        assert await tab.page.locator("h1").count() == 1, path
        assert await tab.reports() == [], path
    assert [line for line in tab.said if "422" not in line] == []


async def test_what_is_printed_in_colors_fires_nothing_in_steps_log_or_list(house: House, place: Place, chromium: Any):
    (house.files / "evil").write_text(f"\x1b[31m{EVIL}\x1b[0m\n<scr\x1b[1mipt>alert(1)</script>\n\x1b]8;;x:{EVIL}\x07a")
    run = await run_of(house, await shell(house, f"cat {house.files}/evil; exit 1"))
    named = (await house.ask(EVIL.replace("/", "")))["run"]
    tab = await open_tab(chromium, place)
    for path in (f"/r/{run}", f"/r/{run}?step=step-1", f"/r/{named}", "/work"):
        await tab.begin(place.address + path)
        await tab.page.wait_for_selector('#live[data-state="live"]')
        await tab.page.wait_for_timeout(300)
        assert await tab.page.get_by_text("onload=alert(1)").count() > 0, path
        await nothing_happened(house, place, tab, path)


async def test_without_scripts_a_reload_shows_how_the_run_goes(house: House, place: Place, chromium: Any):
    run = await going(house)
    tab = await open_tab(chromium, place, java_script_enabled=False)
    await tab.page.goto(f"{place.address}/r/{run}")
    (house.files / "go").touch()
    await house.ended(run)
    await tab.page.reload()
    assert await tab.page.locator("#at-third .badge", has_text="Done").count() == 1
    await tab.page.locator("#fold-second > summary").click()
    await tab.page.locator("#fold-second").get_by_role("link", name="Only this step").click()
    await tab.page.wait_for_url("**?step=second**")
    assert await tab.page.locator("#log + a").inner_text() == "Log of all steps"
