"""Judge a command line of free words: what it would do, and whether it may run, must be asked, or is refused.

A pure function of the text and the tables. Only what every table involved calls reading, written in canonical
mini-shell, is allowed, and only the text written anew may be run; everything else needs a person, and nothing is
allowed because a parser found it harmless.

1. Text that no shell would read to its end, or that hides characters: deny.
2. Shell that is more than words (variables, globs, redirections ...): ask, and what cannot be decided counts as
   destructive; where only names of files are left open, the effect can still be told.
3. Each command by its table; the worst decides. A program no table knows changes something: ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from steward.lib.minishell import Call, NotCanonical, Script, Trouble, parse
from steward.lib.record import record
from steward.model.gate_argv import ArgvReader, Reading
from steward.model.gate_never import never, never_pipe
from steward.model.gate_words import words_of
from steward.model.policy import Verdict
from steward.model.tool import Effect, Tool

_EMPTY = frozenset([("echo",), ("echo", "Q"), ("echo", "QUIT"), ("true",), (":",)])
"""What gives nothing, or only takes leave of a server."""


@record
class Judgement:
    """What the gate says of one command line."""

    effect: Effect
    """What it would do: `read_only`, `mutating` or `destructive`."""
    decision: Verdict
    """`allow`: the rebuilt text may run. `ask`: a person decides. `deny`: refused."""
    reason: str
    """One sentence that names the word that decided."""
    rebuilt: str = ""
    """The text written anew, the only one that may run; empty where it is more than the mini-shell."""


def judge(text: str, tools: Mapping[str, Tool]) -> Judgement:
    """Judge a command line by these tables."""
    try:
        script = parse(text)
    except NotCanonical as error:
        is_broken = error.trouble is Trouble.BROKEN
        reason = f"{error}, so nobody can say what would run" if is_broken else f"it holds {error}"
        decision = Verdict.DENY if is_broken else Verdict.ASK
        return Judgement(effect=Effect.DESTRUCTIVE, decision=decision, reason=reason)
    reading, rebuilt = _Judge(tools).script(script, depth=0)
    if reading.effect is Effect.NEVER:
        return Judgement(effect=Effect.DESTRUCTIVE, decision=Verdict.DENY, reason=reading.why, rebuilt=rebuilt)
    if reading.effect is not Effect.READ_ONLY:
        return Judgement(effect=reading.effect, decision=Verdict.ASK, reason=reading.why, rebuilt=rebuilt)
    decision, reason = _decide_reading(reading)
    return Judgement(effect=Effect.READ_ONLY, decision=decision, reason=reason, rebuilt=rebuilt)


def _decide_reading(reading: Reading) -> tuple[Verdict, str]:
    if reading.open_word:
        return Verdict.ASK, f"it only reads, but `{reading.open_word}` stands for names that nobody has seen"
    if reading.is_secret:
        return Verdict.ASK, "it only reads, but it shows a key or passwords"
    names = ", ".join(dict.fromkeys(f"`{name}`" for name in reading.programs))
    return Verdict.ALLOW, f"all that runs only reads: {names}"


@dataclass(frozen=True)
class _Judge:
    """Judges scripts, at the top and inside commands."""

    tools: Mapping[str, Tool]

    def script(self, script: Script, depth: int) -> tuple[Reading, str]:
        """Judge every command of a script; the text is empty where the script cannot be written."""
        reader = ArgvReader(tools=self.tools, shell=self.text, never=never)
        readings = [self._call(reader, call, depth) for call in script.calls]
        sent = self._sent(script, readings)
        worst = max([*readings, *sent], key=lambda one: one.effect.rank)
        refused = self._fed(script, readings)
        opened = [call.argv[index] for call in script.calls for index in sorted(call.open_words)]
        opened += [one.open_word for one in readings if one.open_word]
        rebuilt = ""
        if not opened:
            calls = tuple(
                Call(argv=reading.argv, redirects=call.redirects)
                for call, reading in zip(script.calls, readings, strict=True)
            )
            rebuilt = Script(calls=calls, operators=script.operators).text()
        reading = Reading(
            effect=Effect.NEVER if refused else worst.effect,
            why=refused or worst.why,
            argv=(),
            programs=tuple(name for one in readings for name in one.programs),
            is_secret=any(one.is_secret for one in readings),
            sends_input=any(one.sends_input for one in readings),
            open_word=next(iter(opened), ""),
        )
        return reading, rebuilt

    def text(self, text: str, depth: int) -> tuple[Reading, str]:
        """Judge a command line inside a command."""
        try:
            return self.script(parse(text), depth)
        except NotCanonical as error:
            why = f"the inner command line `{text}` holds {error}"
            return Reading(effect=Effect.DESTRUCTIVE, why=why, argv=()), ""

    @staticmethod
    def _call(reader: ArgvReader, call: Call, depth: int) -> Reading:
        return reader.read(words_of(call.argv, call.open_words), depth)

    @staticmethod
    def _sent(script: Script, readings: list[Reading]) -> list[Reading]:
        """Say of programs that send on what they are fed that they change something, unless it is an empty line."""
        pairs = zip(script.operators, readings, readings[1:], strict=False)
        return [
            Reading(effect=Effect.MUTATING, why=f"`{right.programs[-1]}` sends on what it is fed", argv=())
            for operator, left, right in pairs
            if operator == "|" and right.sends_input and left.argv not in _EMPTY
        ]

    @staticmethod
    def _fed(script: Script, readings: list[Reading]) -> str:
        """Say why one program may not feed another: all before a pipe feed all behind it."""
        for index, operator in enumerate(script.operators):
            # What only reads by its table runs nothing it is fed: `python3 -m json.tool`.
            if operator == "|" and readings[index + 1].effect is not Effect.READ_ONLY:
                refused = never_pipe(readings[index].programs, readings[index + 1].programs)
                if not refused and index and script.operators[index - 1] == "|":
                    earlier = tuple(name for one in readings[: index + 1] for name in one.programs)
                    refused = never_pipe(earlier, readings[index + 1].programs)
                if refused:
                    return refused
        return ""
