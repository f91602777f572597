"""Living documentation: pages in the owner's workspace, written from what is known, with the owner's notes kept."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.leaks import ALLOWED
from steward.engines.knowledge.seen import held, lab_of
from steward.knowhow.pages.book import book_of
from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.masking import masked_page
from steward.knowhow.pages.places import FOLDER, FOLDERS
from steward.knowhow.pages.shelf import Doing, PageChange, PageRefused, Present, Shelf, shelved
from steward.lib.record import record
from steward.lib.text import plural, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.risk import Risk, Strength

_STALE = 10
_MOST_NAMED = 6


@record
class DocsInput:
    """Write the documentation of the lab into the folder `docs` of the workspace, from what was last seen.

    One page for each machine and service, an overview, network, storage, and a break-glass page for somebody who is
    not technical. Your notes between the marks of a page are kept, and so is every file you wrote yourself. All that
    changes is one commit; where nothing changes there is none.
    """

    check: bool = False
    """Write nothing: only tell what would change, and leave with 10 when something would. So does `docs check`."""


@record
class DocsCheckInput:
    """Tell whether the documentation is as it should be, without writing; leaves with 10 when it is not."""


@record
class Docs:
    """What became of the documentation, or would."""

    sentence: str
    """The answer in one sentence."""
    folder: str
    """Where the pages lie."""
    commit: str
    """Commit that holds them; empty when nothing was written."""
    pages: int
    """Pages there are."""
    changed: tuple[PageChange, ...]
    """Pages that change."""
    refused: tuple[PageRefused, ...]
    """Pages that were left as they are, each with the reason and what helps."""
    yours: tuple[str, ...]
    """Files of yours where Steward would have put a page."""
    is_check: bool
    """Whether nothing was to be written."""

    @property
    def exit_code(self) -> int:
        """10 when a page was refused, and when a check found one that is not as it should be."""
        return _STALE if self.refused or (self.is_check and self.changed) else 0


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """What would be written, and on top of which commit."""

    shelf: Shelf
    commit: str
    pages: int


async def build(desk: Desk, given: DocsInput) -> Docs:
    """Write the pages."""
    if given.check:
        return await check(desk, DocsCheckInput())
    draft, commit = await _draft(desk), ""
    if draft.shelf.files:
        write = desk.workspace.write_documents
        message = _message(draft.shelf.changes)
        commit = await asyncio.to_thread(write, draft.shelf.files, message, desk.actor, expected=draft.commit)
    return _docs(draft, commit=commit, is_check=False)


async def check(desk: Desk, _given: DocsCheckInput) -> Docs:
    """Tell whether the pages are as they should be."""
    return _docs(await _draft(desk), commit="", is_check=True)


async def preview_build(desk: Desk, _given: DocsInput) -> str:
    """Say which pages would change, and by how many lines."""
    draft = await _draft(desk)
    lines = [f"{_told(change)}: +{change.added} -{change.removed}" for change in draft.shelf.changes]
    lines += [f"{_place(each)} stays as it is: {each.why}" for each in draft.shelf.refused]
    return "\n".join([_sentence(draft, is_check=True), *lines])


def _docs(draft: _Draft, *, commit: str, is_check: bool) -> Docs:
    return Docs(
        sentence=_sentence(draft, is_check=is_check),
        folder=FOLDER,
        commit=commit,
        pages=draft.pages,
        changed=draft.shelf.changes,
        refused=draft.shelf.refused,
        yours=draft.shelf.yours,
        is_check=is_check,
    )


async def _draft(desk: Desk) -> _Draft:
    """Write every page in memory, masked, and put it beside what lies in the folder."""
    lab = await lab_of(desk)
    return await asyncio.to_thread(_drafted, desk, lab)


def _drafted(desk: Desk, lab: Lab) -> _Draft:
    masked = desk.events.masked
    pages = [masked_page(page, masked) for page in book_of(lab)]
    lying = desk.workspace.documents(FOLDERS)
    present = Present(
        texts=lying.texts,
        edited=lying.edited,
        unreadable=lying.unreadable,
        held=held(lab),
        may_be_shown=lambda text: _is_free_of_secrets(text, masked),
    )
    return _Draft(shelf=shelved(pages, present, lab.now.date()), commit=lying.commit, pages=len(pages))


def _is_free_of_secrets(text: str, masked: Callable[[str], str]) -> bool:
    """Judge as a commit is judged: a line its owner allowed passes."""
    judged = "\n".join(line for line in text.split("\n") if ALLOWED not in line)
    return masked(judged) == judged


def _message(changes: tuple[PageChange, ...]) -> str:
    """Say in the words of a commit what changed: `Documentation: nas, photos changed; web gone`."""
    parts: list[str] = []
    for doing in Doing:
        names = [
            change.path.removeprefix(f"{FOLDER}/").removesuffix(".md") for change in changes if change.does is doing
        ]
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        parts += [f"{', '.join(names[:_MOST_NAMED])}{more} {doing.value}"] if names else []
    return f"Documentation: {'; '.join(parts)}"


def _sentence(draft: _Draft, *, is_check: bool) -> str:
    shelf = draft.shelf
    counts = Counter(change.does for change in shelf.changes)
    told = ", ".join(f"{counts[doing]} {doing.value}" for doing in Doing if counts[doing])
    refused = f" {plural(len(shelf.refused), 'page')} left as {'it is' if len(shelf.refused) == 1 else 'they are'}."
    said = f"{plural(draft.pages, 'page')}: {told or 'nothing to change'}"
    return f"{said}{' by a build' if is_check and told else ''}.{refused if shelf.refused else ''}"


def _told(change: PageChange) -> str:
    was = f" (from {change.was})" if change.was else ""
    return f"{change.path}, {change.does.value}{was}"


def _place(refused: PageRefused) -> str:
    path = visible_line(refused.path)
    return f"{path}:{refused.line}" if refused.line else path


COMMANDS = (
    CommandSpec(
        name="docs.build",
        right=Right.GOVERN,
        input=DocsInput,
        output=Docs,
        handler=build,
        preview=preview_build,
        undo="git -C WORKSPACE revert COMMIT",
        verify="`steward docs check` finds nothing to change",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="docs build", does="Write every page that is not as it should be, in one commit"),
            Example(line="docs build --dry-run", does="Only tell which pages would change, and by how many lines"),
        ),
    ),
    CommandSpec(
        name="docs.check",
        right=Right.READ,
        input=DocsCheckInput,
        output=Docs,
        handler=check,
        risk=Risk.READ,
        examples=(
            Example(line="docs check", does="Tell which pages are stale; leaves with 10 when one is"),
            Example(line="docs check --json", does="The same as one JSON object"),
        ),
    ),
)
