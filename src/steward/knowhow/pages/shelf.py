"""Put freshly written pages beside what lies in the folder: what is written, moved, kept and refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from steward.knowhow.pages.page import Front, Page, front_of, gone_text, notes_of, text_of
from steward.knowhow.pages.places import GONE, slug
from steward.lib.record import record
from steward.model.errors import InvalidFile

_LEAVING = frozenset({"machine", "service"})
"""Kinds of pages whose subject can go."""
FRESH = timedelta(days=7)
"""A page whose only news is its day is written again when that is older."""
_UNCOMMITTED = "it has changes that are not committed"
_HELD_BACK = "it would move, and your notes hold what looks like a secret"
_TAKE_OUT = "put the value into the vault and write `secret://NAME`"
_COMMIT = "commit your edit with git, then build again"


class Doing(StrEnum):
    """What happens to a page."""

    NEW = "new"
    CHANGED = "changed"
    MOVED = "moved"
    GONE = "gone"


@record
class PageChange:
    """One page that is not as it should be."""

    path: str
    """Where it will lie."""
    does: Doing
    """What happens to it: `new`, `changed`, `moved`, `gone`."""
    added: int
    """Lines that are new."""
    removed: int
    """Lines that go."""
    was: str = ""
    """Where it lay before, when it moves."""


@record
class PageRefused:
    """One page that is left as it is because it cannot be written without losing something of its owner."""

    path: str
    """The page."""
    line: int
    """Line to look at; 0 for the whole page."""
    why: str
    """What is in the way."""
    next_step: str
    """What helps."""


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """What becomes of the folder."""

    changes: tuple[PageChange, ...]
    """Pages that change, by path."""
    refused: tuple[PageRefused, ...]
    """Pages that stay as they are, each with the reason."""
    yours: tuple[str, ...]
    """Places where a page of ours would lie and a file of the owner does."""
    files: Mapping[str, str | None]
    """New texts by path; None takes a file away."""


@dataclass(frozen=True, kw_only=True)
class Present:
    """What lies in the folder."""

    texts: Mapping[str, str]
    """Texts by path."""
    edited: frozenset[str] = frozenset()
    """Paths with changes that nobody committed."""
    unreadable: frozenset[str] = frozenset()
    """Paths of files that are no text: their owner's."""
    held: frozenset[tuple[str, str]] = frozenset()
    """`(machine, fact)` where nobody could look: the pages of what that fact told there stay."""
    may_be_shown: Callable[[str], bool] = lambda _text: True
    """Whether a text holds no secret: words of the owner are not copied to another place where it does."""
    fronts: Mapping[str, Front] = field(default_factory=dict[str, Front])
    """Front matters of our pages, by path."""


def shelved(pages: Iterable[Page], present: Present, day: date) -> Shelf:
    """Say what has to be written so that the folder holds these pages, with everything of their owner's kept."""
    fronts = {path: front for path, text in present.texts.items() if (front := front_of(text))}
    return _Shelving(replace(present, fronts=fronts), day).put(sorted(pages, key=lambda page: page.path))


@dataclass(frozen=True, kw_only=True)
class _Place:
    """One page, where it lies now and what shall stand there."""

    page: Page
    lies: str
    text: str

    @property
    def moves(self) -> bool:
        """Whether it lies elsewhere now."""
        return bool(self.lies) and self.lies != self.page.path


