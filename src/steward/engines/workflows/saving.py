"""Keep a workflow in the workspace; runs that are on their way go on with the version they began with."""

from __future__ import annotations

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.workflow_wishes import read_here
from steward.core.workflows import FOLDER
from steward.lib.record import record
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.risk import Risk, Strength
from steward.model.workflow import Workflow


@record
class SaveInput:
    """Keep a workflow in the workspace, as a commit; one that is there under its name is replaced."""

    what: str
    """Name of the workflow, or the path of its file."""
    text: str = ""
    """Content of the file; filled in by the terminal."""


@record
class Saved:
    """A workflow that is kept."""

    sentence: str
    """What was done, in one sentence."""
    name: str
    """Name of the workflow."""
    file: str
    """Where it lies in the workspace."""
    commit: str
    """The commit."""


async def save(desk: Desk, given: SaveInput) -> Saved:
    """Keep it."""
    workflow = _read(desk, given)
    commit = desk.workspace.workflows.save(workflow.name, given.text, desk.actor)
    file = f"{FOLDER}/{workflow.name}.yaml"
    return Saved(
        sentence=f"{file} is kept; `steward workflow run {workflow.name}`.",
        name=workflow.name,
        file=file,
        commit=commit,
    )


async def preview(desk: Desk, given: SaveInput) -> str:
    """Say what would be committed."""
    workflow = _read(desk, given)
    return f"commits {len(given.text.encode())} bytes as {FOLDER}/{workflow.name}.yaml; changes no machine"


def _read(desk: Desk, given: SaveInput) -> Workflow:
    """Read what is to be kept.

    Raises:
        InvalidFile: it has mistakes.
        InvalidInput: there is no text, it holds a secret, or it is called otherwise.
    """
    if not given.text:
        step = "give the path of a file: `steward workflow save restart-web.yaml`"
        raise InvalidInput("there is nothing to keep", next_step=step)
    desk.secrets.refuse_in({"text": given.text}, "workflow")
    workflow = read_here(desk, given.text, given.what)
    is_path = "/" in given.what or "." in given.what or given.what == "-"
    if not is_path and given.what != workflow.name:
        why = f"its text says `name: {workflow.name}`"
        raise InvalidInput(f"this is not the workflow `{given.what}`", why=why, next_step="make the two the same")
    return workflow


COMMANDS = (
    CommandSpec(
        name="workflow.save",
        right=Right.GOVERN,
        input=SaveInput,
        output=Saved,
        handler=save,
        preview=preview,
        undo="git -C WORKSPACE revert COMMIT",
        verify="`steward workflow show NAME` shows it",
        risk=Risk.REVERSIBLE,
        proof=Strength.STEP_UP,
        examples=(
            Example(line="workflow save restart-web.yaml", does="Keep a workflow in the workspace"),
            Example(line="workflow save restart-web.yaml --dry-run", does="Only say what would be committed"),
        ),
    ),
)
