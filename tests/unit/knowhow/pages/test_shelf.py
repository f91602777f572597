from datetime import date, timedelta

from steward.knowhow.pages.page import Page, front_of, text_of
from steward.knowhow.pages.shelf import Doing, Present, Shelf, shelved

DAY = date(2026, 11, 21)


def page(name: str, key: str = "", kind: str = "machine", text: str = "text", **more: object) -> Page:
    path = f"docs/{kind}s/{name}.md" if kind in {"machine", "service"} else f"docs/{name}.md"
    given: dict = {"path": path, "kind": kind, "id": key or f"id-{name}", "before": f"# {name}\n\n{text}\n", **more}
    return Page(**given)


def lying(*pages: Page, notes: str = "mine\n", day: date = DAY, **given: object) -> Present:
    more: dict = given
    return Present(texts={each.path: text_of(each, notes, day) for each in pages}, **more)


def put(present: Present, *pages: Page, day: date = DAY) -> Shelf:
    return shelved(pages, present, day)


def after(present: Present, shelf: Shelf) -> dict[str, str]:
    """Return what lies there then."""
    texts = {**present.texts, **shelf.files}
    return {path: text for path, text in texts.items() if text is not None}


def doings(shelf: Shelf) -> dict[str, str]:
    return {change.path: change.does.value for change in shelf.changes}


def test_the_same_pages_change_nothing():
    pages = (page("a"), page("b", kind="service"), page("README", kind="overview", has_date=True))
    shelf = put(lying(*pages), *pages)
    assert (shelf.changes, shelf.files, shelf.refused, shelf.yours) == ((), {}, (), ())


def test_lines_that_change_are_counted():
    present = lying(page("a", text="one\ntwo"))
    (change,) = put(present, page("a", text="one\nthree\nfour")).changes
    assert (change.does, change.added, change.removed) == (Doing.CHANGED, 2, 1)


def test_two_machines_that_swap_names_keep_their_own_notes():
    one, two = page("a", "1"), page("b", "2")
    present = Present(texts={one.path: text_of(one, "of 1\n", DAY), two.path: text_of(two, "of 2\n", DAY)})
    shelf = put(present, page("b", "1"), page("a", "2"))
    texts = after(present, shelf)
    assert set(texts) == {one.path, two.path}
    assert "of 1\n" in texts[two.path]
    assert "of 2\n" in texts[one.path]


def test_a_new_machine_with_the_name_of_one_that_is_gone_does_not_inherit_its_notes():
    present = lying(page("a", "old"))
    shelf = put(present, page("a", "new"))
    texts = after(present, shelf)
    assert "mine" not in texts["docs/machines/a.md"]
    assert "mine" in texts["docs/gone/machine-a.md"]


def test_two_that_left_with_one_name_lie_side_by_side():
    present = lying(page("a", "old"))
    texts = after(present, put(present, page("a", "new")))
    again = Present(texts=texts)
    texts = after(again, put(again, page("a", "newest")))
    assert {path for path in texts if "gone" in path} == {"docs/gone/machine-a.md", "docs/gone/machine-a-new.md"}


def test_nobody_takes_the_place_of_a_page_that_was_refused():
    one, two, three = page("a", "1"), page("b", "2"), page("c", "3")
    broken = text_of(one, "of 1\n", DAY).replace("<!-- notes: end -->", "")
    present = Present(texts={**lying(two, three).texts, one.path: broken})
    shelf = put(present, page("z", "1"), page("a", "2"), page("b", "3"))
    assert shelf.files == {}
    assert {refused.path for refused in shelf.refused} == {one.path, two.path, three.path}


def test_the_pages_of_what_could_not_be_looked_at_stay():
    seen = page("web", kind="service", machine="m-1", source="containers")
    held = frozenset({("m-1", "containers")})
    assert put(lying(seen, held=held)).files == {}
    assert doings(put(lying(seen))) == {"docs/gone/service-web.md": "gone"}


def test_a_copy_of_a_page_is_refused_and_left_alone():
    one = page("a", "1")
    present = Present(texts={one.path: text_of(one, "x\n", DAY), "docs/copy.md": text_of(one, "y\n", DAY)})
    shelf = put(present, page("a", "1", text="new"))
    assert [refused.path for refused in shelf.refused] == ["docs/copy.md"]
    assert doings(shelf) == {"docs/machines/a.md": "changed"}


def test_a_file_of_the_owner_holds_back_a_page_that_would_move_there():
    old = page("a", "1")
    present = Present(texts={**lying(old).texts, "docs/machines/b.md": "# drawn by hand\n"})
    shelf = put(present, page("b", "1"))
    assert (shelf.files, shelf.yours) == ({}, ("docs/machines/b.md",))


def test_a_file_that_is_no_text_is_its_owners():
    assert put(Present(texts={}, unreadable=frozenset({"docs/machines/a.md"})), page("a")).files == {}


def test_a_page_somebody_removed_without_a_commit_is_not_brought_back():
    present = Present(texts={}, edited=frozenset({"docs/machines/a.md"}))
    shelf = put(present, page("a"))
    assert (shelf.files, len(shelf.refused)) == ({}, 1)


def test_a_page_whose_only_news_is_its_day_waits_for_a_week():
    dated = page("README", kind="overview", has_date=True)
    assert put(lying(dated), dated, day=DAY + timedelta(days=6)).files == {}
    assert put(lying(dated), dated, day=DAY + timedelta(days=7)).files != {}
    assert put(lying(dated), dated, day=DAY - timedelta(days=1)).files != {}, "a day to come is a wrong clock"


def test_a_page_with_other_news_gets_the_day_at_once():
    present = lying(page("README", kind="overview", has_date=True))
    shelf = put(present, page("README", kind="overview", has_date=True, text="new"), day=DAY + timedelta(days=1))
    front = front_of(after(present, shelf)["docs/README.md"])
    assert front is not None
    assert front.written == DAY + timedelta(days=1)