class _Shelving:
    """One pass over the folder."""

    def __init__(self, present: Present, day: date) -> None:
        self._present = present
        self._day = day
        self._files: dict[str, str | None] = {}
        self._changes: list[PageChange] = []
        self._refused: list[PageRefused] = []
        self._yours: list[str] = []
        self._stays: set[str] = set()

    def put(self, pages: list[Page]) -> Shelf:
        """Decide about every page, then about what is left over, then write what is in nobody's way."""
        wanted = {(page.kind, page.id): page.path for page in pages}
        lying = self._lying(wanted)
        decided = [self._decided(page, lying.get((page.kind, page.id), "")) for page in pages]
        for path in (path for key, path in lying.items() if key not in wanted):
            self._leave(path)
        for place in self._in_nobodys_way([place for place in decided if place]):
            self._put(place)
        return Shelf(
            changes=tuple(sorted(self._changes, key=lambda change: change.path)),
            refused=tuple(sorted(self._refused, key=lambda refused: refused.path)),
            yours=tuple(sorted(self._yours)),
            files=dict(sorted(self._files.items())),
        )

    def _lying(self, wanted: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
        """Return where each page lies; a copy of one is refused and left alone."""
        found: dict[tuple[str, str], str] = {}
        in_place = set(wanted.values())
        for path in sorted(self._present.fronts, key=lambda each: (each not in in_place, each.startswith(GONE), each)):
            front = self._present.fronts[path]
            first = found.setdefault((front.kind, front.id), path)
            if first != path:
                step = "take the front matter out of your copy, or remove it"
                self._refuse(path, 1, f"it has the same id as {first}", step)
        return found

    def _decided(self, page: Page, lies: str) -> _Place | None:
        """Return what to write, or None for a page that is refused or has its owner's file in its place."""
        texts, edited = self._present.texts, self._present.edited
        if page.path in self._present.unreadable or (page.path in texts and page.path not in self._present.fronts):
            self._yours.append(page.path)
            self._stays.add(lies)
            return None
        old = texts.get(lies, "")
        try:
            notes = notes_of(old, lies) if lies else page.notes
        except InvalidFile as error:
            self._refuse(lies, error.line, error.why, error.next_step)
            return None
        place = _Place(page=page, lies=lies, text=self._text(page, notes, old))
        if (place.moves or place.text != old) and {page.path, lies} & edited:
            self._refuse(lies or page.path, 0, _UNCOMMITTED, _COMMIT)
            return None
        if place.moves and not self._present.may_be_shown(notes):
            self._refuse(lies, 0, _HELD_BACK, _TAKE_OUT)
            return None
        return place

    def _leave(self, path: str) -> None:
        """Move a page whose subject is gone out of the way."""
        front, text = self._present.fronts[path], self._present.texts[path]
        if (
            front.kind not in _LEAVING
            or path.startswith(f"{GONE}/")
            or (front.machine, front.source) in self._present.held
        ):
            self._stays.add(path)
            return
        stem = path.rpartition("/")[2].removesuffix(".md")
        target = f"{GONE}/{front.kind}-{stem}.md"
        if target in self._present.texts or target in self._present.unreadable or target in self._files:
            target = f"{GONE}/{front.kind}-{stem}-{slug(front.id)}.md"
        if {path, target} & self._present.edited:
            self._refuse(path, 0, _UNCOMMITTED, _COMMIT)
            return
        if not self._present.may_be_shown(text):
            self._refuse(path, 0, _HELD_BACK, _TAKE_OUT)
            return
        self._files.setdefault(path, None)
        self._write(target, text, gone_text(text, self._day), Doing.GONE, was=path)

    def _in_nobodys_way(self, places: list[_Place]) -> list[_Place]:
        """Leave out pages whose place is taken by one that stays; those stay too, and may be in others' way."""
        while blocked := [one for one in places if one.page.path in self._stays and one.page.path != one.lies]:
            for one in blocked:
                step = "look at what is refused beside it"
                self._refuse(one.lies or one.page.path, 0, f"another page lies at {one.page.path}", step)
            places = [one for one in places if one not in blocked]
        return places

    def _put(self, place: _Place) -> None:
        page, old = place.page, self._present.texts.get(place.lies, "")
        if place.moves:
            self._files.setdefault(place.lies, None)
            self._write(page.path, old, place.text, Doing.MOVED, was=place.lies)
        elif place.text != old:
            self._write(page.path, old, place.text, Doing.CHANGED if place.lies else Doing.NEW)

    def _text(self, page: Page, notes: str, old: str) -> str:
        """Write a page; where only its day would be new, the old day stays for a week."""
        front = front_of(old) if page.has_date else None
        if front and front.written and timedelta() <= self._day - front.written < FRESH:
            same = text_of(page, notes, front.written)
            if same == old:
                return same
        return text_of(page, notes, self._day)

    def _write(self, path: str, old: str, new: str, does: Doing, *, was: str = "") -> None:
        self._files[path] = new
        before, after = Counter(old.split("\n")), Counter(new.split("\n"))
        added, removed = (after - before).total(), (before - after).total() if old else 0
        self._changes.append(PageChange(path=path, does=does, added=added, removed=removed, was=was))

    def _refuse(self, path: str, line: int, why: str, next_step: str) -> None:
        self._stays.add(path)
        self._refused.append(PageRefused(path=path, line=line, why=why, next_step=next_step))
