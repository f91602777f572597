"""A canonical mini-shell: literal words joined by `&& || | ;`, read into argv and written anew.

No shell parser is sound, so this one does not try to understand a shell. It accepts the few forms whose meaning is
literal beyond doubt, refuses everything else by name, and writes what it understood with its own quoting. Only the
written text may ever be run; the text that was read is shown and then forgotten.

Accepted beside plain words: quotes and backslashes whose meaning is literal, `>/dev/null`, `2>/dev/null`, `2>&1`
and their like, and leading assignments (`LANG=C df`), which are written as `env LANG=C df`. A word the shell would
expand to file names (`*.log`, `~/x`) is kept as it is written and marked open: such a script can be looked at, but
not written.
"""

from __future__ import annotations

import re
import shlex
from enum import StrEnum
from typing import NoReturn

from steward.lib.record import record
from steward.lib.text import visible

LONGEST = 8192
"""Longest text that is read, in characters: more than a person reads before saying yes."""

_OPERATORS = ("&&", "||", "|", ";")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%^")
_REDIRECTS = {
    ">/dev/null": (">/dev/null",),
    "1>/dev/null": (">/dev/null",),
    "2>/dev/null": ("2>/dev/null",),
    "&>/dev/null": (">/dev/null", "2>&1"),
    "2>&1": ("2>&1",),
    ">&2": (">&2",),
    "1>&2": (">&2",),
}
_REDIRECT = re.compile(r"([12&]?>)[ \t]*(/dev/null)(?=[ \t;|&]|$)|([12]?>&[12])(?=[ \t;|&]|$)")
_WORDS = "if then elif else fi do done case esac while until for select function in time coproc { } ! [[ ]]"
_RESERVED = frozenset(_WORDS.split())
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_BRACES = re.compile(r"\{[0-9]*\}")
_KINDS = {
    "$": "a variable or a substitution (`$`)",
    "`": "a substitution (a backquote)",
    "<": "a redirection (`<`)",
    ">": "a redirection (`>`)",
    "(": "a subshell or a function (`(`)",
    ")": "a subshell or a function (`)`)",
    "{": "a group or a brace expansion (`{`)",
    "}": "a group or a brace expansion (`}`)",
    "&": "a background job (`&`)",
    "#": "a comment (`#`)",
    "!": "a negation or a history word (`!`)",
    "\n": "more than one line",
    "\r": "more than one line",
    "~": "a home directory (`~`) inside a word",
}


class Trouble(StrEnum):
    """Why a text is not canonical."""

    SHELL = "shell"
    """It may be good shell, but more than words and operators."""
    BROKEN = "broken"
    """No shell would read it to its end, or it hides characters."""


