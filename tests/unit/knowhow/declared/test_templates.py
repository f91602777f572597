"""Templates: expressions are blanked, lines stay where they are."""

from __future__ import annotations

import pytest

from steward.knowhow.declared.templates import CLOSE, OPEN, blanked


@pytest.mark.parametrize(
    ("text", "around"),
    [
        ("a: {{ x }}", f"a: {OPEN} x {CLOSE}"),
        ("a: \"{{ x | default('y: z') }}\"", f'a: "{OPEN} x default( y z ) {CLOSE}"'),
        ("{% if x %}\na: 1\n{% endif %}", "\na: 1\n"),
        ("{# c\nd #}a", "\na"),
        ("{{/* c */}}a", "a"),
        ("{{- if .x }}\na: 1\n  {{- end }}", "\na: 1\n"),
        ("{{ a }} {{ b }}\nc", "\nc"),
        ("- {{ a }}", f"- {OPEN} a {CLOSE}"),
        ("{{ .Values.key }}: v", f"{OPEN} .Values.key {CLOSE}: v"),
        ("%{ if x ~}\na\n%{ endif }", "\na\n"),
        ("a: {{ x\n  y }}\nb", f"a: {OPEN} x y {CLOSE}\n\nb"),
        ("a: {{ x", "a: {{ x"),
    ],
)
def test_what_is_fixed_around_expressions_stays(text, around):
    assert blanked(text) == around
    assert blanked(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text", ["{{" * 200_000, "{{a}}" * 5000 + "x", "{%" * 200_000, "{{ a" + " " * 200_000, "/*" * 9]
)
def test_texts_made_to_take_long_do_not(text):
    assert blanked(text).count("\n") == 0
