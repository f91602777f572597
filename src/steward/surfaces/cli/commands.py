"""Make click commands from the manifest, each only when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from steward.lib.text import nearest
from steward.surfaces.cli.failure import usage
from steward.surfaces.cli.help import PLAN_CARD, PROGRAM, command_help, noun_help
from steward.surfaces.cli.invoke import Options, carry_out
from steward.surfaces.cli.manifest import Entry, Field
from steward.surfaces.cli.session import Session
from steward.surfaces.cli.values import option_of

_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"]}


class EntryCommand(click.Command):
    """One command of the catalogue."""

    def __init__(self, session: Session, entry: Entry) -> None:
        self._session = session
        self._entry = entry
        super().__init__(
            entry.words[-1],
            context_settings=_SETTINGS,
            callback=self._called,
            params=[*(_parameter(item) for item in (*entry.positional, *entry.named)), *_common(entry)],
        )

    def get_help(self, ctx: click.Context) -> str:
        """Write the help."""
        del ctx
        return command_help(self._entry)

    def _called(self, **given: Any) -> int:
        options = Options(
            as_json=given["common_json"],
            is_quiet=given["common_quiet"],
            is_dry_run=given["common_dry_run"],
            may_ask=not given["common_no_input"],
            password_file=given["common_password_file"],
            output=given.get("common_output"),
        )
        return carry_out(self._session, self._entry, options, given)


class Words(click.Group):
    """The commands that start with these words; with none it is the whole program."""

    def __init__(self, session: Session, words: Sequence[str] = ()) -> None:
        self._session = session
        self._words = tuple(words)
        super().__init__(self._words[-1] if words else PROGRAM, context_settings=_SETTINGS)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the next words there are."""
        del ctx
        return list(self._session.manifest.below(self._words))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command or the group behind the next word; underscores are read as the dashes they are shown as."""
        del ctx
        word = cmd_name.replace("_", "-")
        words = (*self._words, word)
        entries = self._session.manifest.below(self._words).get(word, ())
        exact = next((entry for entry in entries if entry.words == words), None)
        if exact is not None:
            return EntryCommand(self._session, exact)
        return Words(self._session, words) if entries else None

    def get_help(self, ctx: click.Context) -> str:
        """Write the help."""
        del ctx
        return noun_help(self._words, self._session.manifest.below(self._words))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Demand a next word."""
        if not args:
            verbs = ", ".join(self.list_commands(ctx))
            raise usage(f"`{ctx.command_path}` needs a verb", why=f"one of {verbs}", next_step=f"{ctx.command_path} -h")
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the next command, or say which one may be meant."""
        command = self.get_command(ctx, args[0])
        if command is None:
            raise usage(
                f"there is no command `{' '.join((*self._words, args[0]))}`", next_step=self._meant(ctx, args[0])
            )
        return args[0], command, args[1:]

    def _meant(self, ctx: click.Context, word: str) -> str:
        """Name the nearest command: by its first word, or by its verb alone (`approve`: `approvals approve`)."""
        local = list(self._session.local_commands) if not self._words else []
        here = {name: f"{ctx.command_path} {name}" for name in [*self.list_commands(ctx), *local]}
        verbs: dict[str, list[str]] = {}
        for entry in self._session.manifest.commands:
            verbs.setdefault(entry.words[-1], []).append(" ".join((PROGRAM, *entry.words)))
        known = {verb: lines[0] for verb, lines in verbs.items() if len(lines) == 1} | here
        near = nearest(word, known)
        return f"did you mean `{known[near]}`?" if near else f"{ctx.command_path} --help"


def _parameter(item: Field) -> click.Parameter:
    """Make the parameter of a field."""
    kind = click.INT if item.kind == "integer" else click.Choice(item.choices) if item.choices else click.STRING
    if item.positional and not item.secret:
        shown = f"<{item.name.replace('_', '-')}>"
        count = -1 if item.kind == "list" else 1
        return click.Argument([item.name], required=item.required, nargs=count, type=kind, metavar=shown)
    name = option_of(item)
    if item.kind == "boolean":
        short = ["-f"] if item.name == "follow" else []
        return click.Option([item.name, *short, f"{name}/--no-{name[2:]}"], default=None)
    is_needed = item.required and not item.secret
    return click.Option([item.name, name], required=is_needed, multiple=item.kind == "list", type=kind)


def _common(entry: Entry) -> list[click.Parameter]:
    options: list[click.Parameter] = [
        click.Option(["common_json", "--json"], is_flag=True),
        click.Option(["common_quiet", "-q", "--quiet"], is_flag=True),
        click.Option(["common_no_input", "--no-input"], is_flag=True),
        click.Option(["common_password_file", "--password-file"]),
        click.Option(["common_dry_run", "--dry-run"], is_flag=True),
    ]
    if entry.output == PLAN_CARD:
        options.append(click.Option(["common_output", "-o", "--output"]))
    return options
