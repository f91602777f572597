import re
from dataclasses import replace
from datetime import timedelta

import pytest

from steward.knowhow.pages.book import book_of
from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.page import notes_of, text_of
from steward.model.finding import Severity
from steward.model.graph import Thing, ThingKind, Tie
from tests.unit.knowhow.pages import labs
from tests.unit.knowhow.pages.test_words import HOSTILE
from tests.unit.knowhow.snapshots import NOW

PATH = re.compile(r"docs/(machines/|services/)?[a-zA-Z0-9-]+\.md")
HREF = re.compile(r"(\.\./)?((machines|services)/[a-z0-9-]+|README|network|storage|break-glass)\.md")


def texts(of: Lab) -> dict[str, str]:
    return {page.path: text_of(page, page.notes, of.now.date()) for page in book_of(of)}


def hostile() -> Lab:
    """Return a lab in which everything a machine may call as it likes is called something bad."""
    bad = [*HOSTILE, "../../etc/passwd", ".git", "x" * 3_000, "<!-- notes: yours, kept -->", "", "\ue000"]
    box = labs.machine("box")
    things = [labs.host("box")]
    things += [
        labs.service("box", each, each, id=f"service:box/{n}", state=each, image=each) for n, each in enumerate(bad)
    ]
    things += [Thing(id=f"name:{n}", kind=ThingKind.NAME, name=each) for n, each in enumerate(bad)]
    things += [Thing(id=f"supply:{n}", kind=ThingKind.SUPPLY, name=each) for n, each in enumerate(bad)]
    edges = [labs.edge(f"service:box/{n}", f"service:box/{n + 1}", Tie.NEEDS) for n in range(len(bad) - 1)]
    edges += [labs.edge(f"service:box/{n}", f"name:{n}", Tie.NAMED_BY) for n in range(len(bad))]
    edges += [labs.edge("machine:box", f"supply:{n}", Tie.POWERED_BY) for n in range(len(bad))]
    seen = labs.look(
        box,
        os=labs.system(bad[0]),
        memory=labs.memory(),
        links=replace(labs.links(), links={each: labs.links().links["eth0"] for each in bad}),
        ports=replace(
            labs.ports(),
            listeners={
                str(n): next(iter(labs.ports(n + 1, unit=each).listeners.values())) for n, each in enumerate(bad)
            },
        ),
        pools=replace(labs.pool(), pools={each: labs.pool().pools["tank"] for each in bad}),
        filesystems=labs.filesystems(*(labs.filesystem(f"/{each}") for each in bad)),
        backups=replace(labs.jobs(), jobs={each: labs.job(each, to=each) for each in bad}),
    )
    findings = tuple(labs.finding(box, each, Severity.DOWN, n) for n, each in enumerate(bad))
    return labs.lab(box, seen=(seen,), findings=findings, of=labs.graph(things, edges))


@pytest.fixture(scope="module")
def household() -> dict[str, str]:
    return texts(labs.household())


def test_there_is_a_page_for_everything(household):
    assert {path for path in household if path.count("/") == 1} == {
        "docs/README.md",
        "docs/break-glass.md",
        "docs/network.md",
        "docs/storage.md",
    }
    assert {path for path in household if "/machines/" in path} == {
        f"docs/machines/{name}.md" for name in ("nas", "hyper", "photobox", "home", "pi")
    }
    assert len([path for path in household if "/services/" in path]) == 8


def test_every_link_leads_to_a_page(household):
    for path, text in household.items():
        folder = path.rpartition("/")[0]
        for target in re.findall(r"\]\(([^)]+)\)", text):
            whole = f"{folder}/{target}"
            while "/../" in whole:
                whole = re.sub(r"[^/]+/\.\./", "", whole, count=1)
            assert whole in household, (path, target)


