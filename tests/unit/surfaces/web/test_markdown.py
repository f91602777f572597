"""Markdown of anybody becomes words and links: whatever it holds, nothing of it acts, and nothing is loaded."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.surfaces.web.markdown import MOST, markdown

ELEMENTS = {
    *("a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"),
    *("h2", "h3", "h4", "h5", "h6", "table", "tbody", "td", "th", "thead", "tr"),
}
REL = "noopener noreferrer nofollow"
HOSTILE = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "![x](https://evil.example/pixel.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//evil.example/)",
    "[x](\\\\evil.example)",
    "[x](/brakes/stop)",
    "[x](../../brakes/stop)",
    "[x](%2e%2e/%2e%2e/brakes/stop)",
    '<b hx-post="/brakes/stop" hx-trigger="load" data-hx-get="/" id="evil" class="btn" style="display:none">x</b>',
    "<svg onload=alert(1)><style>body{display:none}</style></svg>",
    '<iframe src="javascript:alert(1)"></iframe>',
    '<form action="/brakes/stop" method="post"><input name="x" formaction="/y"><button>z</button></form>',
    "<a href=javascript:alert(1)>x</a>",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n[x]",
    '[x](https://ok.example "title\\" onmouseover=\\"alert(1)")',
    '```html hx-get=/ " onload=alert(1)\n<script>\n```',
    "| a |\n|:-:|\n| <td onclick=alert(1)> |",
    "> " * 500 + "deep",
    "*" * 5000 + "_" * 5000,
    "[" * 3000 + "](x)" * 3000,
    "`" * 4001 + "x",
    "- " * 2000 + "x",
    "\u202e\u200b\x1b[31m\x00",
    "<!-- --><script>alert(1)</script><!-- -->",
    "</div></main><script>alert(1)</script>",
)


class Tags(HTMLParser):
    """What a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element."""
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    parser.close()
    return parser.found


def hold_harmless(text: str) -> None:
    """Hold that nothing of what is drawn could act, load or be styled, and that links lead only where they may."""
    drawn = markdown(text, "/knowledge/docs/", "machines/nas.md")
    for tag, attributes in tags(drawn):
        assert tag in ELEMENTS, (text, tag)
        assert set(attributes) <= ({"href", "rel"} if tag == "a" else {"start"} if tag == "ol" else set()), attributes
        address = attributes.get("href") or "https://"
        assert address.startswith(("http://", "https://", "mailto:", "HTTP", "/knowledge/docs/")) or ":" in address
        assert address.partition(":")[0].lower() in {"http", "https", "mailto"} or address.startswith(
            "/knowledge/docs/"
        )
        assert "/../" not in address or address.startswith("http")
        assert attributes.get("rel", REL) == REL
        assert "rel" in attributes or tag != "a"
    assert not {"\x00", "\x1b", "\u202e", "\u200b"} & set(drawn)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_would_act_is_only_words(text):
    hold_harmless(text)


@given(
    st.lists(st.sampled_from([*HOSTILE[:24], "\n", "\n\n", "> ", "- ", "`", "[", "](", ")", "<", ">", "&"]), max_size=9)
)
def test_however_it_is_put_together_nothing_acts(parts):
    hold_harmless("".join(parts))


@given(st.text(max_size=400))
def test_any_text_at_all_is_harmless(text):
    hold_harmless(text)


def test_a_megabyte_is_cut_and_every_wall_still_stands():
    text = ("[a](b) <script>x</script> **c** `d`\n\n" * 30_000)[: 1 << 20]
    drawn = markdown(text)
    assert len(text) == 1 << 20
    assert "<script" not in drawn
    assert drawn.count("&lt;script") == MOST // 37


def test_headings_tables_lists_and_code_are_drawn():
    drawn = markdown(
        "# One\n\n## Two\n\n- a\n- **b**\n\n| A | B |\n|---|--:|\n| 1 | `2` |\n\n```sh\nls <x>\n```\n\n~~no~~"
    )
    assert [tag for tag, _ in tags(drawn)] == [
        *("h2", "h3", "ul", "li", "li", "strong", "table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"),
        *("code", "pre", "code", "p", "s"),
    ]
    assert "ls &lt;x&gt;" in drawn


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("../services/photos.md", "/base/knowledge/docs/services/photos.md"),
        ("nuc.md#disks", "/base/knowledge/docs/machines/nuc.md"),
        ("../README.md", "/base/knowledge/docs/README.md"),
        ("../../inventory.yaml", None),
        ("/settings", None),
        ("#here", None),
        ("https://example.org/a?b=1", "https://example.org/a?b=1"),
        ("mailto:anna@example.org", "mailto:anna@example.org"),
    ],
)
def test_links_lead_to_pages_beside_and_to_the_open_world_and_nowhere_else(link, address):
    [(_, paragraph), (_, attributes)] = tags(markdown(f"[x]({link})", "/base/knowledge/docs/", "machines/nas.md"))
    assert paragraph == {}
    assert attributes.get("href") == address


def test_a_picture_is_its_words_and_is_not_loaded():
    assert "a cat" in markdown("![a *cat*](https://evil.example/cat.png)")
    assert "evil" not in markdown("![a *cat*](https://evil.example/cat.png)")


def test_without_a_root_no_relative_link_leads_anywhere():
    assert "href" not in markdown("[x](other.md)")
