"""Hosts of an OpenSSH client configuration, each as OpenSSH itself would reach it.

A value counts that is written first in a block whose patterns fit, as in ssh_config(5). Blocks of `Match` are not
followed: what they depend on shows only when somebody connects. A pattern with `*` or `?` names no machine, but what
it says counts for those it fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from steward.lib.ssh_config import directives
from steward.model.discovery import MOST_FOUND, Discovered, Found, Gathered, LeftOut, Reach, Source

_FORGES = frozenset(
    {"github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "git.sr.ht", "ssh.dev.azure.com", "ssh.github.com"}
)
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_SIGNS = frozenset("*?!")
"""Signs of a pattern, which names no host."""
_DEEPEST = 16
_MOST_DIRECTIVES = 5_000
Patterns = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Said:
    """One value, and the patterns of every block it stands in; those of included files stand in several."""

    keyword: str
    words: tuple[str, ...]
    blocks: tuple[Patterns, ...]
    where: str


def parse(gathered: Gathered) -> Discovered:
    """Return every host that is written out, once for each place it leads to."""
    said: list[_Said] = []
    left_out = list(gathered.left_out)
    first = next(iter(gathered.texts), None)
    if first is not None:
        left_out += _walk(gathered, first, said)
    chosen = _Chosen(said)
    machines: dict[tuple[str, int, str], Found] = {}
    for alias, where in islice(_aliases(said), MOST_FOUND):
        found = _found(alias, where, chosen.for_alias(alias))
        reason = _no_machine(found)
        if reason:
            left_out.append(LeftOut(what=f"{alias} ({where})", why=reason))
            continue
        key = (found.address.lower(), found.port, found.proxy_jump)
        if key in machines:
            left_out.append(LeftOut(what=f"{alias} ({where})", why=f"the same machine as {machines[key].name}"))
        else:
            machines[key] = found
    return Discovered(machines=tuple(machines.values()), left_out=tuple(left_out))


def _walk(gathered: Gathered, first: str, said: list[_Said]) -> Iterator[LeftOut]:
    """Collect what is said, included files in their place; yield what is not followed."""
    waiting = [_directives_of(gathered, first, ())]
    while waiting and len(said) < _MOST_DIRECTIVES:
        step = next(waiting[-1], None)
        if step is None:
            waiting.pop()
        elif step.keyword == "include":
            files = [file for pattern in step.words for file in gathered.stands_for.get(pattern, ())]
            if len(waiting) <= _DEEPEST:
                waiting += [_directives_of(gathered, file, step.blocks) for file in reversed(files)]
        elif step.keyword == "match":
            if step.words != ("all",):
                yield LeftOut(
                    what=f"Match {' '.join(step.words)[:80]} ({step.where})", why="blocks of Match are not followed"
                )
        else:
            said.append(step)


def _directives_of(gathered: Gathered, path: str, outer: tuple[Patterns, ...]) -> Iterator[_Said]:
    """Yield the directives of a file, each with the blocks it stands in."""
    blocks = outer
    for line, keyword, words in directives(gathered.texts.get(path, "")):
        where = f"{path}:{line}"
        if keyword == "host":
            blocks = (*outer, words)
        elif keyword == "match":
            blocks = (*outer, ("*",) if words == ("all",) else ())
        yield _Said(keyword=keyword, words=words, blocks=blocks, where=where)


def _aliases(said: Iterable[_Said]) -> Iterator[tuple[str, str]]:
    """Yield every name that is written out, once, with its place."""
    seen: set[str] = set()
    for each in said:
        for word in each.words if each.keyword == "host" else ():
            if not set(word) & _SIGNS and word not in seen and _fits(word, each.blocks):
                seen.add(word)
                yield word, each.where


class _Chosen:
    """What is said, found by name: most blocks name their hosts, so only those with patterns are tried for each."""

    def __init__(self, said: Iterable[_Said]) -> None:
        self._said = tuple(said)
        self._named: dict[str, list[int]] = {}
        self._tried: list[int] = []
        for place, each in enumerate(self._said):
            patterns = each.blocks[-1] if each.blocks else ("*",)
            if set("".join(patterns)) & _SIGNS:
                self._tried.append(place)
                continue
            for pattern in patterns:
                self._named.setdefault(pattern.lower(), []).append(place)

    def for_alias(self, alias: str) -> Iterator[_Said]:
        """Yield what is said for a name, in the order it is written."""
        for place in sorted({*self._named.get(alias.lower(), ()), *self._tried}):
            if _fits(alias, self._said[place].blocks):
                yield self._said[place]


def _fits(alias: str, blocks: Iterable[Patterns]) -> bool:
    return all(_fits_one(alias, patterns) for patterns in blocks)


def _fits_one(alias: str, patterns: Patterns) -> bool:
    """Tell whether a block is for this name: one pattern fits, and none that is denied does."""
    if any(_is_like(alias, pattern[1:]) for pattern in patterns if pattern.startswith("!")):
        return False
    return any(_is_like(alias, pattern) for pattern in patterns if not pattern.startswith("!"))


def _is_like(alias: str, pattern: str) -> bool:
    if not set(pattern) & set("*?"):
        return alias.lower() == pattern.lower()
    shape = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern[:255])
    return len(re.findall(r"\*", pattern)) < 10 and re.fullmatch(shape, alias[:255], re.IGNORECASE) is not None


def _found(alias: str, where: str, said: Iterable[_Said]) -> Found:
    values: dict[str, str] = {}
    for each in said:
        if each.words and each.keyword not in values and each.keyword != "host":
            values[each.keyword] = each.words[0]
    jump = values.get("proxyjump", "")
    port = values.get("port", "22")
    return Found(
        name=alias,
        address=values.get("hostname", alias).replace("%h", alias).replace("%%", "%"),
        alias=alias,
        port=int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 22,
        user=values.get("user", ""),
        identity_file=values.get("identityfile", ""),
        proxy_jump="" if jump.lower() == "none" else jump,
        says="through a program (ProxyCommand), which Steward does not run" if "proxycommand" in values else "",
        where=where,
    )


def _no_machine(found: Found) -> str:
    if found.address.lower() in _FORGES or found.user == "git":
        return "a forge for git, no machine"
    return "this box itself" if found.address.lower() in _HERE and found.port == 22 else ""


PLUGIN = Source(
    name="ssh-config",
    summary="Hosts of the OpenSSH configuration of the user Steward runs as, with the files it includes.",
    reach=Reach.LOCAL,
    parse=parse,
    is_asked_first=True,
)
