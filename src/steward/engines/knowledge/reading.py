"""Read the living documentation: what pages there are, one of them, and where some words stand."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.workspace import Documents
from steward.knowhow.pages.page import BEGIN, END, Front, front_of
from steward.knowhow.pages.places import FOLDER, FOLDERS, GONE
from steward.lib.record import record
from steward.lib.text import nearest, plural, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput, NotFound
from steward.model.risk import Risk

_MOST_HITS = 100
_MOST_OF_ONE = 5
_MOST_WORDS = 8
_LONGEST_LINE = 240
_LONGEST_TITLE = 120
_FENCE = "---\n"


class Shelf(StrEnum):
    """Where a page stands."""

    START = "start"
    MACHINES = "machines"
    SERVICES = "services"
    NETWORK = "network"
    STORAGE = "storage"
    POWER = "power"
    BREAK_GLASS = "break_glass"
    YOURS = "yours"
    GONE = "gone"


_SHELVES = {
    "overview": Shelf.START,
    "machine": Shelf.MACHINES,
    "service": Shelf.SERVICES,
    "network": Shelf.NETWORK,
    "storage": Shelf.STORAGE,
    "power": Shelf.POWER,
    "break-glass": Shelf.BREAK_GLASS,
}


@record
class ListDocsInput:
    """List the pages of the documentation in the workspace, as they were committed last."""


@record
class ShowDocInput:
    """Show one page of the documentation, as it was committed last."""

    path: str
    """Path below `docs`: `machines/nas.md`."""


@record
class SearchDocsInput:
    """Find words in the documentation: pages that hold all of them, with the lines where they stand."""

    words: str
    """Words, in any order; upper and lower case are the same."""


@record
class DocEntry:
    """One page."""

    path: str
    """Path below `docs`."""
    title: str
    """Its first heading."""
    shelf: Shelf
    """What it is about."""
    changed: datetime | None
    """When its text was committed last, or None where no commit tells."""
    is_edited: bool
    """Whether there are edits that nobody committed; they are not shown."""
    gone: date | None
    """Since when what it is about is gone, or None."""


@record
class DocList:
    """Every page, shelf by shelf."""

    sentence: str
    """How many, in words."""
    pages: tuple[DocEntry, ...]
    """The pages."""


@record
class DocPage:
    """One page with its text; your notes apart from what Steward writes."""

    entry: DocEntry
    """Which page."""
    pages: int
    """How many pages there are in all."""
    commit: str
    """Commit in force when it was read."""
    before: str
    """Markdown above your notes, without title, front matter and the heading of the notes; all of a file of yours."""
    heading: str
    """What stands over your notes, in words; empty where nothing does."""
    notes: str
    """Your notes."""
    after: str
    """Markdown below them."""
    is_marked: bool
    """Whether it has a place for notes that a build keeps."""


@record
class DocHit:
    """One line that holds some of the words."""

    path: str
    """Path of the page below `docs`."""
    title: str
    """Title of the page."""
    line: int
    """Line of the file, from 1."""
    text: str
    """The line."""
    is_notes: bool
    """Whether you wrote it."""


@record
class DocHits:
    """Where the words stand, best pages first."""

    sentence: str
    """How many, in words."""
    pages: int
    """Pages that hold all of the words."""
    hits: tuple[DocHit, ...]
    """Lines; at most five of a page and a hundred in all."""


async def listing(desk: Desk, _given: ListDocsInput) -> DocList:
    """List the pages."""
    documents, dated = await asyncio.to_thread(_read, desk)
    order = tuple(Shelf)
    entries = sorted(
        (_entry(path, documents, dated) for path in documents.texts),
        key=lambda entry: (order.index(entry.shelf), entry.title.casefold(), entry.path),
    )
    told = plural(len(entries), "page") if entries else "nothing is written yet: `steward docs build` writes it"
    return DocList(sentence=told, pages=tuple(entries))


async def show(desk: Desk, given: ShowDocInput) -> DocPage:
    """Show a page."""
    documents, dated = await asyncio.to_thread(_read, desk)
    path = f"{FOLDER}/{given.path.removeprefix(f'{FOLDER}/')}"
    if path not in documents.texts:
        near = nearest(path, documents.texts)
        step = f"did you mean `{near.removeprefix(f'{FOLDER}/')}`?" if near else "`steward docs ls` lists the pages"
        raise NotFound(f"there is no page `{visible_line(given.path)}`", next_step=step)
    text = documents.texts[path]
    before, heading, notes, after = _parts(text)
    return DocPage(
        entry=_entry(path, documents, dated),
        pages=len(documents.texts),
        commit=documents.commit,
        before=before,
        heading=heading,
        notes=notes,
        after=after,
        is_marked=BEGIN in text and END in text,
    )


async def search(desk: Desk, given: SearchDocsInput) -> DocHits:
    """Find words."""
    words = tuple(dict.fromkeys(given.words.casefold().split()))[:_MOST_WORDS]
    if not words:
        raise InvalidInput("there is nothing to look for", next_step="give a word: `steward docs search backup`")
    documents = await asyncio.to_thread(desk.workspace.committed_documents, FOLDERS)
    found = [hits for path, text in documents.texts.items() if (hits := _hits(path, text, words))]
    found.sort(key=lambda hits: (-_weight(hits[0], words), hits[0].path))
    shown = [hit for hits in found for hit in hits][:_MOST_HITS]
    told = f"{plural(len(found), 'page')} with {' '.join(words)}" if found else f"no page holds {' '.join(words)}"
    return DocHits(sentence=told, pages=len(found), hits=tuple(shown))


def _read(desk: Desk) -> tuple[Documents, Mapping[str, datetime]]:
    return desk.workspace.committed_documents(FOLDERS), desk.workspace.dated_documents(FOLDER)


def _entry(path: str, documents: Documents, dated: Mapping[str, datetime]) -> DocEntry:
    text = documents.texts[path]
    front = front_of(text)
    return DocEntry(
        path=path.removeprefix(f"{FOLDER}/"),
        title=_title(text, path),
        shelf=_shelf(path, front),
        changed=dated.get(path),
        is_edited=path in documents.edited,
        gone=front.gone if front else None,
    )


def _shelf(path: str, front: Front | None) -> Shelf:
    if front is None:
        return Shelf.YOURS
    return Shelf.GONE if path.startswith(f"{GONE}/") else _SHELVES.get(front.kind, Shelf.START)


def _title(text: str, path: str) -> str:
    """Return the first heading as plain words, else the name of the file."""
    heading = next((line for line in _body(text).split("\n") if line.startswith("# ")), "")
    words = visible_line(heading.removeprefix("# ").replace("`", "").strip())
    return words[:_LONGEST_TITLE] or posixpath.basename(path)


def _body(text: str) -> str:
    """Return a text without its front matter."""
    _, found, rest = text.removeprefix(_FENCE).partition(f"\n{_FENCE}")
    return rest if found and text.startswith(_FENCE) else text


def _parts(text: str) -> tuple[str, str, str, str]:
    """Return what stands above the notes without the title, the heading of the notes, the notes, and what is below."""
    above, found, rest = _body(text).partition(f"{BEGIN}\n")
    notes, ended, below = rest.partition(f"{END}\n")
    if not found or not ended:
        above, notes, below = _body(text), "", ""
    head, title, body = above.partition("# ") if above.lstrip().startswith("# ") else ("", "", above)
    before = head + body.partition("\n")[2] if title else body
    lines = before.rstrip().split("\n")
    is_headed = bool(found) and lines[-1].startswith("## ")
    heading = lines.pop().removeprefix("## ").strip() if is_headed else ""
    return "\n".join(lines), visible_line(heading), notes, below


def _hits(path: str, text: str, words: tuple[str, ...]) -> list[DocHit]:
    """Return the lines of a page that hold all of the words between them, those with most of them first."""
    folded, title = text.casefold(), _title(text, path)
    if not all(word in folded or word in path for word in words):
        return []
    found: list[tuple[int, DocHit]] = []
    lines, in_notes, in_front = text.split("\n"), False, text.startswith(_FENCE)
    for number, line in enumerate(lines, start=1):
        in_front = in_front and not (number > 1 and line == _FENCE.strip())
        in_notes = (in_notes or line == BEGIN) and line != END
        held = sum(word in line.casefold() for word in words)
        if held and not in_front and line not in {BEGIN, END}:
            shown = visible_line(line.strip())[:_LONGEST_LINE]
            hit = DocHit(path=path.removeprefix(f"{FOLDER}/"), title=title, line=number, text=shown, is_notes=in_notes)
            found.append((held, hit))
    best = sorted(found, key=lambda each: (-each[0], each[1].line))[:_MOST_OF_ONE]
    return [hit for _, hit in best] or [
        DocHit(path=path.removeprefix(f"{FOLDER}/"), title=title, line=1, text=title, is_notes=False)
    ]


def _weight(hit: DocHit, words: tuple[str, ...]) -> int:
    """Weigh a page by its best line; words of its title count more."""
    return sum(
        (word in hit.text.casefold()) + 2 * (word in hit.title.casefold()) + (word in hit.path) for word in words
    )


COMMANDS = (
    CommandSpec(
        name="docs.ls",
        right=Right.READ,
        input=ListDocsInput,
        output=DocList,
        handler=listing,
        risk=Risk.READ,
        examples=(
            Example(line="docs ls", does="List the pages, with the age of each"),
            Example(line="docs ls --json", does="The same as one JSON object"),
        ),
    ),
    CommandSpec(
        name="docs.show",
        right=Right.READ,
        input=ShowDocInput,
        output=DocPage,
        handler=show,
        risk=Risk.READ,
        examples=(
            Example(line="docs show break-glass.md", does="Show what to do when the owner is not there"),
            Example(line="docs show machines/nas.md --json", does="Show the page of a machine as one JSON object"),
        ),
    ),
    CommandSpec(
        name="docs.search",
        right=Right.READ,
        input=SearchDocsInput,
        output=DocHits,
        handler=search,
        risk=Risk.READ,
        examples=(
            Example(line="docs search backup", does="Tell which pages speak of backups, and where"),
            Example(line="docs search 'nas disk' --json", does="Find pages with both words"),
        ),
    ),
)
