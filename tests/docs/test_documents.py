"""The documents: links lead somewhere, what they tell people to type exists, and every page can be found."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import jsonschema_rs
import pytest

from steward.app import main
from steward.app.plugins import load_know_how
from steward.core.sources import Source
from steward.core.workflow_files import read_workflow
from steward.core.workflow_lines import Lines
from steward.core.workflow_schema import workflow_schema
from steward.model.workspace import Inventory
from steward.surfaces.cli.manifest import read

ROOT = Path(__file__).parents[2]
SHELVES = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *SHELVES.rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")])
WRITTEN = [page for page in PAGES if page.parent.name != "reference"]
MANIFEST = read(ROOT / "src/steward/surfaces/cli/manifest.json")
LOCAL = {*main._LOCAL, "completion", "COMMAND"}
LINK = re.compile(r"\]\(([^)\s]+)\)")
STANDING_ALONE = {"AGENTS.md", "CHANGELOG.md", "README.md"}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_inside_the_repository_leads_somewhere(page):
    inside = [link.partition("#")[0] for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    assert [link for link in inside if link and not (page.parent / link).exists()] == []


def test_every_page_can_be_found_from_another_that_links_it_or_its_folder():
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for link in LINK.findall(page.read_text("utf-8"))
        if "://" not in link
    }
    lost = [page for page in PAGES if not linked.intersection({page.resolve(), page.resolve().parent})]
    fragments = re.compile(r"\.(added|changed|fixed|removed|security)\.md")
    assert [name(page) for page in lost if page.name not in STANDING_ALONE and not fragments.search(page.name)] == []


@pytest.mark.parametrize("page", WRITTEN, ids=name)
def test_every_command_a_page_tells_people_to_type_exists(page):
    unknown = [line for line in _typed(page.read_text("utf-8")) if not _exists(line)]
    assert unknown == []


def test_a_command_that_does_not_exist_is_noticed():
    assert list(_typed("Run `steward aprove K7QM`.")) == ["aprove K7QM"]
    assert not _exists("aprove K7QM")
    assert not _exists("machines fly nas")
    assert _exists("machines add nas 192.168.1.20 --user steward")


@pytest.mark.parametrize("command", sorted(main._LOCAL))
def test_every_command_of_the_terminals_own_process_is_in_the_reference(command):
    assert f"\n## `steward {command}`\n" in (SHELVES / "reference/commands.md").read_text("utf-8")


def test_the_workflows_that_a_page_shows_are_ones():
    text = (SHELVES / "how-to/write-a-workflow.md").read_text("utf-8")
    shown = re.findall(r"^ *```yaml\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    assert len(shown) >= 4
    known = load_know_how()
    operations = {operation.name: operation for operation in known.operations}
    lines = Lines(measures={measure.name: measure for measure in known.measures}, inventory=Inventory())
    validator = jsonschema_rs.validator_for(workflow_schema())
    for block in shown:
        written = dedent(block)
        assert read_workflow(written, file="shown.yaml", operations=operations, check_line=lines.problem).steps
        assert validator.is_valid(Source(written, file="shown.yaml").value)


@pytest.mark.parametrize("schema", sorted((SHELVES / "reference/schemas").glob("*.json")), ids=lambda path: path.stem)
def test_every_schema_is_a_schema(schema):
    jsonschema_rs.meta.validate(json.loads(schema.read_text("utf-8")))


def test_decisions_are_numbered_without_gaps_and_dated():
    records = sorted((SHELVES / "decisions").glob("[0-9]*.md"))
    assert [record.name[:4] for record in records] == [f"{number:04d}" for number in range(1, len(records) + 1)]
    for record in records:
        assert re.match(r"---\nstatus: [a-z ]+\ndate: \d{4}-\d\d-\d\d\n", record.read_text("utf-8")), record.name


def test_the_readme_fits_on_one_screen():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 60


def _typed(text: str) -> Iterator[str]:
    """Give what follows `steward` where a page shows a command: in backticks, or at the start of a block's line."""
    for inline in re.findall(r"`(?:\.venv/bin/)?steward ([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        yield " ".join(inline.split())
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            command = re.match(r"\s*(?:\$ )?(?:\.venv/bin/)?steward (.*?)(?:\s+#.*)?$", line)
            if command:
                yield command[1]


def _exists(line: str) -> bool:
    words = [word for word in shlex.split(line.replace("...", "X")) if not word.startswith("-")]
    if not words or words[0] in LOCAL:
        return True
    entry = next((entry for entry in MANIFEST.commands if tuple(words[: len(entry.words)]) == entry.words), None)
    return entry is not None
