"""A schedule is told in plain English, and no text of a stranger gets out of its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.schedule_words import describe
from steward.model.trigger import Schedule


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"daily_at": "03:30"}, "every day at 03:30 Europe/Berlin"),
        ({"daily_at": "20:00,08:00,12:30:15"}, "every day at 08:00, 12:30:15 and 20:00 Europe/Berlin"),
        ({"daily_at": "03:30", "zone": "UTC"}, "every day at 03:30 UTC"),
        ({"cron": "30 3 * * 1-5"}, "at 03:30 on Monday through Friday Europe/Berlin"),
        ({"cron": "@daily"}, "at 00:00 every day Europe/Berlin"),
        ({"every": "15m"}, "every 15 minutes"),
        ({"every": "1h"}, "every hour"),
        ({"every": "36h"}, "every 36 hours"),
        ({"every": "2d"}, "every 2 days at 00:00 Europe/Berlin"),
        ({"calendar": "weekly"}, "every Monday at 00:00 Europe/Berlin"),
        ({"calendar": "Annually"}, "on 1 January at 00:00 Europe/Berlin"),
        ({"calendar": "Mon *-*-* 3:00"}, "whenever systemd's calendar says Mon *-*-* 3:00 Europe/Berlin"),
        ({"calendar": "Mon *-*-* 3:00 UTC"}, "whenever systemd's calendar says Mon *-*-* 3:00 UTC"),
        ({"once": "2026-03-01 02:30"}, "once, at 2026-03-01 02:30 Europe/Berlin"),
        ({"once": "2026-03-01 02:30+05:00"}, "once, at 2026-03-01 02:30+05:00"),
        ({"every": "1h", "jitter_seconds": 300}, "every hour, put off by up to 5 minutes"),
        ({"every": "soon"}, "`soon` is no interval"),
        ({}, "no schedule"),
    ],
)
def test_a_schedule_is_told_in_words(form, words):
    assert describe(Schedule(**form), "Europe/Berlin") == words


def test_without_a_zone_none_is_named():
    assert describe(Schedule(daily_at="03:30")) == "every day at 03:30"


@given(st.sampled_from(["cron", "every", "daily_at", "calendar", "once", "zone"]), st.text(max_size=60))
def test_no_text_breaks_out_of_its_line(form, text):
    words = describe(Schedule(**{"daily_at": "03:30", form: text} if form == "zone" else {form: text}))
    assert words.isprintable()
    assert "\n" not in words
