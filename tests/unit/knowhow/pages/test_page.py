from dataclasses import replace
from datetime import date

import pytest

from steward.knowhow.pages.page import BEGIN, END, WRITTEN, Page, front_of, gone_text, notes_of, text_of
from steward.model.errors import InvalidFile

DAY = date(2026, 11, 21)
PAGE = Page(path="docs/machines/nas.md", kind="machine", id="m-1", before="# nas\n\ntext\n", after="end\n")


def test_a_page_tells_what_it_is_about():
    page = replace(PAGE, machine="m-2", source="containers", has_date=True, before=f"# nas\n\nOf {WRITTEN}.\n")
    text = text_of(page, "mine\n", DAY)
    front = front_of(text)
    assert front is not None
    assert (front.kind, front.id, front.machine, front.source) == ("machine", "m-1", "m-2", "containers")
    assert (front.written, front.gone) == (DAY, None)
    assert "Of 2026-11-21." in text


@pytest.mark.parametrize(
    "notes",
    [
        "",
        "\n",
        "a\n",
        "no newline in between\r\nb\r\n",
        "\u2028 \x0c \x85 \ttab \n\n",
        "---\n# x\n<!-- notes -->\n",
        WRITTEN + "\n",
    ],
)
def test_notes_come_back_byte_for_byte(notes):
    text = text_of(PAGE, notes, DAY)
    assert notes_of(text, PAGE.path) == notes
    assert text_of(PAGE, notes_of(text, PAGE.path), DAY) == text


def test_a_page_saved_with_other_line_ends_is_still_ours():
    text = text_of(PAGE, "mine\n", DAY).replace("\n", "\r\n")
    assert notes_of(text, PAGE.path) == "mine\r\n"
    assert front_of(text) == front_of(text_of(PAGE, "mine\n", DAY))


@pytest.mark.parametrize(
    ("change", "line", "why"),
    [
        (lambda text: text.replace(BEGIN, ""), 14, "missing"),
        (lambda text: text.replace(END, "<!-- notes end -->"), 14, "missing"),
        (lambda text: text.replace(END, f"{BEGIN}\n{END}"), 12, "twice"),
        (lambda text: text + END, 15, "twice"),
        (lambda text: text.replace(BEGIN, "X").replace(END, BEGIN).replace("X", END), 10, "before they begin"),
    ],
)
def test_broken_marks_are_told_with_their_line(change, line, why):
    with pytest.raises(InvalidFile, match=why) as caught:
        notes_of(change(text_of(PAGE, "mine\n", DAY)), PAGE.path)
    assert (caught.value.file, caught.value.line) == (PAGE.path, line)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# mine\n",
        "---\n---\n",
        "---\ntitle: mine\n---\n",
        "---\nsteward: machine\n---\n",
        '---\nid: "a"\n',
        "---\nid: x\nsteward: y\n",
    ],
)
def test_a_file_without_our_front_matter_is_its_owners(text):
    assert front_of(text) is None


def test_an_id_with_odd_characters_comes_back():
    page = replace(PAGE, id='a"\\\n---\n: \u00fc')
    front = front_of(text_of(page, "", DAY))
    assert front is not None
    assert front.id == page.id


def test_the_page_of_what_is_gone_keeps_everything_and_says_since_when():
    text = text_of(PAGE, "mine\n", DAY)
    gone = gone_text(text, DAY)
    front = front_of(gone)
    assert front is not None
    assert (front.id, front.gone) == ("m-1", DAY)
    assert "> Gone: " in gone
    assert notes_of(gone, PAGE.path) == "mine\n"
