"""What a program printed is never more than words in colors of ours."""

from __future__ import annotations

from steward.surfaces.web.printed import colored, last_lines

ESC = "\x1b"


def test_markup_in_colored_output_stays_words():
    shown = str(colored(f'{ESC}[31m<b onload="x">{ESC}[0m</pre><script>'))
    assert shown == '<span class="ansi-red">&lt;b onload=&#34;x&#34;&gt;</span>&lt;/pre&gt;&lt;script&gt;'


def test_markup_that_a_color_cuts_in_two_stays_words():
    shown = str(colored(f"<scr{ESC}[31mipt>alert(1){ESC}[0m</scr{ESC}[1mipt>"))
    assert "<scr" not in shown
    assert shown.count("<span") == 2


def test_what_nobody_could_see_is_written_out():
    assert str(colored("a\u202eb\u200b")) == "a\\u{202e}b\\u{200b}"


def test_only_the_last_lines_are_kept_and_a_very_long_one_is_cut():
    assert last_lines("a\nb\nc\n", 2) == ("b\nc", 3)
    assert last_lines(" \n", 2) == ("", 0)
    assert len(last_lines("x" * 5_000, 2)[0]) == 2_000
