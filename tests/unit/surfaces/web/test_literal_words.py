"""No template says a word of its own: what it says comes from the texts, in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from jinja2 import Environment, nodes

from steward.surfaces.web.render import FOLDER

TEMPLATES = sorted(FOLDER.rglob("*.html"))
NAMES = re.compile(
    r"\b(?:Steward|steward|nas|photos|srv|homelab|sha256|JSON|Python|Markdown|CLI|OK|SMART|GPU|[a-z_]+\.[a-z_.]+)\b"
    r"|&\w+;|\b(?:docs/|unit=)|/\?[a-z]+=\S*"
)
"""Names that are the same in every language, commands such as `unit.restart` and names of examples among them."""
SPOKEN = {"aria-label", "title", "placeholder", "alt", "aria-description", "data-key-says", "data-says"}
"""Attributes that people read or hear."""
SILENT = {"code", "kbd", "pre", "script", "style"}
"""Elements that hold commands and keys."""


class Words(HTMLParser):
    """Collects what a page says of itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what its attributes say."""
        self._silent += tag in SILENT
        for name, value in attrs:
            if name in SPOKEN:
                self._note(value or "")

    def handle_endtag(self, tag: str) -> None:
        """Note the end of what holds no words."""
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        """Note text."""
        if not self._silent:
            self._note(data)

    def _note(self, text: str) -> None:
        said = NAMES.sub("", text).strip()
        if re.search(r"[^\W\d_]{2}", said):
            self.found.append(said)


def literals(node: nodes.Node) -> Iterator[str]:
    """Yield the text a template writes out itself, in its order; what is given to a call is not written out."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Const):
        yield str(node.value)
    elif isinstance(node, nodes.Output | nodes.Concat):
        for each in node.iter_child_nodes():
            yield from literals(each)
    elif isinstance(node, nodes.CondExpr):
        yield from literals(node.expr1)
        yield from literals(node.expr2) if node.expr2 else ()
    elif isinstance(node, nodes.Or | nodes.And):
        yield from literals(node.left)
        yield from literals(node.right)
    elif isinstance(node, nodes.Stmt | nodes.Template):
        for each in node.iter_child_nodes():
            if isinstance(each, nodes.Stmt):
                yield from literals(each)


def words_of(source: str) -> list[str]:
    """Return the words a template says of itself."""
    parser = Words()
    parser.feed("".join(literals(Environment(autoescape=True).parse(source))))
    parser.close()
    return parser.found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_says_a_word_outside_the_texts(template):
    assert words_of(template.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        "{% if x %}{% for y in z %}<b>{{ y }} left</b>{% endfor %}{% endif %}",
        '<p aria-label="Close it"></p>',
        '<p>{{ "none" if x else t("a") }}</p>',
        '{% call chart("x") %}<p>words</p>{% endcall %}',
        "{% macro m() %}more{% endmacro %}",
    ],
)
def test_a_word_is_found_wherever_it_stands(source):
    assert len(words_of(source)) == 1


@pytest.mark.parametrize(
    "source", ['<p class="{{ "wide" if x else "slim" }}">{{ t("some.key") }} <code>steward up</code> · Steward</p>']
)
def test_names_commands_and_classes_are_no_words(source):
    assert words_of(source) == []
