"""Tables as files: what is wrong is told with its line, and the owner's come before those that come with Steward."""

from __future__ import annotations

import json
from importlib import resources

import jsonschema_rs
import pytest

from steward.core.gate import OwnTables, parse_tools, problems, shipped, with_own
from steward.core.schemas import schemas
from steward.lib.yaml import load
from steward.model.errors import InvalidFile
from steward.model.gate import judge
from steward.model.policy import Verdict
from steward.testing.places import MemoryRepository

FILES = {
    item.name: item.read_text("utf-8")
    for item in resources.files("steward").joinpath("library", "tools").iterdir()
    if item.name.endswith(".yaml")
}
OWN = """
backup-tool:
  bare: read
  flags: -q --format=
  read:
    - list show
    - check: --deep
  mutating: run
  destructive:
    - forget: {dry_run: --dry-run, flags: --all}
"""


@pytest.mark.parametrize("file", sorted(FILES))
def test_every_shipped_file_is_sound_and_fits_the_schema(file):
    assert parse_tools(FILES[file], file=file)
    jsonschema_rs.validator_for(json.loads(schemas()["tools.json"])).validate(load(FILES[file]).value)


def test_every_program_that_a_heading_names_can_be_read():
    tables = shipped()
    named = [name for file, text in FILES.items() for name in parse_tools(text, file=file)]
    assert sorted(named) == sorted(set(named)), "a program stands in two files"
    assert sorted(tables) == sorted(named)
    assert all(tables[name].name == name for name in tables)


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        ("backup-tool", "allow"),
        ("backup-tool list -q --format json", "allow"),
        ("backup-tool check --deep", "allow"),
        ("backup-tool list --deep", "ask"),
        ("backup-tool run", "ask"),
        ("backup-tool forget --all --dry-run", "allow"),
        ("backup-tool forget --all", "ask"),
        ("backup-tool forget --unknown --dry-run", "ask"),
        ("backup-tool other", "ask"),
        ("ls", "allow"),
    ],
)
def test_ten_lines_of_the_owner_teach_the_gate_a_program(line, decision):
    assert judge(line, with_own({"tools/backup.yaml": OWN})).decision is Verdict(decision)


def test_the_owner_may_be_stricter_than_what_is_shipped():
    assert judge("ls", with_own({"tools/mine.yaml": "ls: {effect: destructive}\n"})).decision is Verdict.ASK


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a:\n  efect: read\n", 2, "efect"),
        ("a:\n  effect: reads\n", 2, "effect"),
        ("a:\n  effect: read\n", 2, "operands"),
        ("a:\n  flags: -x|y\n", 2, "no flag"),
        ("a:\n  flags: -x=<jaml>\n", 2, "<jaml>"),
        ("a:\n  read: ls ls\n", 2, "already"),
        ("a:\n  read:\n    - ls\n    - ps: {operand: any}\n", 4, "operand"),
        ("a:\n  runs: two argv\n", 2, "where a command begins"),
        ("a: inert\na b: inert\n", 2, "already"),
        ("- a\n", 1, "mapping"),
        ("a\n  b: c: d\n", 2, ""),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, line, said):
    with pytest.raises(InvalidFile) as refused:
        parse_tools(text, file="tools/x.yaml")
    assert refused.value.file == "tools/x.yaml"
    assert refused.value.line == line
    assert said in str(refused.value)


def test_every_problem_is_told_at_once():
    found = problems({"tools/x.yaml": "a: {effect: reads}\nb: {runs: x}\n", "tools/y.yaml": "c: inert\n"})
    assert [(problem.file, problem.line) for problem in found] == [("tools/x.yaml", 1), ("tools/x.yaml", 2)]


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        ("box get x", "ask"),
        ("box ls --raw", "ask"),
        ("box ls -r x", "ask"),
        ("sudo box get x", "ask"),
        ("box ls", "allow"),
        ("box get --help", "allow"),
    ],
)
def test_a_table_says_which_words_show_a_secret(line, decision):
    text = 'box: {read: [{get: {secret: "*"}}, {ls: {flags: -r --raw, secret: ["* --raw*", "* -r*"]}}]}\n'
    told = judge(line, with_own({"tools/box.yaml": text}))
    assert (told.effect.value, told.decision.value) == ("read_only", decision)


def test_the_tables_of_a_workspace_are_those_in_its_folder():
    repository = MemoryRepository()
    own = OwnTables(repository)
    assert judge("backup-tool list", own.tables()).decision is Verdict.ASK
    repository.edit("tools/backup.yaml", OWN)
    repository.edit("tools/deeper/x.yaml", "rm: inert\n")
    repository.edit("tools/notes.md", "# none\n")
    assert judge("backup-tool list", own.tables()).decision is Verdict.ALLOW
    assert judge("rm x", own.tables()).decision is Verdict.ASK
    assert own.problems() == ()


def test_a_broken_file_of_the_workspace_is_told_with_its_line():
    repository = MemoryRepository()
    repository.edit("tools/a.yaml", "ls: {effect: reads}\nps: {runs: x}\n")
    own = OwnTables(repository)
    assert [(problem.file, problem.line) for problem in own.problems()] == [("tools/a.yaml", 1), ("tools/a.yaml", 2)]
    with pytest.raises(InvalidFile):
        own.tables()


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        ("box -a 'uptime | head'", "allow"),
        ("box -a 'rm x'", "ask"),
        ("box -a 'echo \"{{ x }}\"'", "ask"),
        ("box -a 'uptime executable=/tmp/x'", "ask"),
        ("box -t 'filter=a* b'", "allow"),
        ("box -t 'filter={{ x }}'", "ask"),
    ],
)
def test_a_task_for_ansible_holds_no_template(line, decision):
    tools = with_own({"tools/box.yaml": 'box: {effect: read, operands: none, flags: "-a=<task> -t=<text>"}\n'})
    assert judge(line, tools).decision.value == decision


@pytest.mark.parametrize(
    ("line", "decision"),
    [
        ("cloud describe-disks --any x", "allow"),
        ("cloud describe- ", "allow"),
        ("cloud describe-key", "ask"),
        ("cloud describe", "ask"),
        ("cloud delete-disks", "ask"),
        ("cloud 'describe-x;y'", "ask"),
    ],
)
def test_a_name_with_a_star_stands_for_all_that_begin_so(line, decision):
    tools = with_own(
        {"tools/cloud.yaml": 'cloud: {read: [{"describe-*": {inert: true}}], destructive: describe-key}\n'}
    )
    assert judge(line, tools).decision.value == decision
