"""Read one command's words by its table: what the worst of them does.

Nothing is harmless but what a table names. A program that runs another one (`sudo`, `ssh`, `find -exec`) takes the
effect of what it runs, where that can be read as words or as canonical mini-shell; its words are written anew, so
that what was read is what runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeAlias

from steward.lib.record import record
from steward.model.gate_words import (
    LANGUAGES,
    Kind,
    Word,
    is_harmless_variable,
    is_plain_task,
    is_scratch,
    matches,
    names_secret,
    placed,
    program,
)
from steward.model.tool import Effect, Flag, Operands, Role, Style, Takes, Tool, Usage, ValueKind, ValueRule

DEEPEST = 6
"""Commands inside commands that are followed."""

_DASHED_VALUE = re.compile(r"-|-[0-9][0-9A-Za-z.:]*")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=")
_DOES = {
    Effect.READ_ONLY: "reads",
    Effect.MUTATING: "changes something",
    Effect.DESTRUCTIVE: "may destroy something, cut access or run what nobody can judge",
    Effect.NEVER: "is refused whoever asks",
}
_MARKS = ("-I", "-i", "--replace")


@record
class Reading:
    """What was read of one command."""

    effect: Effect
    """The worst that it does."""
    why: str
    """The word that decided, in words for people; empty while it only reads."""
    argv: tuple[str, ...]
    """The words, inner command lines written anew."""
    programs: tuple[str, ...] = ()
    """Names of the program and of those it runs, outermost first."""
    is_secret: bool = False
    """Whether it plainly shows a secret."""
    sends_input: bool = False
    """Whether it, or a command inside, sends on what it is fed."""
    open_word: str = ""
    """A word inside that stands for names nobody has seen: then nothing may run without a person."""


ShellJudge: TypeAlias = "Callable[[str, int], tuple[Reading, str]]"
"""Judges a command line for a shell at a depth; gives what was read and the text written anew, or an empty one."""
Never: TypeAlias = "Callable[[Sequence[str]], str]"
"""Says why these words are refused whoever asks, or nothing."""


@dataclass(frozen=True, kw_only=True)
class ArgvReader:
    """Reads commands by the tables it is given."""

    tools: Mapping[str, Tool]
    """What is known, by the name of the program."""
    shell: ShellJudge
    """For command lines inside command lines."""
    never: Never
    """What is refused whoever asks."""

    def read(self, words: Sequence[Word], depth: int = 0, variables: Sequence[str] = ()) -> Reading:
        """Read one command; `variables` are set for it."""
        name = program(words[0].text)
        tool = self.tools.get(name)

        def refuse(effect: Effect, why: str) -> Reading:
            return Reading(effect=effect, why=why, argv=tuple(word.text for word in words), programs=(name,))

        if not words[0].is_literal:
            return refuse(Effect.DESTRUCTIVE, f"the name `{words[0].text}` is not literal")
        if depth > DEEPEST:
            return refuse(Effect.DESTRUCTIVE, "too many commands run one another")
        refused = self.never((name, *(word.text for word in words[1:])))
        if refused:
            return refuse(Effect.NEVER, refused)
        if tool is None:
            return refuse(Effect.MUTATING, f"no table knows `{words[0].text}`")
        foreign = [one for one in variables if not (is_harmless_variable(one) or one in tool.environment)]
        if foreign and not any(usage.runs and not usage.runs.is_shell for usage in tool.forms):
            return refuse(Effect.DESTRUCTIVE, f"`{foreign[0]}` is set, which may change what `{name}` does")
        walks = (_Walk(reader=self, usage=usage, words=words, depth=depth, foreign=foreign) for usage in tool.forms)
        return min((walk.reading() for walk in walks), key=lambda one: one.effect.rank)


@dataclass(kw_only=True)
class _Walk:
    """One walk over the words of one command by one usage."""

    reader: ArgvReader
    usage: Usage
    words: Sequence[Word]
    depth: int
    foreign: list[str]
    """Variables set for the command whose effect only the command it runs can tell."""
    path: list[str] = field(init=False)
    tables: list[Usage] = field(init=False)
    written: list[tuple[str, ...]] = field(init=False)
    programs: tuple[str, ...] = field(init=False)
    given: dict[str, str] = field(default_factory=dict[str, str])
    """Flags seen, with their values."""
    operands: list[int] = field(default_factory=list[int])
    found: list[tuple[Effect, str]] = field(default_factory=list[tuple[Effect, str]])
    """What holds also in a dry run: unknown words, commands inside."""
    raised: list[tuple[Effect, str]] = field(default_factory=list[tuple[Effect, str]])
    """What flags do."""
    modes: set[tuple[Role, int]] = field(default_factory=set[tuple[Role, int]])
    """Roles of the flags seen, with the identity of the usage each belongs to."""
    has_run: bool = False
    is_unknown: bool = False
    has_secret: bool = False
    sends_input: bool = False
    open_word: str = ""

    def __post_init__(self) -> None:
        self.written = [(word.text,) for word in self.words]
        self.path = [program(self.words[0].text)]
        self.programs = (self.path[0],)
        self.tables = [self.usage]

    def reading(self) -> Reading:
        """Walk to the end and say what the command does."""
        if self._is_only_help():
            return self._result(Effect.READ_ONLY, "")
        if self.usage.is_old_style:
            self._spread_old_style()
        self._walk()
        return self._conclude()

    def _is_only_help(self) -> bool:
        """Tell whether nothing but subcommands stands before the asking for help."""
        if not self.usage.answers_help or self.words[-1].text not in {"--help", "--version"}:
            return False
        usage: Usage | None = self.usage
        for word in self.words[1:-1]:
            usage = usage.sub(word.text) if usage and word.is_literal else None
        return usage is not None

    def _spread_old_style(self) -> None:
        """Read `tf a.tar` as `-t -f a.tar`; letters with a value take the next words in order."""
        if len(self.words) < 2 or self.words[1].text.startswith("-") or not self.words[1].is_literal:
            return
        rest = list(self.words[2:])
        spread: list[Word] = []
        for letter in self.words[1].text:
            flag = self.usage.flags.get(f"-{letter}")
            spread.append(Word(text=f"-{letter}"))
            if flag and flag.takes is Takes.VALUE and rest:
                spread.append(rest.pop(0))
        self.words = (self.words[0], *spread, *rest)

    # The walk

    def _walk(self) -> None:
        at, has_ended = 1, False
        while at < len(self.words):
            word, runs = self.words[at], self.usage.runs
            if not has_ended and word.is_literal and word.text == "--" and self.usage.style is not Style.WORDS:
                if runs and (runs.needs_mark or len(self.operands) >= runs.skip):
                    self._run(at + 1)
                    return
                has_ended = True
                at += 1
            elif not has_ended and self._is_flag(word):
                at = self._flag(at)
            elif self._begins_command(word):
                self._run(at)
                return
            else:
                self._operand(at, has_ended=has_ended)
                at += 1

    def _is_flag(self, word: Word) -> bool:
        if word.kind is Kind.WILD:
            return word.text.startswith("-") and "=" in word.text
        is_plus = word.text.startswith("+") and self._lookup(word.text[:2]) is not None
        return is_plus or (word.text.startswith("-") and len(word.text) > 1)

    def _begins_command(self, word: Word) -> bool:
        runs = self.usage.runs
        if runs is None or runs.needs_mark or len(self.operands) < runs.skip:
            return False
        return not (self.usage.assigns and word.is_literal and _ASSIGNMENT.match(word.text))

    def _operand(self, at: int, *, has_ended: bool) -> None:
        word, usage = self.words[at], self.usage
        if usage.assigns and usage.runs and len(self.operands) >= usage.runs.skip and word.is_literal:
            name = word.text.partition("=")[0]
            self.foreign = [*self.foreign, *([] if is_harmless_variable(name) else [name])]
            return
        if word.kind is Kind.WILD:
            self._unknown(f"`{word.text}` may become anything")
        if usage.subs and not self.operands:
            sub = usage.sub(word.text) if word.is_literal and not has_ended else None
            if sub is not None:
                self.usage = sub
                self.tables.append(sub)
                self.path.append(word.text)
                return
            is_reading = (Role.READS, id(usage)) in self.modes or (
                usage.effect is Effect.READ_ONLY and usage.bare is None
            )
            if not is_reading:
                self._not_listed(word.text)
        self.operands.append(at)

    # Flags

    def _lookup(self, name: str) -> tuple[Flag, Usage] | None:
        """Find a flag: of this subcommand, then of those above; globals only before the next subcommand."""
        flag = self.usage.own_globals.get(name)
        if flag is not None:
            return flag, self.usage
        for usage in reversed(self.tables):
            flag = usage.flags.get(name)
            if flag is not None:
                return flag, usage
        return None

    def _flag(self, at: int) -> int:
        """Read the flag at a position; return where the words go on."""
        text, style = self.words[at].text, self.usage.style
        name, separator, value = text.partition("=")
        if style is Style.GO and name.startswith("--"):
            name = name[1:]
        known = self._lookup(name)
        if known is not None:
            return self._take(name, known, value if separator else None, at)
        if re.fullmatch(r"-[0-9]+", text) and self._lookup("-<number>"):
            return at + 1
        if style is Style.GNU and not text.startswith("--"):
            return self._bundle(at)
        self._not_listed(name)
        return at + 1

    def _bundle(self, at: int) -> int:
        text = self.words[at].text
        for index in range(1, len(text)):
            name = text[0] + text[index]
            known = self._lookup(name)
            if known is None:
                self._not_listed(name if len(text) == 2 else f"{name}` in `{text}")
                return at + 1
            if known[0].takes is not Takes.NOTHING:
                return self._take(name, known, text[index + 1 :] or None, at)
            self._note(name, "", known)
        return at + 1

    def _take(self, name: str, known: tuple[Flag, Usage], value: str | None, at: int) -> int:
        """Take a flag with its value, which may be the next word or words; return where the words go on."""
        flag, place, style = known[0], at, self.usage.style
        spot = len(self.words[at].text) - len(value or "")
        if flag.rule.kind is ValueKind.EXEC:
            return self._exec(at)
        is_switch = value == "true" and (style is Style.GO or name.startswith("--"))  # not `exiftool -Title=true`
        if flag.takes is Takes.NOTHING and value is not None and not is_switch:
            self._not_listed(f"{name}={value}")
            return at + 1
        if flag.takes is Takes.VALUE and value is None:
            place, spot = at + 1, 0
            following = self.words[place] if place < len(self.words) else None
            if following is None or not following.is_literal:
                self._unknown(f"the value of `{name}` cannot be known")
                return at + 2
            if following.text.startswith("-") and not _DASHED_VALUE.fullmatch(following.text):
                self._unknown(f"`{following.text}` stands where `{name}` needs a value")
                return at + 1
            value = following.text
        if flag.rule.kind is ValueKind.SHELL and place == at and not name.startswith("--"):
            self._unknown(f"`{name}` needs its command line as a word of its own")  # bash reads `-cls` as flags
            return at + 1
        if flag.takes is not Takes.NOTHING and value is not None and not self._fits(flag.rule, value, place, spot):
            self._unknown(f"`{name}` with `{value}` is not known to be harmless")
        self._note(name, value or "", known)
        return place + 1

    def _note(self, name: str, value: str, known: tuple[Flag, Usage]) -> None:
        flag = known[0]
        self.given[name] = value
        # Many programs stop reading flags at the first operand: there, only a long flag is sure to count.
        is_long = self.usage.style is Style.GNU and name.startswith("--")
        if not self.operands or is_long or any(usage.permutes for usage in self.tables):
            self.modes.add((flag.role, id(known[1])))
        if flag.effect is not Effect.READ_ONLY:
            self.raised.append((flag.effect, f"`{name}` of `{' '.join(self.path)}` {_DOES[flag.effect]}"))

    def _not_listed(self, text: str) -> None:
        self._unknown(f"the table of `{' '.join(self.path)}` does not know `{text}`")

    def _unknown(self, why: str) -> None:
        if not self.usage.is_inert:
            self.is_unknown = True
            self.found.append((Effect.MUTATING, why))

    # Values and commands inside

    def _fits(self, rule: ValueRule, value: str, place: int, spot: int = 0) -> bool:
        """Tell whether a value keeps to its rule; commands in it are judged and written anew in their place."""
        if rule.kind is ValueKind.ANY:
            return True
        if not self.words[place].is_literal:
            return False
        if rule.kind in LANGUAGES:
            self.found.append((LANGUAGES[rule.kind](value), f"`{value}` is not known to do nothing but read"))
        elif rule.kind in {ValueKind.SHELL, ValueKind.ARGV, ValueKind.TASK}:
            if rule.kind is ValueKind.TASK and not is_plain_task(value):
                return False
            reading, text = self.reader.shell(value, self.depth + 1)
            if text:
                self.written[place] = (self.words[place].text[:spot] + text,)
            self._adopt(reading)
        else:
            return matches(rule, value)
        return True

    def _adopt(self, reading: Reading) -> None:
        self.programs += reading.programs
        self.has_secret |= reading.is_secret
        self.sends_input |= reading.sends_input
        self.open_word = self.open_word or reading.open_word
        self.found.append((reading.effect, reading.why))

    def _exec(self, at: int) -> int:
        """Judge the words up to `;` or `+`, in which `{}` is a name that was found."""
        texts = [word.text for word in self.words]
        ends = (i for i in range(at + 2, len(texts)) if texts[i] == ";" or (texts[i] == "+" and texts[i - 1] == "{}"))
        end = next(ends, None)
        if end is None:
            self._unknown(f"`{texts[at]}` has no command, or no end")
            return len(texts)
        reading = self.reader.read([placed(word, "{}", Kind.PATH) for word in self.words[at + 1 : end]], self.depth + 1)
        self._rewrite(at + 1, end, reading.argv)
        self._adopt(reading)
        return end + 1

    def _run(self, at: int) -> None:
        """Judge the rest of the words as a command."""
        runs, rest = self.usage.runs, list(self.words[at:])
        if runs is None or not rest:
            return
        self.has_run = True
        if runs.is_shell:
            if not all(word.is_literal for word in rest):
                self.found.append((Effect.DESTRUCTIVE, "the command line for a shell is not literal"))
                return
            reading, text = self.reader.shell(" ".join(word.text for word in rest), self.depth + 1)
            argv: tuple[str, ...] = (text,) if text else ()
        else:
            extended = self._with_what_is_added(rest) if runs.appends else rest
            reading = self.reader.read(extended, self.depth + 1, self.foreign)
            argv = reading.argv[: len(reading.argv) - (len(extended) - len(rest))]
        if argv:
            self._rewrite(at, len(self.words), argv)
        self._adopt(reading)

    def _with_what_is_added(self, rest: list[Word]) -> list[Word]:
        """Add the words nobody has seen: in the place of a mark, and also at the end, where a later `-n` moves them."""
        marks = [self.given[name] or "{}" for name in _MARKS if name in self.given]
        for mark in marks:
            rest = [placed(word, mark, Kind.WILD) for word in rest]
        return [*rest, Word(text="…", kind=Kind.WILD)]

    def _rewrite(self, start: int, end: int, argv: tuple[str, ...]) -> None:
        self.written[start:end] = [argv, *[()] * (end - start - 1)]

    # The end

    def _conclude(self) -> Reading:
        is_dry = any(role is Role.DRY_RUN for role, _ in self.modes) and not self.is_unknown
        is_dry = is_dry and self.usage.heeds_dry_run
        if self.foreign and not self.has_run:
            self.found.append((Effect.DESTRUCTIVE, f"`{self.foreign[0]}` is set, which may change what runs"))
        if not is_dry:
            self.found += [self._base(), *self.raised]
        self.found += [one for one in self.raised if one[0] is Effect.NEVER]
        if not (self.has_run or self.usage.is_inert):
            self._check_operands(is_dry=is_dry)
        effect, why = max(self.found, key=lambda one: one[0].rank, default=(Effect.READ_ONLY, ""))
        return self._result(effect, "" if effect is Effect.READ_ONLY else why)

    def _base(self) -> tuple[Effect, str]:
        """Return what the subcommand itself does, before its flags and operands."""
        usage, effect = self.usage, self.usage.effect
        places = [self.words[place] for place in self.operands]
        if self.has_run or (Role.READS, id(usage)) in self.modes:
            effect = Effect.READ_ONLY
        elif usage.bare is not None and not places:
            effect = usage.bare
        elif usage.scratch is not None and places and all(w.is_literal and is_scratch(w.text) for w in places):
            effect = usage.scratch
        return effect, f"`{' '.join(self.path)}` {usage.why or _DOES[effect]}"

    def _check_operands(self, *, is_dry: bool) -> None:
        """Hold the operands against their rules; what a script in them does counts whatever the command is."""
        operands, usage = list(self.operands), self.usage
        if usage.script is not None and not usage.script_flags.intersection(self.given):
            wrong = self._wrong_script(operands[:1])
            operands = operands[1:]
        else:
            wrong = ""
        wrong = wrong or self._wrong_operand(operands, Operands(rules=(ValueRule(),)) if is_dry else usage.operands)
        if wrong:
            self.found.append((Effect.MUTATING, wrong))

    def _wrong_script(self, places: list[int]) -> str:
        for place in places:
            rule, word = self.usage.script or ValueRule(), self.words[place]
            return "" if self._fits(rule, word.text, place) else f"`{word.text}` is not literal"
        return f"`{' '.join(self.path)}` has no script"

    def _wrong_operand(self, places: list[int], operands: Operands) -> str:
        name, rules = " ".join(self.path), operands.rules
        is_bare = self.usage.bare is Effect.READ_ONLY and not places
        if len(places) < operands.least and not is_bare:
            return f"`{name}` without more words is not known to be harmless"
        for index, place in enumerate(places):
            word = self.words[place]
            if index >= len(rules) and not (operands.is_endless and rules):
                return f"`{word.text}` is one word more than `{name}` reads"
            rule = rules[min(index, len(rules) - 1)]
            is_free = rule.kind is ValueKind.ANY and operands.is_endless and index >= len(rules) - 1
            # `less +!id` runs `id`: for some programs a plus begins a command of their own.
            has_plus = rule.kind is ValueKind.ANY and word.text.startswith("+") and len(word.text) > 1
            if has_plus or (not is_free and not (word.is_literal and self._fits(rule, word.text, place))):
                return f"`{word.text}` is not known to be harmless for `{name}`"
        return ""

    def _result(self, effect: Effect, why: str) -> Reading:
        argv = tuple(text for texts in self.written for text in texts)
        return Reading(
            effect=effect,
            why=why,
            argv=argv,
            programs=self.programs,
            is_secret=self.has_secret or self._shows_secret(),
            sends_input=self.sends_input or self.usage.sends_input,
            open_word=self.open_word,
        )

    def _shows_secret(self) -> bool:
        if self.usage.runs:
            return False
        line = " ".join(["", *(word.text for word in self.words[1:])])
        if any(fnmatchcase(line, pattern) for usage in self.tables for pattern in usage.secret):
            return True
        if any(usage.shows_names_only for usage in self.tables):
            return False
        shown = [*(self.words[place].text for place in self.operands), *self.given.values()]
        return any(names_secret(text) for text in shown)
