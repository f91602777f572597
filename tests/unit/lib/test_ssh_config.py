"""Lines of an SSH configuration."""

from __future__ import annotations

from steward.lib.ssh_config import directives


def test_keywords_arguments_and_lines_are_told_apart():
    text = '# a comment\n\nHost nas  tower # two names\n\tHostName=10.0.0.2\n  User = "anna b"\nIdentityFile\n'
    assert list(directives(text)) == [
        (3, "host", ("nas", "tower")),
        (4, "hostname", ("10.0.0.2",)),
        (5, "user", ("anna b",)),
    ]


def test_a_quote_that_is_never_closed_does_not_swallow_the_line():
    assert list(directives('User "anna b\nPort 22')) == [(1, "user", ('"anna', "b")), (2, "port", ("22",))]
