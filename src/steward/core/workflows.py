"""Workflows by name: those of the workspace, and those that Steward ships."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from steward.core.task_pictures import Picture, picture_at
from steward.core.workflow_files import read_workflow
from steward.core.workflow_steps import STEP_NAME
from steward.lib.text import nearest, visible_line
from steward.model.errors import NotFound
from steward.model.principal import Principal
from steward.model.workflow import Workflow
from steward.ports.repository import Repository

FOLDER = "workflows"
"""Folder of the workspace."""


def no_other(name: str) -> Workflow:
    """Find no workflow, for what cannot call any.

    Raises:
        NotFound: always.
    """
    raise NotFound(f"there is no workflow `{visible_line(name)}`", next_step="see `steward workflow ls`")


@dataclass(frozen=True, kw_only=True)
class WorkflowText:
    """One workflow as it lies there."""

    name: str
    """Name of its file, without `.yaml`."""
    file: str
    """Path in the workspace, or where it lies in Steward."""
    text: str
    """What it says."""
    is_shipped: bool
    """Whether it came with Steward."""


@dataclass(frozen=True, kw_only=True)
class WorkflowFolder:
    """Finds, reads and writes workflows; one of the workspace stands before a shipped one of its name."""

    repository: Repository
    """The workspace."""

    def names(self) -> tuple[str, ...]:
        """Return every name, sorted."""
        own = (path for path in self.repository.files(FOLDER) if path.endswith(".yaml"))
        return tuple(sorted({*_shipped(), *(path.removeprefix(f"{FOLDER}/").removesuffix(".yaml") for path in own)}))

    def text(self, name: str) -> WorkflowText:
        """Return a workflow as it lies there.

        Raises:
            NotFound: with the nearest name.
            InvalidFile: the file is no text.
        """
        if STEP_NAME.fullmatch(name):
            path = f"{FOLDER}/{name}.yaml"
            own = self.repository.read(path)
            if own is not None:
                return WorkflowText(name=name, file=path, text=own, is_shipped=False)
            if name in _shipped():
                text = _library().joinpath(f"{name}.yaml").read_text("utf-8")
                return WorkflowText(name=name, file=f"library/{path}", text=text, is_shipped=True)
        near = nearest(name, self.names())
        hint = f"did you mean `{near}`?" if near else "see `steward workflow ls`"
        raise NotFound(f"there is no workflow `{visible_line(name)}`", next_step=hint)

    def find(self, name: str) -> Workflow:
        """Return a workflow, read.

        Raises:
            NotFound: it is not there.
            InvalidFile: its text has mistakes.
        """
        found = self.text(name)
        return read_workflow(found.text, file=found.file)

    def picture(self, path: str) -> Picture:
        """Return a picture that a workflow names.

        Raises:
            NotFound: there is no such file.
            InvalidInput: it cannot be shown.
        """
        return picture_at(self.repository, path)

    def history(self, name: str) -> Iterator[tuple[str, str]]:
        """Give `(commit, text)` for every commit that changed it, newest first; none for a shipped one."""
        return self.repository.committed(f"{FOLDER}/{name}.yaml")

    def save(self, name: str, text: str, author: Principal) -> str:
        """Write a workflow and commit it; return the commit.

        Raises:
            Conflict: the file has edits that nobody committed.
        """
        path = f"{FOLDER}/{name}.yaml"
        is_new = self.repository.read(path) is None
        message = f"{'Add' if is_new else 'Change'} workflow {name}"
        return self.repository.write({path: text}, message=message, author=author)


def _library() -> Traversable:
    return resources.files("steward").joinpath("library", FOLDER)


def _shipped() -> frozenset[str]:
    folder = _library()
    if not folder.is_dir():
        return frozenset()
    return frozenset(each.name.removesuffix(".yaml") for each in folder.iterdir() if each.name.endswith(".yaml"))