class NotCanonical(ValueError):
    """The text is more than the mini-shell, or less than a command; `str(error)` says why, in words for people."""

    def __init__(self, why: str, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(why)


@record
class Call:
    """One command of a script."""

    argv: tuple[str, ...]
    """Words; an open word as it was written."""
    open_words: frozenset[int] = frozenset()
    """Positions of the words the shell would expand."""
    redirects: tuple[str, ...] = ()
    """Where its output goes, `2>/dev/null`, in their order."""


@record
class Script:
    """A text that was read."""

    calls: tuple[Call, ...]
    """Commands, in order."""
    operators: tuple[str, ...] = ()
    """What stands between two commands: one fewer than commands."""

    def text(self) -> str:
        """Write the script anew; only this text may be run.

        Raises:
            ValueError: a word is open.
        """
        parts = [write(call) for call in self.calls]
        for index, operator in enumerate(self.operators):
            parts[index] += ";" if operator == ";" else f" {operator}"
        return " ".join(parts)


def write(call: Call) -> str:
    """Write one command so that a shell reads back exactly its words.

    Raises:
        ValueError: a word is open.
    """
    if call.open_words:
        msg = "an open word cannot be written"
        raise ValueError(msg)
    first, rest = call.argv[0], call.argv[1:]
    is_special = first in _RESERVED or "=" in first
    # Quotes keep a shell from taking the first word for a keyword or an assignment.
    name = f"'{first}'" if is_special and shlex.quote(first) == first else shlex.quote(first)
    return " ".join((name, *map(shlex.quote, rest), *call.redirects))


def parse(text: str) -> Script:
    """Read a text.

    Raises:
        NotCanonical: it is more than the mini-shell, or broken.
    """
    if len(text) > LONGEST:
        raise NotCanonical(f"the text has more than {LONGEST} characters", Trouble.BROKEN)
    if visible(text) != text:
        raise NotCanonical("the text holds characters that cannot be seen", Trouble.BROKEN)
    return _Reader(text.strip(" \t\n")).script()


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._calls: list[Call] = []
        self._operators: list[str] = []
        self._shell = ""
        self._begin()

    def _begin(self) -> None:
        self._words: list[str] = []
        self._open: set[int] = set()
        self._redirects: list[str] = []
        self._is_assigning = True
        self._has_assigned = False

    def script(self) -> Script:
        """Read to the end."""
        while self._at < len(self._text):
            char = self._text[self._at]
            if char in " \t":
                self._at += 1
            elif char in "|;&" and self._operator():
                continue
            elif not self._redirect():
                self._word()
        if self._words:
            self._end_call()
        elif self._operators and self._operators[-1] == ";" and not self._redirects:
            self._operators.pop()
        else:
            self._refuse("there is no command" if not self._calls else "a command is missing at the end")
        if self._shell:
            raise NotCanonical(self._shell, Trouble.SHELL)
        return Script(calls=tuple(self._calls), operators=tuple(self._operators))

    def _operator(self) -> bool:
        """Take an operator, or tell that a redirection begins here."""
        if _REDIRECT.match(self._text, self._at):
            return False
        found = next((one for one in _OPERATORS if self._text.startswith(one, self._at)), "")
        following = self._text[self._at + len(found) :][:1]
        if not found or (following and following in "|&;"):
            self._note("" if found else "&")
            self._stop()
        if not self._words:
            self._refuse(f"a command is missing before `{found}`")
        self._end_call()
        self._operators.append(found)
        self._at += len(found)
        return True

    def _end_call(self) -> None:
        call_open = frozenset(self._open)
        if self._has_assigned:
            words, call_open = ["env", *self._words], frozenset(index + 1 for index in call_open)
            if self._is_assigning:
                self._later("a variable is set for the rest of the script")
        else:
            words = self._words
        if words[0] in _RESERVED - {"time"}:
            self._later(f"`{words[0]}` is a word of the shell's own language")
        self._calls.append(Call(argv=tuple(words), open_words=call_open, redirects=tuple(self._redirects)))
        self._begin()

    def _redirect(self) -> bool:
        found = _REDIRECT.match(self._text, self._at)
        if found is None:
            return False
        written = found.group(3) or f"{found.group(1)}{found.group(2)}"
        known = _REDIRECTS.get(written)
        if known is None:
            self._later(_KINDS[">"])
        self._redirects += known or ()
        self._at = found.end()
        return True

    def _word(self) -> None:
        start = self._at
        parts: list[str] = []
        is_open = False
        while self._at < len(self._text) and self._text[self._at] not in " \t|;&":
            char = self._text[self._at]
            if char == "'":
                parts.append(self._single())
            elif char == '"':
                parts.append(self._double())
            elif char == "\\":
                parts.append(self._escaped())
            elif char in "*?[]~":
                is_open |= self._expands(char, start)
                parts.append(char)
                self._at += 1
            else:
                parts.append(self._bare(char, start))
        self._keep("".join(parts), self._text[start : self._at], is_open=is_open)

    def _keep(self, word: str, written: str, *, is_open: bool) -> None:
        if self._is_assigning and _ASSIGNMENT.match(written):
            self._has_assigned = True
            if is_open:
                self._later("a variable is set to something that is not literal")
        elif self._is_assigning:
            self._is_assigning = False
            if "=" in word.partition("/")[0]:
                self._later("a command name holds `=`")
            if self._has_assigned and word.startswith("-"):
                self._later("a command name begins with `-`")
        if is_open:
            self._open.add(len(self._words))
        self._words.append(word)

    def _bare(self, char: str, start: int) -> str:
        """Take one character that stands without quotes."""
        braces = _BRACES.match(self._text, self._at) if char == "{" else None
        if braces and not self._text[start : self._at].count("{"):
            self._at = braces.end()
            return braces.group()
        self._at += 1
        is_first = self._at - 1 == start
        if char in _PLAIN and not (char == "^" and is_first and not self._words):
            return char
        if char == "#" and not is_first:
            return char
        # No shell takes up its history in `[ ! -f x ]` and `a!=b`.
        harmless_after = {" ", "\t"} if is_first else {"="}
        if char == "!" and self._words and self._text[self._at :][:1] in harmless_after:
            return char
        if not char.isascii():
            self._later("a character that is not ASCII")
            return char
        self._note(char)
        return char

    def _expands(self, char: str, start: int) -> bool:
        """Tell whether a character makes its word open."""
        before, after = self._text[start : self._at], self._text[self._at + 1 :][:1]
        if char == "~":
            if before and before[-1] in "=:":
                self._note("~")
            return not before
        return bool(before) or after not in set(" \t;|&") | {""} or char not in "[]"

    def _single(self) -> str:
        end = self._text.find("'", self._at + 1)
        if end < 0:
            self._refuse("a quote is not closed")
        inner = self._text[self._at + 1 : end]
        self._check_quoted(inner)
        self._at = end + 1
        return inner

    def _double(self) -> str:
        self._at += 1
        parts: list[str] = []
        while self._at < len(self._text) and self._text[self._at] != '"':
            char = self._text[self._at]
            self._at += 1
            if char == "\\":
                following = self._text[self._at :][:1]
                if following in {"\n", "!"}:
                    self._note(following)
                parts.append(following if following in {"\\", '"', "$", "`"} else char + following)
                self._at += 1
            else:
                if char in "$`!" and (char, self._text[self._at :][:1]) != ("!", "="):
                    self._note(char)
                self._check_quoted(char)
                parts.append(char)
        if self._at >= len(self._text):
            self._refuse("a quote is not closed")
        self._at += 1
        return "".join(parts)

    def _escaped(self) -> str:
        following = self._text[self._at + 1 :][:1]
        if not following:
            self._refuse("a backslash stands at the end")
        if following.isalnum() or not following.isascii() or not following.isprintable():
            self._later("a backslash before a letter or a line end")
        self._at += 2
        return following

    def _check_quoted(self, inner: str) -> None:
        if not inner.isascii():
            self._later("a character that is not ASCII")
        elif not inner.replace("\t", "").isprintable():
            self._note("\n")

    def _note(self, char: str) -> None:
        self._later(_KINDS.get(char, "an operator that joins more than two commands"))

    def _later(self, what: str) -> None:
        """Remember the first thing that is more than the mini-shell; a text that is broken is told before."""
        self._shell = self._shell or what

    def _stop(self) -> NoReturn:
        raise NotCanonical(self._shell, Trouble.SHELL)

    def _refuse(self, why: str) -> NoReturn:
        """Give up; after a sign of real shell nothing here can be called broken."""
        if self._shell:
            self._stop()
        raise NotCanonical(why, Trouble.BROKEN)
