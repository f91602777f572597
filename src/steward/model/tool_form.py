"""The form in which people write what they know of a program, and its reading into `model.tool`.

    docker podman:                          # names of the program
      globals: -H= --host= --context=       # flags before a subcommand; `=`: takes a value, `[=]`: perhaps
      flags: -q --quiet --format=           # flags here and below
      read:                                 # subcommands (and flags: with one of them it reads)
        - ps images version
        - logs: -f --tail=                  # with flags of its own
      mutating: pull start stop
      destructive:
        - volume rm: {dry_run: --dry-run}

Values: `-X=GET|HEAD`, `--output=<null>`, `-c=<shell>`; the kinds stand in `model.tool.ValueKind`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from steward.lib.record import record
from steward.model.tool import Effect, Flag, Operands, Role, Runs, Style, Takes, Tool, Usage, ValueKind, ValueRule

Grade: TypeAlias = Literal["read", "mutating", "destructive", "never"]
Names: TypeAlias = "str | list[str | dict[str, str | Form]]"
Path: TypeAlias = "tuple[str | int, ...]"

_GRADES: dict[Grade, Effect] = {
    "read": Effect.READ_ONLY,
    "mutating": Effect.MUTATING,
    "destructive": Effect.DESTRUCTIVE,
    "never": Effect.NEVER,
}
_FLAG = re.compile(r"(?P<name>-<number>|[-+][^\s=\[\]<>|]*)(?P<takes>\[=\]|=)?(?P<rule>\S*)")
_WORD = re.compile(r"[A-Za-z0-9_.:@%?/\[+][A-Za-z0-9_.:@%?/\[+-]*\*?")
_RUNS = re.compile(r"(?P<mark>-- )?(?P<skip>[0-9] )?(?P<kind>argv|shell)(?P<more> \+)?")


@record
class Form:
    """How a program, or one of its subcommands, is used."""

    effect: Grade | None = None
    """What it does; given by the list a subcommand stands in, else `mutating`."""
    why: str = ""
    """Said when this decides."""
    style: Literal["gnu", "words", "go"] | None = None
    """How flags are read: `gnu` (`-abc` are three), `words` (`-abc` is one), `go` (`--abc` is `-abc`). As above."""
    globals: str = ""
    """Harmless flags before a subcommand."""
    flags: str | list[str] = ""
    """Harmless flags, here and for every subcommand."""
    read: Names = ""
    """Subcommands that read; flags with which it reads (`-l --list`)."""
    mutating: Names = ""
    """Subcommands and flags that change."""
    destructive: Names = ""
    """Subcommands and flags that destroy."""
    never: Names = ""
    """Subcommands and flags that are refused whoever asks."""
    dry_run: str = ""
    """Flags with which nothing changes, whatever else is given that is listed here; `none` for a subcommand that
    does not heed those above."""
    bare: Grade | None = None
    """What it does with no operand; absent: the same."""
    operands: str | int | None = None
    """What may follow while it reads: `any`, `none`, a number, or one rule each: `<any> <sql>`, `+*?`, `<url>...`
    (`?`: may be absent, `...`: repeats). Needed beside `effect: read`; under `read` the default is `any`."""
    script: str = ""
    """What the first operand must be: `<sed> unless -e --expression`."""
    runs: str = ""
    """It runs another command: `argv`; `1 argv` after one operand; `1 shell` joined for a shell; `-- argv` after
    `--`; `argv +` with words added that nobody has seen."""
    assigns: bool = False
    """`NAME=value` may stand before that command."""
    scratch: Grade | None = None
    """What it does when every operand lies under `/tmp`."""
    inert: bool = False
    """No flag and no operand, listed or not, can change anything: then nothing needs to be listed."""
    names_only: bool = False
    """It shows names and figures of files, never what is in them."""
    old_style: bool = False
    """The first word may be flags without a dash (`tar tf`)."""
    help: bool = True
    """`--help` and `--version`, given alone, only print."""
    permutes: bool = False
    """Short flags count behind operands too, as GNU getopt reads them; matters for those of `read` and `dry_run`."""
    sends_input: bool = False
    """It sends on what it is fed (`openssl s_client`): nothing but an empty `echo` may be piped into it."""
    secret: str | list[str] = ""
    """Shell patterns over all words behind the program: where one fits, it shows keys or passwords, and is asked.
    `*`: always; `* --raw*`: with that flag."""
    environment: str = ""
    """Variables that may be set for the program (top level only)."""


@dataclass
class Reader:
    """Reads forms; collects `(path, what, next step)` of everything wrong instead of ending at the first."""

    problems: list[tuple[Path, str, str]] = field(default_factory=list[tuple[Path, str, str]])

    def tool(self, name: str, forms: list[Form], at: Path) -> Tool:
        """Read what is written of one program."""
        usages = tuple(self._root(form, at) for form in forms)
        environment = frozenset(word for form in forms for word in form.environment.split())
        return Tool(name=name, forms=usages, environment=environment)

    def _root(self, form: Form, at: Path) -> Usage:
        if form.effect == "read" and form.operands is None and not (form.inert or form.runs):
            self._note(at, "`operands` is missing", "say what may follow while it reads: `any`, `none`, a number")
        return self._usage(form, Effect.READ_ONLY if form.inert else Effect.MUTATING, Style.GNU, at)

    def _usage(self, form: Form, effect: Effect, style: Style, at: Path) -> Usage:
        style = Style(form.style) if form.style else style
        effect = _GRADES[form.effect] if form.effect else effect
        listed = form.flags if isinstance(form.flags, str) else " ".join(form.flags)
        flags = dict(self._flags(listed, Flag(), style, (*at, "flags")))
        heeds_dry_run = form.dry_run != "none"
        flags |= self._flags(form.dry_run if heeds_dry_run else "", Flag(role=Role.DRY_RUN), style, (*at, "dry_run"))
        subs: dict[str, Usage] = {}
        for grade, graded in _GRADES.items():
            self._enter(getattr(form, grade), graded, style, flags, subs, (*at, grade))
        is_group = bool(subs) and form.effect is None and form.operands is None
        if is_group and effect is Effect.READ_ONLY:
            # What a group reads is what it lists: a word that is not listed must not count as an operand.
            effect = Effect.MUTATING
        scripted = self._script(form.script, style, (*at, "script"))
        return Usage(
            effect=effect,
            why=form.why,
            style=style,
            own_globals=dict(self._flags(form.globals, Flag(), style, (*at, "globals"))),
            flags=flags,
            subs=subs,
            bare=_GRADES[form.bare] if form.bare else None,
            operands=self._operands(form.operands, (*at, "operands")),
            script=scripted[0],
            script_flags=scripted[1],
            runs=self._runs(form.runs, (*at, "runs")),
            assigns=form.assigns,
            scratch=_GRADES[form.scratch] if form.scratch else None,
            is_inert=form.inert,
            shows_names_only=form.names_only,
            is_old_style=form.old_style,
            answers_help=form.help,
            heeds_dry_run=heeds_dry_run,
            permutes=form.permutes,
            sends_input=form.sends_input,
            secret=((form.secret,) if form.secret else ()) if isinstance(form.secret, str) else tuple(form.secret),
        )

    def _enter(
        self, names: Names, effect: Effect, style: Style, flags: dict[str, Flag], subs: dict[str, Usage], at: Path
    ) -> None:
        """Sort what stands in a list into flags and subcommands."""
        for place, words, details in _entries(names, at):
            form = Form(flags=details) if isinstance(details, str) else details
            usage = self._usage(form, effect, style, place)
            for word in words:
                if word[0] in "-+":
                    role = Role.READS if effect is Effect.READ_ONLY else Role.PLAIN
                    made = Flag(effect=effect, role=role)
                    flags.update(self._flags(word, made, style, place))
                elif not _WORD.fullmatch(word):
                    self._note(
                        place, f"`{word}` is no name of a subcommand", "write names and flags with spaces between"
                    )
                elif word in subs:
                    self._note(place, f"`{word}` is already given above", "remove one of the two")
                else:
                    subs[word] = usage

    def _flags(self, text: str, made: Flag, style: Style, at: Path) -> Iterator[tuple[str, Flag]]:
        for word in text.split():
            found = _FLAG.fullmatch(word)
            if found is None or (found["rule"] and not found["takes"]):
                self._note(at, f"`{word}` is no flag", "write `-a`, `--all`, `--lines=`, `--color[=]`, `-X=GET|HEAD`")
                continue
            takes = {"=": Takes.VALUE, "[=]": Takes.ATTACHED}.get(found["takes"] or "", Takes.NOTHING)
            name = found["name"]
            if style is Style.GO and name.startswith("--"):
                name = name[1:]
            yield name, replace(made, takes=takes, rule=self._rule(found["rule"], at))

    def _rule(self, text: str, at: Path) -> ValueRule:
        if not text or text == "<any>":
            return ValueRule()
        if text.startswith("<") and text.endswith(">"):
            known = {kind.value for kind in ValueKind} - {ValueKind.ONE_OF.value}
            if text[1:-1] not in known:
                self._note(at, f"there is no kind of value {text}", f"known are {', '.join(sorted(known))}")
                return ValueRule(kind=ValueKind.ONE_OF)
            return ValueRule(kind=ValueKind(text[1:-1]))
        return ValueRule(kind=ValueKind.ONE_OF, patterns=tuple(text.split("|")))

    def _operands(self, text: str | int | None, at: Path) -> Operands:
        if text is None or text == "any":
            return Operands(rules=(ValueRule(),))
        if text == "none":
            return Operands(is_endless=False)
        if isinstance(text, int):
            return Operands(rules=(ValueRule(),) * text, is_endless=False)
        words = text.split()
        is_endless = words[-1].endswith("...")
        optional = [index for index, word in enumerate(words) if word.endswith(("?", "..."))]
        rules = tuple(self._rule(word.removesuffix("...").removesuffix("?"), at) for word in words)
        return Operands(rules=rules, least=optional[0] if optional else len(words), is_endless=is_endless)

    def _script(self, text: str, style: Style, at: Path) -> tuple[ValueRule | None, frozenset[str]]:
        if not text:
            return None, frozenset()
        rule, _, flags = text.partition(" unless ")
        return self._rule(rule, at), frozenset(name for name, _ in self._flags(flags, Flag(), style, at))

    def _runs(self, text: str, at: Path) -> Runs | None:
        found = _RUNS.fullmatch(text) if text else None
        if text and found is None:
            self._note(
                at, f"`{text}` does not say where a command begins", "write `argv`, `1 argv`, `1 shell`, `-- argv`"
            )
        if found is None:
            return None
        return Runs(
            skip=int(found["skip"] or 0),
            is_shell=found["kind"] == "shell",
            needs_mark=bool(found["mark"]),
            appends=bool(found["more"]),
        )

    def _note(self, at: Path, what: str, next_step: str) -> None:
        self.problems.append((at, what, next_step))


def _entries(names: Names, at: Path) -> Iterator[tuple[Path, list[str], str | Form]]:
    """Give every entry of a list: its place, its names, and its details."""
    if isinstance(names, str):
        if names.strip():
            yield at, names.split(), ""
        return
    for index, entry in enumerate(names):
        if isinstance(entry, str):
            yield (*at, index), entry.split(), ""
        else:
            for key, details in entry.items():
                yield (*at, index, key), key.split(), details
