"""What no template may hold, whatever it shows: the rules that keep text from outside text."""

from __future__ import annotations

import re

import pytest

from steward.surfaces.web.render import FOLDER

TEMPLATES = sorted(FOLDER.rglob("*.html"))
FORBIDDEN = {
    "a script or style of its own": re.compile(r"<style|<script(?![^>]*\bsrc=)|\bstyle="),
    "an event handler": re.compile(r"\son[a-z]+=|hx-on"),
    "an expression htmx would evaluate": re.compile(r"js:|javascript:|hx-trigger=\"[^\"]*\["),
    "text that is not escaped": re.compile(r"\|\s*safe\b|autoescape|Markup"),
    "another origin": re.compile(r"(src|href|action|hx-get)=\"(https?:)?//"),
    "an address that a proxy's sub-path would break": re.compile(r"(?:href|action|src|hx-get|hx-sse:connect)=\"/"),
    "inherited attributes": re.compile(r":inherited"),
}
OPEN_FORMS = {f"{{{{ base }}}}/{path}" for path in ("sign-in", "sign-in/code", "sign-in/passkey", "setup", "join")}
HTMX = re.compile(r"<[a-z]+[^<>]*\shx-(?:get|post|put|patch|delete|sse)[^<>]*")


def name(path):
    return path.name


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(template, what):
    assert FORBIDDEN[what].findall(template.read_text("utf-8")) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_every_element_that_htmx_acts_on_carries_the_nonce(template):
    source = re.sub(r"{%.*?%}", "", template.read_text("utf-8"))
    source = re.sub(r"{{.*?}}", "X", source)
    assert [found for found in HTMX.findall(source) if "hx-nonce" not in found] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_forms_that_change_something_carry_the_token_of_their_session_and_no_others_do(template):
    forms = re.findall(
        r'<form method="(\w+)" action="([^"]*)"[^>]*>(.*?)</form>', template.read_text("utf-8"), re.DOTALL
    )
    assert len(forms) == len(re.findall(r'<form (?!method="dialog")', template.read_text("utf-8")))
    wrong = [
        action
        for method, action, body in forms
        if ("csrf(me)" in body) is not (method == "post" and action not in OPEN_FORMS)
    ]
    assert wrong == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name)
def test_every_field_has_a_label(template):
    source = template.read_text("utf-8")
    fields = re.findall(r'<(?:input|select)(?![^>]*type="(?:hidden|checkbox)")[^>]*id="([^"]*)"', source)
    assert [field for field in fields if f'for="{field}"' not in source] == []


def test_every_page_keeps_what_it_shows_away_from_htmx():
    pages = [path for path in TEMPLATES if "{% extends layout %}" in path.read_text("utf-8")]
    assert pages
    assert [
        path.name
        for path in pages
        if 'class="page' not in (text := path.read_text("utf-8"))
        or not re.search(r'<div class="page[^>]*hx-ignore>', text)
    ] == []


def test_htmx_never_starts_before_the_guard_that_checks_nonces():
    head = (FOLDER / "base.html").read_text("utf-8")
    scripts = re.findall(r"<script[^>]*vendor/(h[a-z-]+)[^>]*>", head)
    deferred = re.findall(r"<script[^>]*vendor/h[^>]*\s(?:defer|async|type=)[^>]*>", head)
    assert (scripts, deferred) == (["htmx", "hx-csp", "hx-sse"], [])
