"""What is known of a program's command line: which words of it read, change or destroy.

    Tool ── forms ──> Usage ── subs ──> Usage
                        ├── flags     each with what it takes and what it does
                        ├── operands  what may follow
                        └── runs      for programs that run another one

Everything a table does not name is unknown, and unknown is never harmless. `model.tool_form` reads these from the
form people write; `model.gate` judges by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from steward.lib.record import record


class Effect(StrEnum):
    """What a command does, mildest first."""

    READ_ONLY = "read_only"
    """It leaves machines as they are; what it shows may still be secret."""
    MUTATING = "mutating"
    """It changes something that an ordinary command puts back."""
    DESTRUCTIVE = "destructive"
    """It loses data or access, discloses, or runs what nobody can judge."""
    NEVER = "never"
    """Destructive, and refused whoever asks."""

    @property
    def rank(self) -> int:
        """Order of severity, 0 for reading."""
        return _EFFECTS.index(self)


_EFFECTS = tuple(Effect)


class Style(StrEnum):
    """How a program reads its flags."""

    GNU = "gnu"
    """`-abc` are three flags, `-n5` gives `-n` a value, `--name=value`."""
    WORDS = "words"
    """`-name` is one flag, as of `find` and `ip`."""
    GO = "go"
    """`-name` and `--name` are one flag, `-name=value`, as of Go's own `flag`."""


class ValueKind(StrEnum):
    """What a value may be."""

    ANY = "any"
    """Anything."""
    ONE_OF = "one of"
    """One of some patterns."""
    NULL = "null"
    """Nowhere: `-`, `/dev/null`, `/dev/stdout`, `/dev/stderr`."""
    NUMBER = "number"
    """A number, perhaps with a unit."""
    PLAIN = "plain"
    """A word without `=`."""
    NAME = "name"
    """A name or a number: letters, digits and `_.:@%/,+-`, so nothing a language inside could end a sentence with."""
    TEXT = "text"
    """Words of letters, digits and `_.:@%/,+*=-`: no quote, brace or dollar, so no language inside."""
    FILE = "file"
    """The name of a file and nothing else: no `:`, `@`, `|`, `=` that names a protocol or a deed, as of ImageMagick."""
    URL = "url"
    """An address that is only fetched."""
    FORMAT = "format"
    """A format that prints: it names no file, as `curl -w` can, and no command, as `tmux -F` can."""
    SHELL = "shell"
    """A command line that is handed to a shell."""
    TASK = "task"
    """A command line handed to Ansible: as for a shell, but without templates and settings of the task."""
    ARGV = "argv"
    """A command line of one command."""
    EXEC = "exec"
    """The words up to `;` or `+` are a command, as of `find -exec`."""
    SQL = "sql"
    """SQL."""
    SED = "sed"
    """A script of sed."""
    AWK = "awk"
    """A program of awk."""


@record
class ValueRule:
    """What a value must be for its command to stay harmless."""

    kind: ValueKind = ValueKind.ANY
    """Kind."""
    patterns: tuple[str, ...] = ()
    """For `one of`: shell patterns."""


class Takes(StrEnum):
    """Whether a flag has a value."""

    NOTHING = "nothing"
    """`--all`."""
    VALUE = "value"
    """`--lines 5`, `--lines=5`, `-n5`."""
    ATTACHED = "attached"
    """`--color` or `--color=auto`, never `--color auto`."""


class Role(StrEnum):
    """What a flag means for the whole command."""

    PLAIN = "plain"
    """Nothing more."""
    READS = "reads"
    """With it the command reads, unless another word changes something."""
    DRY_RUN = "dry run"
    """With it nothing that the table knows changes anything."""


@record
class Flag:
    """One flag."""

    takes: Takes = Takes.NOTHING
    """Its value."""
    rule: ValueRule = ValueRule()
    """What the value must be."""
    effect: Effect = Effect.READ_ONLY
    """What the flag itself does."""
    role: Role = Role.PLAIN
    """What it means for the command."""


@record
class Operands:
    """What may follow: one rule for each operand, in order."""

    rules: tuple[ValueRule, ...] = ()
    """Rules by position."""
    least: int = 0
    """So many must be there."""
    is_endless: bool = True
    """Whether the last rule holds for all that follow."""


@record
class Runs:
    """Where the words of another command begin."""

    skip: int = 0
    """Operands before them."""
    is_shell: bool = False
    """Whether the words are joined and handed to a shell."""
    needs_mark: bool = False
    """Whether they begin after `--` and nowhere else."""
    appends: bool = False
    """Whether words nobody has seen are added behind them, as `xargs` does."""


@record
class Usage:
    """One way a command line may go on."""

    effect: Effect = Effect.MUTATING
    """What it does."""
    why: str = ""
    """Said when this decides: `removes the named volumes`."""
    style: Style = Style.GNU
    """How flags are read."""
    own_globals: Mapping[str, Flag] = field(default_factory=dict[str, "Flag"])
    """Flags that hold only before a subcommand."""
    flags: Mapping[str, Flag] = field(default_factory=dict[str, "Flag"])
    """Flags that hold here and for every subcommand."""
    subs: Mapping[str, Usage] = field(default_factory=dict[str, "Usage"])
    """Subcommands; `describe-*` stands for all that begin so and are not named."""
    bare: Effect | None = None
    """What it does with no operand; absent: the same."""
    operands: Operands = Operands()
    """What may follow for the command to stay harmless."""
    script: ValueRule | None = None
    """What the first operand must be, unless a flag of `script_flags` was given."""
    script_flags: frozenset[str] = frozenset()
    """Flags that take the place of the first operand."""
    runs: Runs | None = None
    """Where another command begins."""
    assigns: bool = False
    """Whether `NAME=value` may stand before that command."""
    scratch: Effect | None = None
    """What it does when every operand lies in scratch space (`/tmp`)."""
    is_inert: bool = False
    """Whether no flag and no operand of it, listed or not, can change anything."""
    shows_names_only: bool = False
    """Whether it shows names and figures of files, never what is in them."""
    is_old_style: bool = False
    """Whether the first word may be flags without a dash, as of `tar`."""
    answers_help: bool = True
    """Whether `--help` and `--version`, given alone, only print."""
    permutes: bool = False
    """Whether flags behind operands are sure to be read as flags."""
    sends_input: bool = False
    """Whether it sends on what it is fed: then nothing but an empty line may be fed to it."""
    secret: tuple[str, ...] = ()
    """Shell patterns over all its words: where one fits, it shows keys or passwords."""
    heeds_dry_run: bool = True
    """Whether the flags for a dry run of what stands above hold here too."""

    def sub(self, name: str) -> Usage | None:
        """Return the subcommand of this name, else the one whose name begins so."""
        found = self.subs.get(name)
        if found is None and name.replace("-", "").isalnum():
            begun = [key for key in self.subs if key.endswith("*") and name.startswith(key[:-1])]
            found = self.subs[max(begun, key=len)] if begun else None
        return found


@record
class Tool:
    """What is known of one program."""

    name: str
    """Name of the program, without a folder."""
    forms: tuple[Usage, ...]
    """Ways its command line may be read; the mildest that fits whole is taken."""
    environment: frozenset[str] = frozenset()
    """Variables that may be set for it without any effect but on what is shown."""
