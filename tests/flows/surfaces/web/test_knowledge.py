"""The documentation in the browser: listed, read, searched, written anew."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from steward.app.start import LOCAL_NAME
from tests.flows.house import House
from tests.web.place import EVIL, PASSWORD, Place

KNOWLEDGE = "/knowledge"


def written_by_hand(house: House, path: str, text: str) -> None:
    """Commit a file of the owner's."""
    root = Path(house.steward.settings.workspace)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    git = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@localhost"]
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "By hand"], check=True)


async def test_before_anything_is_written_the_page_teaches_what_to_do_and_a_build_asks_for_the_password(
    house: House, place: Place
):
    await house.daemon.look()
    empty = (await place.get(KNOWLEDGE)).text
    assert "Nothing is written yet." in empty
    assert "steward docs build" in empty
    refused = await place.post(f"{KNOWLEDGE}/build")
    assert (refused.status, 'role="alert"' in refused.text) == (403, True)
    assert (await house.do("docs.ls")).result["pages"] == []
    built = await place.post(f"{KNOWLEDGE}/build", password=PASSWORD)
    assert (built.status, built.place) == (303, KNOWLEDGE)
    page = (await place.get(KNOWLEDGE)).text
    assert "Says what is seen" in page
    assert f'href="{KNOWLEDGE}/docs/machines/{LOCAL_NAME}.md"' in page


async def test_a_page_is_drawn_with_its_links_its_age_and_a_place_for_notes(house: House, place: Place):
    await house.daemon.look()
    await house.do("docs.build")
    page = (await place.get(f"{KNOWLEDGE}/docs/README.md")).text
    assert f'href="{KNOWLEDGE}/docs/machines/{LOCAL_NAME}.md"' in page
    assert f'href="{KNOWLEDGE}/docs/break-glass.md"' in page
    assert page.count("<h1") == 1
    assert "Nothing yet. Write between the two marks" in page
    assert "Says what is seen" in page
    followed = await place.get(f"{KNOWLEDGE}/docs/machines/{LOCAL_NAME}.md")
    assert followed.status == 200
    twin = json.loads((await place.get(f"{KNOWLEDGE}/docs/README.md", Accept="application/json")).text)
    assert twin["entry"]["path"] == "README.md"
    assert "drawn" not in twin


async def test_a_page_that_no_longer_says_what_is_seen_tells_so(house: House, place: Place):
    await house.daemon.look()
    await house.do("docs.build")
    path = f"docs/machines/{LOCAL_NAME}.md"
    root = Path(house.steward.settings.workspace)
    written_by_hand(house, path, (root / path).read_text().replace("## ", "## Old "))
    assert "Differs from what is seen" in (await place.get(KNOWLEDGE)).text
    assert "A build would add" in (await place.get(f"{KNOWLEDGE}/{path}")).text


async def test_words_are_found_with_page_and_line_and_stay_in_the_address(house: House, place: Place):
    await house.daemon.look()
    await house.do("docs.build")
    written_by_hand(house, "docs/cables.md", "# Cables\n\nThe blue one goes to the attic.\n")
    page = (await place.get(f"{KNOWLEDGE}?q=ATTIC+blue")).text
    assert "cables.md:3" in page
    assert 'value="ATTIC blue"' in page
    assert "steward docs search" in page
    assert "No page holds these words." in (await place.get(f"{KNOWLEDGE}?q=zebra")).text


async def test_hostile_words_of_a_page_stay_words(house: House, place: Place):
    written_by_hand(house, "docs/evil.md", f"# {EVIL}\n\n{EVIL}\n\n[x](javascript:alert(1)) ![y](/never)\n")
    for path in (f"{KNOWLEDGE}/docs/evil.md", KNOWLEDGE, f"{KNOWLEDGE}?q=evil"):
        page = (await place.get(path)).text
        assert "<b id" not in page, path
        assert "<svg onload" not in page, path
        assert "<img" not in page, path
        assert '<a href="javascript' not in page, path
        assert "\u202e" not in page, path


async def test_a_page_that_is_not_there_is_said_so(place: Place):
    for path in ("nothing.md", "..%2finventory.yaml", "machines"):
        assert (await place.get(f"{KNOWLEDGE}/docs/{path}")).status == 404, path
