"""What the gate knows of single words: how much of them is literal, what is a secret's name, what a value may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from fnmatch import fnmatchcase

from steward.lib.record import record
from steward.model.gate_languages import judge_awk, judge_sed, judge_sql, judge_url
from steward.model.tool import Effect, ValueKind, ValueRule

_FOLDERS = re.compile(r"(/usr(/local)?)?/s?bin/|/run/current-system/sw/bin/")
_SHAPES = {
    ValueKind.NUMBER: re.compile(r"[-+]?[0-9]+(\.[0-9]+)?[A-Za-z%]{0,3}"),
    ValueKind.FILE: re.compile(r"(?!-)[\w./,+ ()-]+"),
    ValueKind.NAME: re.compile(r"[\w.:@%/,+-]+", re.ASCII),
    ValueKind.TEXT: re.compile(r"[\w.:@%/,+*= -]+", re.ASCII),
}
_NULLS = frozenset(["-", "/dev/null", "/dev/stdout", "/dev/stderr"])
_TEMPLATES = re.compile(r"[{}]|\b(executable|stdin|creates|removes|chdir|argv|cmd|_raw_params)=", re.IGNORECASE)
_HARMLESS_VARIABLES = re.compile(
    r"LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|COLUMNS|LINES|NO_COLOR|FORCE_COLOR|CLICOLOR|CLICOLOR_FORCE|DEBIAN_FRONTEND"
    r"|SYSTEMD_COLORS"
)
_SCRATCH = re.compile(r"(/var)?/tmp/[^/].*")
_SECRET = re.compile(
    r"(^|/)(g?shadow-?|id_(rsa|dsa|ecdsa|ed25519)(_sk)?|identity\.age|privkey[0-9]*\.pem|[^/]*\.agekey|\.pgpass|\.netrc"
    r"|\.vault-token|\.kube/config|\.docker/config\.json|\.aws/credentials|k3s\.yaml|ssh_host_\w+_key)$"
    r"|(^|/)\.ssh/?$|(^|/)\.ssh/[^/]*(rsa|ed25519|ecdsa|key)$|/etc/ssl/private|/steward/(keys|identity)"
    r"|^/proc/[^/]+/(environ|mem)$|/run/(secrets|credentials)(/|$)"
)

LANGUAGES: Mapping[ValueKind, Callable[[str], Effect]] = {
    ValueKind.SQL: judge_sql,
    ValueKind.SED: judge_sed,
    ValueKind.AWK: judge_awk,
    ValueKind.URL: judge_url,
}
"""Who reads a value that is a text of its own."""


class Kind(Enum):
    """How much of a word is known."""

    LITERAL = 1
    """All of it."""
    PATH = 2
    """It becomes names that begin with what is written and never with a dash."""
    WILD = 3
    """Nothing: any words, flags too."""


@record
class Word:
    """One word of a command."""

    text: str
    """As written."""
    kind: Kind = Kind.LITERAL
    """How much of it is known."""

    @property
    def is_literal(self) -> bool:
        """Tell whether all of it is known."""
        return self.kind is Kind.LITERAL


def words_of(argv: Sequence[str], open_words: frozenset[int] = frozenset()) -> tuple[Word, ...]:
    """Make words of what the mini-shell read."""
    kinds = [_kind(text) if index in open_words else Kind.LITERAL for index, text in enumerate(argv)]
    return tuple(Word(text=text, kind=kind) for text, kind in zip(argv, kinds, strict=True))


def _kind(text: str) -> Kind:
    return Kind.WILD if text[0] in "*?[-+" else Kind.PATH


def placed(word: Word, mark: str, kind: Kind) -> Word:
    """Mark a word in which `mark` is replaced by something nobody has seen."""
    if mark not in word.text or word.kind is Kind.WILD:
        return word
    is_after = not word.text.startswith((mark, "-", "+"))
    return Word(text=word.text, kind=Kind.PATH if is_after else kind)


def program(word: str) -> str:
    """Return the name of a program without the folders every system keeps its own programs in."""
    found = _FOLDERS.match(word)
    return word[found.end() :] if found else word


def is_harmless_variable(name: str) -> bool:
    """Tell whether a variable only changes how things are shown."""
    return _HARMLESS_VARIABLES.fullmatch(name) is not None


def is_scratch(path: str) -> bool:
    """Tell whether a path lies in scratch space whatever links there are above it."""
    return _SCRATCH.fullmatch(path) is not None and ".." not in path.split("/")


def is_plain_task(text: str) -> bool:
    """Tell whether a command line for Ansible holds no template and sets nothing of its task."""
    return _TEMPLATES.search(text) is None


def names_secret(text: str) -> bool:
    """Tell whether a word plainly names a private key or a file of passwords."""
    return _SECRET.search(text) is not None


def matches(rule: ValueRule, value: str) -> bool:
    """Tell whether a value that is no text of its own keeps to its rule."""
    if rule.kind is ValueKind.ANY:
        return True
    if rule.kind is ValueKind.NULL:
        return value in _NULLS
    if rule.kind is ValueKind.FORMAT:
        return not value.startswith("@") and "%output" not in value and "#(" not in value
    if rule.kind in _SHAPES:
        return _SHAPES[rule.kind].fullmatch(value) is not None
    if rule.kind is ValueKind.PLAIN:
        return "=" not in value
    texts = {value, value.removeprefix("=")}
    return any(fnmatchcase(text, pattern) for text in texts for pattern in rule.patterns)