def test_the_same_facts_give_the_same_bytes_at_any_time_of_a_day_and_numbers_that_move_are_left_out():
    now = labs.household()
    later = labs.household(now=NOW + timedelta(hours=3))
    moved = {key: replace(look, at=NOW + timedelta(hours=3)) for key, look in later.seen.items()}
    assert texts(replace(later, seen=moved)) == texts(now)


def test_a_port_that_is_given_out_anew_at_every_start_is_no_news():
    things = [labs.host("box"), labs.service("box", "tv", "Media; ports 8096/tcp, 40123/udp")]
    told = texts(labs.lab(labs.machine("box"), of=labs.graph(things)))["docs/services/tv.md"]
    assert "Media; ports 8096/tcp." in told
    assert "40123" not in told


def test_what_is_only_declared_is_on_a_page_and_not_on_the_one_for_bad_days():
    things = [labs.host("box"), labs.service("box", "immich", state="declared", at=None, source="compose.yaml:3")]
    found = texts(labs.lab(labs.machine("box"), of=labs.graph(things)))
    assert "It is declared, and was not seen running." in found["docs/services/immich.md"]
    assert "`compose.yaml:3`" in found["docs/services/immich.md"]
    assert "Photos" not in found["docs/break-glass.md"]


def test_an_empty_lab_has_its_pages_too():
    found = texts(labs.lab())
    assert len(found) == 4
    assert "Steward does not know yet what runs here." in found["docs/break-glass.md"]


def test_a_machine_that_was_never_seen_has_a_page_that_says_so():
    assert "has not looked at this machine yet" in texts(labs.lab(labs.machine("new")))["docs/machines/new.md"]


def test_a_machine_that_is_not_seen_any_more_tells_since_when():
    box = labs.machine("box")
    told = texts(labs.lab(box, seen=(labs.look(box, at=NOW - timedelta(days=9)),)))["docs/machines/box.md"]
    assert "**Last seen on 2026-11-12.**" in told


def test_nothing_a_machine_calls_itself_becomes_a_link_a_heading_or_html():
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    for path, text in texts(hostile()).items():
        assert PATH.fullmatch(path)
        notes_of(text, path)
        body = text.split("---\n", 2)[2]
        tokens = markdown.parse(body)
        every = [inner for token in tokens for inner in (token, *(token.children or ()))]
        assert not [token for token in every if token.type in {"image", "hr", "fence", "code_block", "html_inline"}]
        assert {token.content.strip() for token in every if token.type == "html_block"} <= {
            "<!-- notes: yours, kept -->",
            "<!-- notes: end -->",
        }
        hrefs = [token.attrGet("href") for token in every if token.type == "link_open"]
        assert all(HREF.fullmatch(str(href)) for href in hrefs), path
        plain = "".join(token.content for token in every if token.type == "text")
        assert not re.search(r"://|www\.|@|evil", plain), path
        headings = [tokens[n + 1] for n, token in enumerate(tokens) if token.type == "heading_open"]
        assert not [
            each for each in headings if any(c.type == "text" and "heading" in c.content for c in each.children)
        ]
        assert len([1 for token in tokens if token.type == "heading_open" and token.tag == "h1"]) == 1


def test_fifty_machines_and_five_hundred_services_fit_on_pages_a_person_opens():
    found = texts(labs.large())
    assert len(found) == 4 + 50 + 500
    assert max(len(text) for text in found.values()) < 120_000
    assert len(found["docs/break-glass.md"]) < 9_000
    assert len({path.lower() for path in found}) == len(found)


def test_services_of_one_name_on_two_machines_say_where_they_are():
    one, two = labs.machine("one"), labs.machine("two")
    things = [labs.host("one"), labs.host("two"), labs.service("one", "db"), labs.service("two", "db")]
    found = texts(labs.lab(one, two, of=labs.graph(things)))
    assert {path for path in found if "services" in path} == {
        "docs/services/db-on-one.md",
        "docs/services/db-on-two.md",
    }
