from __future__ import annotations

import shlex

import pytest

from steward.lib.minishell import LONGEST, NotCanonical, Trouble, parse

WRITTEN = {
    "ls  -la": "ls -la",
    "r''m -rf '/srv'": "rm -rf /srv",
    'echo "it\'s" a\\ b': "echo 'it'\"'\"'s' 'a b'",
    "a&&b||c|d;e;": "a && b || c | d; e",
    "ls >/dev/null 2>&1": "ls >/dev/null 2>&1",
    "ls &>/dev/null": "ls >/dev/null 2>&1",
    "ls 2> /dev/null": "ls 2>/dev/null",
    "LANG=C df": "env LANG=C df",
    "time ls": "'time' ls",
    "find . \\( -name a \\) -exec ls {} \\;": "find . '(' -name a ')' -exec ls '{}' ';'",
    "git show HEAD~1 stash@{0} HEAD^": "git show 'HEAD~1' 'stash@{0}' 'HEAD^'",
    "[ ! -f x ]": "'[' '!' -f x ']'",
    'ls a!=b "c!=d"': "ls 'a!=b' 'c!=d'",
    'grep "a\\.b\\"" x': "grep 'a\\.b\"' x",
    "echo ''": "echo ''",
}
SHELL = (
    "A=b -i ls",
    "ls $x", "ls $(id)", "ls `id`", "ls >f", "ls 2>f", "ls > /dev/nullx", "ls <f", "cat <<EOF", "ls &", "ls & df",
    "a |& b", "a;;b", "(ls)", "{ ls; }", "f() { ls; }", "ls # x", "# x", "! ls", "ls !x", 'ls "$x"', 'ls "a!"',
    "ls $'x'", "a{b,c}", "{1..2}", "if a", "while b", "ls\ndf", "ls \\\n df", "A=b", "a[0]=b x", "A+=b ls", "x=~ ls",
    "[[ a ]]", "ls a=~", "ls \\n", "caf\xe9", "echo '\xe9'", "echo 'a\nb'", "coproc ls", "3>&1 ls",
)  # fmt: skip
BROKEN = (
    "",
    "  ",
    "ls '",
    'ls "',
    "ls \\",
    "ls &&",
    "| ls",
    "ls | | df",
    "&& ls",
    ">/dev/null",
    "ls \x00",
    "ls \u202e",
    "a" * (LONGEST + 1),
)


@pytest.mark.parametrize(("text", "written"), WRITTEN.items())
def test_what_is_literal_is_written_anew(text, written):
    assert parse(text).text() == written


@pytest.mark.parametrize("written", WRITTEN.values())
def test_what_was_written_reads_back_the_same(written):
    assert parse(written).text() == written


@pytest.mark.parametrize("text", SHELL)
def test_more_than_words_is_refused_as_shell(text):
    with pytest.raises(NotCanonical) as refused:
        parse(text)
    assert refused.value.trouble is Trouble.SHELL


@pytest.mark.parametrize("text", BROKEN)
def test_what_no_shell_reads_to_its_end_is_broken(text):
    with pytest.raises(NotCanonical) as refused:
        parse(text)
    assert refused.value.trouble is Trouble.BROKEN


@pytest.mark.parametrize("text", ["ls *.log", "ls /var/*", "ls ~/x", "ls a?", "ls [ab]"])
def test_a_word_the_shell_expands_stays_open_and_is_never_written(text):
    script = parse(text)
    assert script.calls[0].open_words == {1}
    with pytest.raises(ValueError, match="open"):
        script.text()


@pytest.mark.parametrize("word", ["a b", "$x", "*", "'", '"', "\\", "~", "#", "!", "{a,b}", ";", "if", "=", "a=b"])
def test_a_quoted_word_comes_through(word):
    assert parse(f"echo {shlex.quote(word)}").calls[0].argv == ("echo", word)
