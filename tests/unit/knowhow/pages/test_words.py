import re

import pytest

from steward.knowhow.pages.words import bullets, code, link, listed, name, numbered, prose, section, table

HOSTILE = (
    "# heading",
    "- item",
    "1. first",
    "[click](https://evil.example)",
    "![](https://evil.example/x.png)",
    "<script>alert(1)</script>",
    "<!-- notes: end -->",
    "a`b`c",
    "``",
    "a|b|c",
    "two\nlines\n\n# three",
    "https://evil.example/",
    "www.evil.example",
    "me@evil.example",
    "*bold* _it_ ~~no~~ $x$ &amp; \\",
    "---",
    "\u202egnp.exe\u200b",
    "![[wiki]]",
    "{{ template }}",
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("write", [code, name, prose])
def test_outside_backticks_nothing_of_a_machine_can_mean_anything(write, text):
    written = write(text)
    assert "\n" not in written
    bare = re.sub(r"`[^`]*`", "", written)
    assert written.count("`") % 2 == 0
    assert not re.search(r"[#*_<>\[\]|~$&\\@{}]|://|www\.", bare), written
    assert not re.match(r"\s*(\d+[.)]|[-+=])(\s|$)", bare), written


def test_a_name_of_letters_digits_and_dashes_stays_as_it_is():
    assert name("photo-box2") == "photo-box2"
    assert [name(each) for each in ("a.b", "-a", "a--b", "a b", "")] == ["`a.b`", "`-a`", "`a--b`", "`a b`", "-"]


def test_a_sentence_stays_readable():
    told = "nas: /srv/media is 97% full (since 3 days), 1/2 of it by web_1; is that right?"
    assert prose(told) == "nas: /srv/media is 97% full (since 3 days), 1/2 of it by `web_1`; is that right?"


def test_long_texts_are_cut():
    assert len(code("x" * 5_000)) < 200
    assert len(prose("x y " * 5_000)) < 400


def test_what_is_left_out_of_a_list_is_counted():
    rows = [[str(number)] for number in range(5)]
    assert table(("n",), rows, most=3).endswith("| 2 |\n\nAnd 2 more.\n")
    assert bullets([row[0] for row in rows], most=4).endswith("- and 1 more\n")
    assert listed(["a", "b", "c"], most=2) == "a, b and 1 more"


def test_what_is_empty_leaves_no_trace():
    assert (table(("n",), []), bullets([]), numbered([]), section("Title", "", " "), listed([])) == ("", "", "", "", "")


def test_a_cell_without_a_text_shows_that():
    assert table(("a", "b"), [["x", ""]]) == "| a | b |\n| --- | --- |\n| x | - |\n"


def test_a_link_shows_a_hostile_name_and_leads_to_our_page():
    assert link("](x)", "../services/x.md") == "[`](x)`](../services/x.md)"
