"""What holds for every plug-in, so that adding one is safe without reading the others."""

import importlib
import pkgutil
import re
import shlex
from dataclasses import MISSING, fields, replace
from typing import Any

import pytest

import tests.unit.knowhow
from steward.lib.codec import decode, encode, schema
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint
from steward.model.probe import Probe, ProbeKind
from steward.model.relation import Lab
from tests.unit.knowhow.plugins import CHECKS, FACTS, FIXES, MODULES, OPERATIONS, RELATIONS
from tests.unit.knowhow.snapshots import (
    container,
    containers,
    disk,
    filesystems,
    journal,
    packages,
    snapshot,
    unit,
    units,
)
from tests.unit.knowhow.uses_files import WANTED
from tests.unit.knowhow.uses_workflows import TARGETS

FAMILIES = [
    importlib.import_module(f"tests.unit.knowhow.{found.name}")
    for found in pkgutil.iter_modules(tests.unit.knowhow.__path__)
    if found.name.startswith("uses_")
]
"""Files beside this one that tell a use of each operation of a family (`USES`), and the facts for it (`SEEN`)."""
_FACTS = snapshot(
    units=units(
        unit(),
        unit("broken.service", active_state="failed"),
        unit("off.timer", active_state="inactive", file_state="disabled"),
    ),
    containers=containers(
        container(),
        container(name="off", id="cd" * 32, state="exited"),
        container(name="paused", id="ef" * 32, state="paused"),
    ),
    filesystems=filesystems(disk(95.0)),
    journal=journal(800),
    packages=packages(900),
    **{name: value for family in FAMILIES for name, value in family.SEEN.items()},
)
SEEN = replace(_FACTS, wanted=replace(WANTED, http_targets=TARGETS))
USES: list[tuple[str, dict[str, Any]]] = [
    ("unit.restart", {"unit": "nginx.service"}),
    ("unit.restart", {"unit": "broken.service"}),
    ("unit.stop", {"unit": "nginx.service"}),
    ("unit.start", {"unit": "broken.service"}),
    ("journal.vacuum", {"keep_megabytes": 100}),
    ("packages.clean_cache", {}),
    ("container.restart", {"container": "web"}),
    ("container.restart", {"container": "off"}),
    ("container.stop", {"container": "web"}),
    ("container.start", {"container": "off"}),
    ("shell.run", {"script": "uptime", "reason": "see the load"}),
    *(use for family in FAMILIES for use in family.USES),
]


def blueprint(name: str, given: dict[str, Any], seen: Snapshot = SEEN) -> Blueprint:
    operation = OPERATIONS[name]
    return operation.build(decode(operation.input, {"machine": "m1", **given}), seen)


def probes(made: Blueprint) -> tuple[Probe, ...]:
    return (*made.preconditions, *made.verify, *made.undo.verify)


def allows(sudoers: tuple[str, ...], argv: tuple[str, ...]) -> bool:
    """Judge as sudo does: the last line that fits wins; `^...$` is a regular expression over the arguments."""
    verdict = False
    for line in sudoers:
        program, _, arguments = line.removeprefix("!").partition(" ")
        given = " ".join(argv[1:])
        plain = re.sub(r"\\(.)", r"\1", arguments)
        fits = re.fullmatch(arguments, given) is not None if arguments.startswith("^") else plain == given
        if program == argv[0] and fits:
            verdict = not line.startswith("!")
    return verdict


KINDS = (
    ("facts", FACTS),
    ("checks", CHECKS),
    ("fixes", FIXES),
    ("operations", OPERATIONS),
    ("relations", RELATIONS),
)


def test_every_module_gives_a_plugin_of_another_name() -> None:
    for kind, named in KINDS:
        assert len(MODULES[kind]) == len(named)


def test_every_plugin_reads_facts_that_exist() -> None:
    for plugin in (*CHECKS.values(), *FIXES.values(), *OPERATIONS.values(), *RELATIONS.values()):
        assert set(plugin.needs) <= set(FACTS)


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_finds_nothing_where_nothing_was_read(name: str) -> None:
    assert CHECKS[name].run(snapshot()) == ()


@pytest.mark.parametrize("name", RELATIONS)
def test_a_relation_tells_no_edge_where_nothing_was_read(name: str) -> None:
    lab = Lab(machines=(SEEN.machine,), seen={SEEN.machine.id: snapshot()})
    assert RELATIONS[name].tell(lab).edges == ()


def test_every_operation_is_used_here() -> None:
    assert {name for name, _ in USES} == set(OPERATIONS)


@pytest.mark.parametrize(("name", "given"), USES)
def test_every_probe_points_at_a_value_that_is_there(name: str, given: dict[str, Any]) -> None:
    for probe in probes(blueprint(name, given)):
        if probe.kind is ProbeKind.FACT:
            assert probe.fact in OPERATIONS[name].needs
            value = encode(SEEN.values[probe.fact])
            for key in probe.path:
                value = value[key]
            assert isinstance(value, bool | int | float | str)


@pytest.mark.parametrize(("name", "given"), USES)
def test_every_program_is_absolute_and_allowed_by_its_own_sudoers_lines(name: str, given: dict[str, Any]) -> None:
    made = blueprint(name, given)
    actions: tuple[Action, ...] = (made.action, *made.undo.actions)
    for action in actions:
        assert action.argv[0].startswith("/")
        if action.needs_root:
            rights = OPERATIONS[name].rights
            lines = (*OPERATIONS[name].sudoers, *(rights(SEEN) if rights else ()))
            assert allows(lines, action.argv)
            assert not allows(lines, (*action.argv, "--extra"))


@pytest.mark.parametrize(("name", "given"), USES)
def test_no_use_is_milder_than_its_operation(name: str, given: dict[str, Any]) -> None:
    made = blueprint(name, given)
    assert made.risk.rank >= OPERATIONS[name].risk.rank
    assert made.effects
    encode(made)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_example_fits_the_input(name: str) -> None:
    kind = OPERATIONS[name].input
    for example in OPERATIONS[name].examples:
        words = shlex.split(example.line)
        assert words[:2] == name.split(".")
        positional = [word for word in words[2:] if not word.startswith("--")]
        assert len(positional) == len([field for field in fields(kind) if field.default is MISSING])
    assert all(field.get("description") for field in schema(kind)["properties"].values())


def test_only_the_shell_and_writing_a_file_can_never_be_granted() -> None:
    assert {name for name, operation in OPERATIONS.items() if not operation.is_grantable} == {"shell.run", "file.write"}


def test_what_files_declare_is_changed_by_these_operations_only() -> None:
    assert [name for name, operation in OPERATIONS.items() if operation.changes_declared] == [
        "container.update_restart_policy",
        "unit.disable",
        "unit.enable",
    ]
