"""Any text: known by what it says, nothing lost, only our own errors."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.core.foreign.imported import Imported
from steward.core.foreign.read import read
from steward.core.workflow_files import read_workflow
from steward.lib.yaml import load
from steward.lib.yaml_loose import load_all
from tests.unit.core.foreign.texts import EVERYTHING, GRAPH, NIGHTLY, TASKS, known

DATA = Path(__file__).parents[4].parent / "shared" / "data" / "homelabs"


def told(found: Imported, kind: str) -> set[str]:
    """Return what was told of one kind, `step NAME`, mapped or not."""
    return {each.what for each in (*found.mapped, *found.unmapped) if each.what.startswith(f"{kind} ")}


def sound(found: Imported) -> None:
    """Every file that came of it reads back, and every line is one of the source."""
    for file in found.files:
        if file.path.startswith("workflows/"):
            read_workflow(file.text, file=file.path, operations=known().operations)
        assert load(file.text).value
    assert len({file.path for file in found.files}) == len(found.files)
    assert all(each.line >= 1 and each.why for each in found.unmapped)


def test_a_folder_of_every_form_is_read_whole():
    found = read(EVERYTHING, replace(known(), machine="nas"))
    sound(found)
    assert sum(file.path.startswith("workflows/") for file in found.files) == 3
    assert len(found.files) == 9
    assert len(found.machines) == 2
    assert found.mistakes == ()


def test_nothing_of_the_source_is_lost():
    found = read(EVERYTHING, known())
    for file, kind, names in (
        ("workflows/nightly.yaml", "step", "dump prune certs sure restart check sum alarm"),
        ("tasks.yaml", "step", "look buy settle sure scrub grow page"),
        ("graph.yaml", "resource", "settings deployment service ingress volumes"),
        ("cron/jobs.json", "job", "scrub deploy reload odd ask"),
        ("watchers.yaml", "watcher", "torrents release shots optimize bills"),
        ("hosts.yaml", "host", "pve nas bad"),
        ("profiles.yaml", "profile", "critical info"),
    ):
        one = read({file: EVERYTHING[file]}, known())
        assert told(one, kind) == {f"{kind} {name}" for name in names.split()}
        assert told(one, kind) <= told(found, kind)


def test_each_part_is_told_once_as_mapped_or_not():
    found = read(EVERYTHING, known())
    steps = [(each.file, each.what) for each in (*found.mapped, *found.unmapped) if each.what.startswith("step ")]
    assert len(steps) == len(set(steps)) == 15


def test_blocks_of_markdown_keep_their_lines():
    text = f"# Notes\n\nSome words.\n\n  ```yaml\n{TASKS}  ```\n\n```sh\nreboot\n```\n"
    found = read({"notes.md": text}, known())
    assert next(each.line for each in found.unmapped if each.what == "step look") == 12
    assert len(found.files) == 1


def test_a_file_of_no_known_form_is_told():
    found = read({"compose.yaml": "services: {web: {image: nginx}}\n", "x.yaml": "kind: Workflow\nname: x\n"}, known())
    assert [(each.file, each.why) for each in found.unmapped] == [
        ("compose.yaml", "it has no form of workflow that is known here"),
        ("x.yaml", "it is one of Steward's own: put it into `workflows/`"),
    ]


def test_a_text_that_cannot_be_read_is_told_with_its_line():
    found = read({"x.yaml": "steps: [\n  - {name: a\n"}, known())
    assert found.mistakes
    assert found.mistakes[0].file == "x.yaml"


def test_words_of_the_source_cannot_forge_lines():
    found = read({"n.yaml": NIGHTLY.replace("name: certs", 'name: "a\\nb\\e[31m"')}, known())
    shown = [each.what for each in found.unmapped]
    assert not any("\n" in each or "\x1b" in each for each in shown)


_BITS = [*GRAPH.split("\n"), *NIGHTLY.split("\n"), *TASKS.split("\n")]
_WORDS = re.findall(r"\S+", GRAPH + NIGHTLY + TASKS)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(EVERYTHING)),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.sampled_from(_BITS + _WORDS)), max_size=4),
    junk=st.text(max_size=30),
)
def test_any_text_gives_an_answer(name, cuts, junk):
    lines = EVERYTHING[name].split("\n")
    for place, bit in cuts:
        lines[int(place * (len(lines) - 1))] = bit
    sound(read({name: "\n".join(lines), "junk.yaml": junk}, known()))


@settings(max_examples=60, deadline=None)
@given(expression=st.text(alphabet="${}'\"\\.abc()[]?! \n=", max_size=40))
def test_any_expression_gives_an_answer(expression):
    quoted = expression.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    sound(read({"g.yaml": GRAPH.replace("${schema.spec.replicas}", quoted)}, known()))


@pytest.mark.skipif(not DATA.is_dir(), reason="the collection of homelab repositories is not here")
def test_every_step_in_repositories_of_others_is_mapped_or_told():
    paths = [path for path in sorted(DATA.rglob("*")) if path.suffix in {".md", ".yaml", ".yml"} and path.is_file()]
    texts = {str(path.relative_to(DATA)): path.read_text("utf-8", "replace") for path in paths}
    graphs = {name: text for name, text in texts.items() if "kro.run" in text}
    assert graphs
    found = read(graphs, known())
    sound(found)
    for name, text in graphs.items():
        one = read({name: text}, known())
        parts = [
            each.get("name") or each.get("id")
            for block in re.findall(r"^ *```yaml\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
            for each in _resources(block)
        ]
        said = [
            each.what.partition(" ")[2]
            for each in (*one.mapped, *one.unmapped)
            if each.what.split()[0] in {"step", "resource"}
        ]
        assert sorted(said) == sorted(part for part in parts if part)


def _resources(block: str) -> list[dict[str, str]]:
    """Return name and id of each resource of a graph, read apart from the reader under test."""
    if "ResourceGraphDefinition" not in block:
        return []
    lines = block.split("\n")
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    found = load_all("\n".join(line[indent:] for line in lines)).documents
    return [
        {name: each.string(name) or "" for name in ("name", "id")}
        for root in found
        for each in root.list("spec", "resources")
    ]


def test_a_document_of_no_known_form_beside_a_known_one_is_told():
    found = read({"n.yaml": f"{NIGHTLY}---\nservices: {{web: {{image: nginx}}}}\n"}, known())
    line = NIGHTLY.count("\n") + 2
    assert [(each.line, each.what) for each in found.unmapped if each.what == "a document"] == [(line, "a document")]


def test_a_value_that_yaml_reads_as_a_key_is_told():
    found = read({"n.yaml": "name: n\nsteps:\n  - type: shell\n    command: {{ restart }}\n"}, known())
    assert [(each.line, each.what) for each in found.mistakes] == [
        (4, "a key that is no text is left out, with what stands under it")
    ]


@pytest.mark.parametrize(
    ("begin", "end"),
    [("```yaml", "```"), ('```yaml title="x"', "```"), ("~~~yml", "~~~"), ("````yaml", "`````"), ("```yaml", "")],
)
def test_a_block_of_markdown_is_read_however_it_is_fenced(begin: str, end: str):
    found = read({"n.md": f"# Notes\n\n```sh\nls\n```\n{begin}\n{NIGHTLY}{end}\n", "o.md": "~~~\n"}, known())
    assert next(each.line for each in found.unmapped if each.what == "step dump") == 11
    assert len(found.files) == 1
