"""Markdown of anybody to HTML that does nothing: no script, no style, no form, nothing loaded, only words and links.

Two walls: markdown-it writes no HTML that stood in the text, and nh3 lets only the elements listed here through,
without a single attribute that a script, a style sheet or htmx would look at.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from steward.lib.text import visible

MOST = 120_000
"""Characters of one text that are drawn; what follows is left out, and that is told."""
_NESTED = 20
_ELEMENTS = frozenset(
    [
        "a",
        "blockquote",
        "br",
        "code",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_ATTRIBUTES: Mapping[str, frozenset[str]] = {"a": frozenset({"href"}), "ol": frozenset({"start"})}
_SCHEMES = frozenset({"http", "https", "mailto"})
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_LOWEST = 6


def markdown(text: str, root: str = "", at: str = "") -> Markup:
    """Return a text as HTML that is safe on a page of ours.

    Links with `http`, `https` and `mailto` stay. A relative one stays where it leads, seen from the page `at`, to
    another page below the address `root`; every other is only words. Pictures are only their words, too. No heading
    of a text is the first of a page.
    """
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _NESTED}).enable(["table", "strikethrough"])
    tokens = parser.parse(visible(text[:MOST]))
    for token in tokens:
        _tame(token, root, at)
    drawn = parser.renderer.render(tokens, parser.options, {})
    return Markup(  # noqa: S704 - what nh3 let through: known elements, and no attribute but `href` and `start`
        nh3.clean(
            drawn,
            tags=set(_ELEMENTS),
            attributes={name: set(known) for name, known in _ATTRIBUTES.items()},
            url_schemes=set(_SCHEMES),
            link_rel="noopener noreferrer nofollow",
        )
    )


def _tame(token: Token, root: str, at: str) -> None:
    """Lower a heading by one, and decide about the links and pictures of a line."""
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(int(token.tag[1:]) + 1, _LOWEST)}"
    for child in token.children or ():
        if child.type == "link_open":
            child.attrs = {"href": address} if (address := _led(str(child.attrGet("href") or ""), root, at)) else {}
        elif child.type == "image":
            child.type, child.tag, child.content, child.children = "text", "", _words(child.children or ()), None


def _led(address: str, root: str, at: str) -> str:
    """Return where a link may lead, or nothing."""
    if scheme := _SCHEME.match(address):
        return address if scheme[1].lower() in _SCHEMES else ""
    path = unquote(address.partition("#")[0].partition("?")[0])
    if not root or not path or path.startswith("/") or "\\" in path or not path.isprintable():
        return ""
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(at), path))
    return "" if whole.startswith((".", "/")) else f"{root}{quote(whole)}"


def _words(tokens: Iterable[Token]) -> str:
    """Return the words in a picture's brackets."""
    return "".join(token.content or _words(token.children or ()) for token in tokens)
