"""Documentation and settings in Chromium: sound at every width, and hostile text in pages and rows fires nothing."""

from __future__ import annotations

from typing import Any

import pytest

from steward.app.start import LOCAL_NAME
from tests.flows.house import House
from tests.flows.surfaces.web.test_knowledge import written_by_hand
from tests.unit.surfaces.web.test_markdown import HOSTILE
from tests.web.place import EVIL, Place
from tests.web.test_stored_attack import nothing_happened
from tests.web.test_sweep import LOOKS
from tests.web.watched import open_tab

WIDE = "| " + " | ".join(f"column {number}" for number in range(14)) + " |\n" + "|---" * 14 + "|\n"


async def filled(house: House) -> list[str]:
    """Let there be documentation, a grant and rows, and return the addresses."""
    await house.daemon.look()
    await house.do("docs.build")
    written_by_hand(house, "docs/wide.md", f"# {'w' * 80}\n\n{WIDE}{WIDE[:200]}\n\n`{'x' * 200}`\n")
    terms: dict[str, Any] = {"command": "file.make", "machine": [LOCAL_NAME], "where": ["name=" + "z" * 80]}
    await house.do("machines.promote", machine=LOCAL_NAME, to="granted")
    await house.do("grants.add", **terms)
    return [
        "/knowledge",
        "/knowledge?q=machine",
        "/knowledge?q=zebra",
        "/knowledge/docs/README.md",
        "/knowledge/docs/break-glass.md",
        "/knowledge/docs/wide.md",
        "/settings/autonomy",
        f"/settings/autonomy?command=file.make&on={LOCAL_NAME}&input=name%3Done",
        "/settings/values",
        "/settings/audit",
        "/settings/audit?row=3&check=1",
        "/settings/audit?kind=nothing",
        "/settings/doctor",
        "/settings/about",
    ]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
async def test_every_page_of_knowledge_and_settings_is_sound(
    house: House, place: Place, chromium: Any, width: int, scheme: str
):
    addresses = await filled(house)
    tab = await open_tab(chromium, place, width=width, scheme=scheme)
    for address in addresses:
        await tab.assert_sound(place.address + address)
    assert {asked.split(" ")[1].startswith(place.address) for asked in tab.asked} == {True}


async def test_a_hostile_document_fires_nothing_and_loads_nothing(house: House, place: Place, chromium: Any):
    text = "\n\n".join((EVIL, *HOSTILE))
    written_by_hand(house, "docs/evil.md", f"# {EVIL}\n\n{text}\n\n![x](/never) <!-- notes: yours, kept -->\n")
    tab = await open_tab(chromium, place)
    for path in ("/knowledge/docs/evil.md", "/knowledge", "/knowledge?q=onload"):
        await tab.begin(place.address + path)
        await tab.page.wait_for_timeout(300)
        assert await tab.page.get_by_text('<b id="evil"').count() > 0, path
        await nothing_happened(house, place, tab, path)
        odd = "main :is(script, style, iframe, img, object, embed, [onload], [onerror], [hx-post], [style], #evil)"
        assert await tab.page.locator(odd).count() == 0, path
        assert await tab.page.locator("main a[href^='javascript' i], main a[href^='data' i]").count() == 0, path


async def test_hostile_words_in_the_audit_fire_nothing(house: House, place: Place, chromium: Any):
    await house.do("pause", minutes=5, reason=EVIL)
    await house.do("resume")
    terms: dict[str, Any] = {"command": "file.make", "machine": [LOCAL_NAME], "where": [f"name={EVIL}"]}
    await house.do("grants.add", **terms)
    rows = (await house.do("audit.ls", kind="grant.added")).result["rows"]
    tab = await open_tab(chromium, place)
    path = f"/settings/audit?row={rows[0]['seq']}"
    await tab.page.goto(place.address + path)
    await tab.page.wait_for_timeout(300)
    assert await tab.page.get_by_text("onload=alert(1)").count() > 0
    await nothing_happened(house, place, tab, path)


async def test_one_reads_from_the_overview_to_a_machine_without_scripts(house: House, place: Place, chromium: Any):
    await filled(house)
    tab = await open_tab(chromium, place, java_script_enabled=False)
    await tab.page.goto(f"{place.address}/knowledge")
    await tab.page.get_by_role("link", name="This homelab").click()
    await tab.page.get_by_role("link", name=LOCAL_NAME, exact=True).first.click()
    await tab.page.wait_for_url(f"**/knowledge/docs/machines/{LOCAL_NAME}.md")
    assert await tab.page.get_by_role("heading", level=1, name=LOCAL_NAME).count() == 1
