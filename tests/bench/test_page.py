"""One section of the page is measured anew, the others stay."""

from __future__ import annotations

import pytest

from tests.bench.page import INTRO, merged

OLD = "# Performance\n\nsome other intro\n\n## One\n\nold one\n\n| a |\n|---|\n\n## Two\n\nold two\n"


def test_a_section_takes_the_place_of_the_old_one_and_the_others_stay():
    page = merged(OLD, ["## Two\n\nnew two\n"])
    assert page == f"{INTRO.strip()}\n\n## One\n\nold one\n\n| a |\n|---|\n\n## Two\n\nnew two\n"
    assert merged(page, []) == page


def test_a_section_that_was_not_there_comes_last_and_an_absent_page_is_begun():
    page = merged(OLD, ["## Three\n\nnew three\n"])
    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## One", "## Two", "## Three"]
    assert merged("", ["## Three\n\nnew three\n"]) == f"{INTRO.strip()}\n\n## Three\n\nnew three\n"


def test_a_section_without_a_title_is_a_mistake():
    with pytest.raises(ValueError, match="begins with its title"):
        merged(OLD, ["new two\n"])
