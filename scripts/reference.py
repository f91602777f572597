"""Write the reference from the program: `python scripts/reference.py [--check]`.

Commands, know-how, nouns with their JSON schemas, policy, settings and errors are described once, in the code, and
only copied here. With `--check` nothing is written, and pages that differ are named.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from markdown import block, code, diagram_of, field_docs, fields, page, table

from steward.app import doctor, importing, local, mcp, redact
from steward.app.commands import catalogue_of
from steward.app.listen import HttpSettings
from steward.app.paths import PREFIX, Paths
from steward.app.plugins import KnowHow, load_know_how, load_readers, load_sources
from steward.app.settings import Settings, read_settings
from steward.app.ways import WaysSettings
from steward.core.catalogue import AnySpec, Catalogue, CommandSpec, manifest
from steward.core.policy import PolicyFile
from steward.core.schemas import schemas
from steward.engines.services.report import LISTS
from steward.knowhow.declared.problems import PROBLEMS
from steward.lib.codec import schema
from steward.model import errors
from steward.model.approval import Approval
from steward.model.change import Change
from steward.model.command import Command, Outcome
from steward.model.discovery import Reach
from steward.model.event import Event
from steward.model.finding import Finding
from steward.model.grant import Grant
from steward.model.measure import AnyMeasure
from steward.model.observation import Observation
from steward.model.operation import AnyOperation
from steward.model.plan import Plan
from steward.model.policy import Rules, Verdict
from steward.model.principal import Principal
from steward.model.receipt import Receipt
from steward.model.resource import Resource
from steward.model.risk import Risk, Strength
from steward.model.run import Run
from steward.model.workflow import Workflow
from steward.model.workspace import Workspace
from steward.surfaces.api.openapi import written as described
from steward.surfaces.cli.help import root_help, usage_line
from steward.surfaces.cli.manifest import Entry, Field, parse
from steward.surfaces.cli.values import option_of

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "reference"
LIBRARY = ROOT / "src" / "steward" / "library" / "schemas"
NOUNS: tuple[type[Any], ...] = (
    Workspace,
    Resource,
    Principal,
    Observation,
    Event,
    Command,
    Outcome,
    Workflow,
    Plan,
    Approval,
    Run,
    Receipt,
    Change,
    Grant,
    Finding,
)
LOCAL: dict[str, Callable[[list[str]], int]] = {
    "init": local.init,
    "up": local.up,
    "worker": local.worker,
    "doctor": doctor.doctor,
    "redact": redact.redact,
    "import": importing.import_folder,
    "mcp": mcp.mcp,
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"
GENERATED = "<!-- Written by `make docs` from the program. Edit the code it describes, not this page. -->"


def main() -> int:
    """Write every page, or with `--check` say which are stale."""
    wanted = {TARGET / name: text for name, text in pages().items()}
    wanted |= {LIBRARY / name: text for name, text in schemas().items()}
    strays = [path for path in sorted((TARGET / "schemas").glob("*.json")) if path not in wanted]
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        for path in (*stale, *strays):
            print(f"stale: {path.relative_to(ROOT)}; run `make docs`", file=sys.stderr)
        print("current" if not stale and not strays else f"{len(stale) + len(strays)} stale")
        return 1 if stale or strays else 0
    for path in strays:
        path.unlink()
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], "utf-8")
    print(f"{len(wanted)} pages, {len(stale)} written")
    return 0


def pages() -> dict[str, str]:
    """Return the text of every page by its name."""
    know_how = load_know_how()
    return {
        "commands.md": commands(catalogue_of(know_how)),
        "know-how.md": knowledge(know_how),
        "measures.md": measured(know_how.measures),
        "import.md": declarations(),
        "nouns.md": nouns(),
        "policy.md": policy(),
        "settings.md": settings(),
        "errors.md": failures(catalogue_of(know_how)),
        "openapi.json": described(catalogue_of(know_how), version=version("labsteward")),
        **{f"schemas/{kind.__name__.lower()}.json": _schema_file(kind) for kind in NOUNS},
    }


def commands(catalogue: Catalogue) -> str:
    """Describe every command of the terminal."""
    entries = _entries(catalogue)
    told = [_command(entry, catalogue.find(entry.name)) for entry in entries]
    return page(
        "# Commands",
        GENERATED,
        "What `steward --help` prints:",
        block(_root_help(catalogue)),
        "These commands run in the terminal's own process; all others ask the running Steward.",
        *(_local(name, command) for name, command in LOCAL.items()),
        *told,
    )


def _command(entry: Entry, known: AnySpec | AnyOperation) -> str:
    facts = [("changes", _changes(entry)), ("risk", code(entry.risk)), ("proof", _proof(entry))]
    facts.append(("prints", code(entry.output) + (", and events while it runs" if entry.streams else "")))
    if isinstance(known, CommandSpec):
        facts += [("undo", known.undo), ("success shows", known.verify)]
    else:
        facts += [("reads the facts", ", ".join(map(code, known.needs))), ("undo", "worked out with the plan")]
    shown = "\n".join(f"steward {example.line:<48} # {example.does}" for example in entry.examples)
    return page(
        f"## `steward {' '.join(entry.words)}`",
        entry.summary,
        entry.description,
        block(f"{usage_line(entry)}\n\n{shown}", "sh"),
        table(("given", "type", "default", "what"), [_field(item) for item in entry.fields if not item.content_of]),
        "\n".join(f"- {name}: {value}" for name, value in facts if value),
    ).rstrip()


def _field(item: Field) -> tuple[str, str, str, str]:
    typed = f"<{item.name.replace('_', '-')}>" if item.positional and not item.secret else option_of(item)
    kind = "one of " + ", ".join(map(code, item.choices)) if item.choices else item.kind
    default = "needed" if item.required else "" if item.default in (None, "") else code(json.dumps(item.default))
    return code(typed), "secret, from a file or asked" if item.secret else kind, default, item.description


def _changes(entry: Entry) -> str:
    return {"query": "nothing", "control": "Steward itself", "operation": "a machine, through a plan"}[entry.effect]


def _proof(entry: Entry) -> str:
    return "the owner's secret" if entry.proof != Strength.NONE.value else "none"


def _local(name: str, command: Callable[[list[str]], int]) -> str:
    os.environ["COLUMNS"] = "80"
    with redirect_stdout(io.StringIO()) as shown:
        command(["--help"])
    return page(f"## `steward {name}`", block(shown.getvalue())).rstrip()


_REACHES = {
    Reach.LOCAL: "files of Steward's own box",
    Reach.MACHINE: "a machine of the inventory",
    Reach.NETWORK: "the network",
}


def knowledge(know_how: KnowHow) -> str:
    """Describe every fact, check, fix, relation and operation."""
    fixed_by = "A finding says what was seen, since when, and what happens if nothing is done; most name a fix."
    return page(
        "# Know-how",
        GENERATED,
        "Everything here is one file under `src/steward/knowhow`: values in, values out, no access to any machine.",
        "## Facts\n\nWhat Steward reads. All of a machine in one round trip.",
        *(_fact(fact) for fact in know_how.facts),
        f"## Checks\n\n{fixed_by}",
        table(("check", "finds", "reads"), [(code(c.name), c.summary, _names(c.needs)) for c in know_how.checks]),
        "## Fixes\n\nA fix proposes; a person approves.",
        table(("fix", "does", "reads"), [(code(f.name), f.summary, _names(f.needs)) for f in know_how.fixes]),
        "## Relations\n\nWhat the [graph](../explanation/graph.md) is made of.",
        table(("relation", "tells", "reads"), [(code(r.name), r.summary, _names(r.needs)) for r in know_how.relations]),
        "## Operations\n\nThe only things that change a machine; how each is typed stands in [commands](commands.md).",
        *(_operation(operation) for operation in know_how.operations),
        "## Sources of machines\n\nWhere `steward machines discover` looks.",
        table(
            ("source", "reads", "leads to"), [(code(s.name), s.summary, _REACHES[s.reach]) for s in load_sources()[0]]
        ),
    )


def measured(measures: Iterable[AnyMeasure]) -> str:
    """Describe what readable lines may ask for."""
    rows = [
        (code(one.name), one.summary, one.argument, _missing(one), code(one.fact.name), code(one.example))
        for one in sorted(measures, key=lambda one: one.name)
    ]
    return page(
        "# Measures",
        GENERATED,
        "What [readable lines](../how-to/conditions.md) may ask for. An argument stands after the name: `[UNIT ssh]`.",
        table(("measure", "is", "argument", "when there is no such thing", "fact", "example"), rows),
    )


def _missing(measure: AnyMeasure) -> str:
    return "no answer" if measure.missing is None else code(json.dumps(measure.missing))


def declarations() -> str:
    """Describe what `steward import` reads and reports."""
    kinds = [(code(name), kind.severity.value, kind.means, kind.remedy) for name, kind in PROBLEMS.items()]
    lists = [(code(name), what) for name, what in LISTS.items()]
    return page(
        "# What an import reads and reports",
        GENERATED,
        "`steward import DIR` reads files only. Each format is one file under `src/steward/knowhow/declared`.",
        "## Formats",
        table(("reader", "reads"), [(code(reader.name), reader.summary) for reader in load_readers()]),
        "## The object of `--json`",
        "Every entry has `file`, relative to DIR, and `line`, from 1.",
        table(("list", "fields"), lists),
        "## Kinds of problems",
        table(("kind", "severity", "means", "do"), kinds),
    )


def _fact(fact: Any) -> str:
    if fact.view:
        follows = f" What is asked follows from {_names(fact.view.needs)}." if fact.view.needs else ""
        return page(
            f"### `{fact.name}`\n\n{fact.summary} Asked from Steward's own box, not read on the machine.{follows}"
        ).rstrip()
    rows = [
        (code(r.name), _program(r.argv), "root" if r.needs_root else "", f"{r.timeout_seconds} s")
        for r in fact.readings
    ]
    scripts = [_folded(f"The script of {r.name}", r.argv[-1], "sh") for r in fact.readings if "\n" in r.argv[-1]]
    shown = table(("reading", "runs", "as", "deadline"), rows)
    return page(f"### `{fact.name}`\n\n{fact.summary}", shown, *scripts, _sudoers(fact.sudoers)).rstrip()


def _program(argv: tuple[str, ...]) -> str:
    return "a script, below" if "\n" in argv[-1] else code(" ".join(argv))


def _operation(operation: AnyOperation) -> str:
    is_grantable = operation.is_grantable and operation.risk.rank <= Risk.REVERSIBLE.rank
    says = f"Risk `{operation.risk.value}` at least. Reads {_names(operation.needs) or 'nothing'}. "
    says += "A standing grant may cover it." if is_grantable else "No grant ever covers it."
    summary = (operation.input.__doc__ or "").strip()
    return page(f"### `{operation.name}`", summary, says, _sudoers(operation.sudoers)).rstrip()


def _sudoers(lines: tuple[str, ...]) -> str:
    return _folded("What its sudoers lines allow", "\n".join(lines), "") if lines else ""


def _folded(title: str, text: str, language: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{block(text, language)}\n\n</details>"


def _names(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in names)


def nouns() -> str:
    """Describe the nouns everything is built from."""
    return page(
        "# Nouns",
        GENERATED,
        "Everything is built from these. Each has a JSON Schema (2020-12); a field that is not listed is refused.",
        *(_noun(kind) for kind in NOUNS),
    )


def _noun(kind: type[Any]) -> str:
    shape = schema(kind)
    said, drawn = diagram_of(import_module(kind.__module__).__doc__ or "")
    own = shape.get("enum")
    values = [(code(v), field_docs(kind).get(v.upper(), "")) for v in own or ()]
    parts = {name: part for name, part in shape.get("$defs", {}).items() if "properties" in part}
    return page(
        f"## {kind.__name__}",
        said,
        (kind.__doc__ or "").strip(),
        block(drawn) if drawn else "",
        table(("value", "what"), values) if own else fields(shape),
        *(
            f"**{name}**: {_first(part)}\n\n{fields(part, shape['$defs'])}"
            for name, part in parts.items()
            if _is_own(name)
        ),
        f"Schema: [{kind.__name__.lower()}.json](schemas/{kind.__name__.lower()}.json)",
    ).rstrip()


def _part(name: str, part: Any, definitions: Any) -> str:
    return f"**{name}**: {_first(part)}\n\n{fields(part, definitions)}"


def _is_own(name: str) -> bool:
    """Tell whether a part has no section of its own."""
    return name not in {kind.__name__ for kind in NOUNS}


def _first(part: Any) -> str:
    return str(part.get("description", "")).partition("\n")[0]


def _schema_file(kind: type[Any]) -> str:
    return json.dumps({"$schema": DIALECT, **schema(kind)}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def policy() -> str:
    """Describe the policy file."""
    shape = schema(PolicyFile)
    rules = Rules(version="")
    said = import_module("steward.model.policy").__doc__ or ""
    least = [(code(risk.value), field_docs(Risk)[risk.name], _least(rules, risk)) for risk in Risk]
    strengths = [(code(strength.value), field_docs(Strength)[strength.name]) for strength in Strength]
    shipped = sorted((ROOT / "src/steward/library/policies").glob("*.yaml"))
    return page(
        "# Policy",
        GENERATED,
        said,
        f"A rule answers {_names(v.value for v in Verdict)}. `steward policy check` reads the file, "
        "`steward policy explain COMMAND` says what would happen and why.",
        "## Risk classes and who may approve them",
        table(("class", "what", "least proof by default"), least),
        table(("proof", "what"), strengths),
        "## The file `policy.yaml`",
        fields(shape),
        *(f"### {name}\n\n{_first(part)}\n\n{fields(part, shape['$defs'])}" for name, part in _objects(shape)),
        "## Policies that ship with Steward",
        *(f"`{path.name}`\n\n{block(path.read_text('utf-8'), 'yaml')}" for path in shipped),
    )


def _least(rules: Rules, risk: Risk) -> str:
    if risk is Risk.READ:
        return "nobody is asked"
    return "nobody may" if risk is Risk.NEVER else code(rules.least_strength(risk).value)


def _objects(shape: Any) -> list[tuple[str, Any]]:
    return [(name, part) for name, part in shape.get("$defs", {}).items() if "properties" in part]


def settings() -> str:
    """Describe the settings."""
    known = read_settings({f"{PREFIX}WORKER": "the host name and `-1`"}, Path("/home/you"))
    docs = field_docs(Settings) | field_docs(Paths) | field_docs(HttpSettings) | field_docs(WaysSettings)
    rows = []
    for name in known.origins:
        holder = next(each for each in (known.http, known.ways, known) if hasattr(each, name))
        value = _written(getattr(holder, name)).replace("/home/you", "~")
        rows.append((code(PREFIX + name.upper()), docs[name], code(value) if "`" not in value else value))
    return page(
        "# Settings",
        GENERATED,
        "Steward has no settings file: what the owner decides lies in the workspace, and where things lie is told by "
        "the environment. An unknown `STEWARD_...` variable is an error that names the nearest one.",
        table(("variable", "what", "default"), rows),
        "`STEWARD_PASSWORD_FILE` names a file with the owner's secret for one command of the terminal. "
        "`STEWARD_SECRET_<NAME>` gives the value of `secret://name`, `STEWARD_SECRET_<NAME>_FILE` the file it lies in.",
    )


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) or "none" if isinstance(value, tuple) else str(value or "none")


def failures(catalogue: Catalogue) -> str:
    """Describe errors and exit codes."""
    told = _root_help(catalogue).partition("Exit codes:")[2].strip().rstrip(".")
    codes = [part.strip().split(" ", 1) for part in " ".join(told.split()).split(",")]
    classes = [
        (code(kind.__name__), str(kind.exit_code), (kind.__doc__ or "").split("\n")[0])
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.StewardError)
    ]
    said, drawn = diagram_of(errors.__doc__ or "")
    return page(
        "# Errors and exit codes",
        GENERATED,
        said,
        block(drawn),
        table(("exit code", "means"), [(number, meaning) for number, meaning in codes]),
        "With `--json` an error is one JSON document on standard output as well.",
        table(("class", "exit code", "what"), classes),
    )


def _entries(catalogue: Catalogue) -> tuple[Entry, ...]:
    return parse(json.dumps({"commands": manifest(catalogue)})).commands


def _root_help(catalogue: Catalogue) -> str:
    shown = parse(json.dumps({"commands": manifest(catalogue)}))
    return root_help(shown, LOCAL)


if __name__ == "__main__":
    sys.exit(main())
