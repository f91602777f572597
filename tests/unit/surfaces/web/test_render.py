"""Text in pages: escaped, nothing hidden, times with their exact moment."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from steward.surfaces.web import static_files
from steward.surfaces.web.moments import Moments
from steward.surfaces.web.render import environment
from steward.surfaces.web.site import inside
from steward.surfaces.web.static_files import StaticFiles
from steward.surfaces.web.texts import LANGUAGES, Texts

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture
def templates():
    return environment(now=lambda: NOW, static=StaticFiles(), version="1")


@pytest.fixture
def moments():
    return Moments(now=lambda: NOW, texts=Texts())


def test_markup_in_a_text_is_shown_as_it_is_written(templates):
    shown = templates.from_string("<p title='{{ x }}'>{{ x }}</p>").render(x="'><script>")
    assert shown == "<p title='&#39;&gt;&lt;script&gt;'>&#39;&gt;&lt;script&gt;</p>"


def test_braces_in_a_text_are_not_a_template(templates):
    assert templates.from_string("{{ x }}").render(x="{{ 7 * 7 }}") == "{{ 7 * 7 }}"


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x1b", "\x00", "\u2066", "\ufeff"])
def test_a_character_nobody_could_see_is_written_out(templates, hidden):
    shown = templates.from_string("{{ x }}|{{ x ~ 'y' }}").render(x=f"a{hidden}b")
    assert hidden not in shown
    assert shown.count("\\u{") == 2


def test_a_name_that_is_not_there_is_our_mistake_and_not_empty(templates):
    with pytest.raises(UndefinedError):
        templates.from_string("{{ nothing }}").render()


def test_an_age_names_its_exact_moment_in_the_zone_of_the_house(moments):
    then = datetime(2026, 3, 1, 10, 57, tzinfo=UTC)
    expected = 'datetime="2026-03-01T10:57:00+00:00" title="2026-03-01 11:57:00" data-age>3 min ago<'
    assert expected in moments.ago(then.isoformat())


def test_time_left_rounds_and_ends(moments):
    assert "in 12 h<" in moments.left((NOW + timedelta(hours=11, minutes=59)).isoformat())
    assert "over<" in moments.left((NOW - timedelta(seconds=1)).isoformat())


@pytest.mark.parametrize("moment", [None, "", "soon", "2026-03-01T10:57:00", "<b>"])
def test_what_is_no_moment_is_never(moments, moment):
    assert moments.ago(moment) == "never"


@pytest.mark.parametrize(
    "address", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", "a", "", "/a\nb"]
)
def test_an_address_outside_leads_to_the_first_page(address):
    assert inside(address) == "/"


@pytest.mark.parametrize("address", ["/", "/a/K7QM", "/approvals?show=all"])
def test_an_address_inside_stays(address):
    assert inside(address) == address


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("every proof holds", "Every proof holds"),
        ("read it in `steward up`", "Read it in <code>steward up</code>"),
        ("nginx.service has failed", "nginx.service has failed"),
        ("m6 is silent", "m6 is silent"),
        ("one ` alone", "One ` alone"),
        ("`<b>` & <i>", "<code>&lt;b&gt;</code> &amp; &lt;i&gt;"),
        ("`a\u202eb`", "<code>a\\u{202e}b</code>"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_and_shows_commands_as_code(templates, said, shown):
    assert templates.from_string("{{ x | prose }}").render(x=said) == shown


def test_on_a_german_page_what_a_command_says_is_marked_as_english():
    german = environment(now=lambda: NOW, static=StaticFiles(), version="1", language="de")
    assert german.from_string("{{ x | said }}").render(x="<b> failed") == '<span lang="en">&lt;b&gt; failed</span>'
    assert german.from_string("{{ x | prose }}").render(x="a") == '<span lang="en">A</span>'
    assert german.from_string("{{ x | prose }}{{ x | said }}").render(x="") == ""


def test_german_writes_times_and_numbers_as_german_does():
    german = environment(now=lambda: NOW, static=StaticFiles(), version="1", language="de")
    assert german.from_string("{{ 1600 | size }}").render() == "1,6 KB"
    shown = german.from_string("{{ ago('2026-03-01T10:57:00+00:00') }}").render()
    assert 'title="01.03.2026 11:57:00" data-age>vor 3 min<' in shown


def test_what_a_script_rewrites_of_an_age_is_number_and_unit_in_every_language():
    script = (Path(static_files.FOLDER) / "page.js").read_text("utf-8")
    pattern = re.compile(re.search(r"replace\(/(.*?)/, span", script)[1])
    for language in LANGUAGES:
        moments = Moments(now=lambda: NOW, texts=Texts(language))
        for span in (timedelta(seconds=5), timedelta(minutes=5), timedelta(hours=5), timedelta(days=5)):
            says = re.search(r">(.*)<", moments.ago((NOW - span).isoformat()))[1]
            assert len(pattern.findall(says)) == 1, (language, says)
