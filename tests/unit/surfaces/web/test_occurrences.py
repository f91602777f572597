"""How occurrences look: the end of the run says most, and what was late is never green."""

from __future__ import annotations

import pytest

from steward.model.trigger import OccurrenceState
from steward.surfaces.web.occurrences import beats, columns, tone_and_word
from steward.surfaces.web.texts import Texts


def row(state: str, **more: object) -> dict[str, object]:
    return {
        "id": "occ-1",
        "due": "2026-03-02T05:30:00+00:00",
        "state": state,
        "result": "",
        "is_late": False,
        "seconds": None,
        **more,
    }


def test_the_end_of_the_run_says_more_than_that_it_ended():
    assert tone_and_word(row("ended", result="failed")) == ("down", "state.run.failed")
    assert tone_and_word(row("ended")) == ("ok", "state.occurrence.ended")


@pytest.mark.parametrize("state", OccurrenceState)
def test_only_an_ended_one_is_green(state: OccurrenceState):
    assert (tone_and_word(row(state.value))[0] == "ok") == (state is OccurrenceState.ENDED)


def test_one_that_was_late_is_never_green_and_says_so():
    late = beats([row("ended", result="verified", is_late=True)], Texts())[-1]
    assert late["tone"] == "warning"
    assert late["says"].endswith("Verified, Late")


def test_the_strip_has_thirty_places_with_the_newest_last():
    strip = beats([row("missed"), row("ended", result="verified")], Texts())
    assert len(strip) == 30
    assert [each["tone"] for each in strip[-3:]] == ["none", "ok", "warning"]


def test_only_what_ran_to_its_end_is_a_bar():
    rows = [row("missed"), row("ended", result="verified", seconds=4.0), row("ended", result="failed", seconds=8.0)]
    assert [each["tone"] for each in columns(rows)] == ["down", "ok"]
