"""How a reading asks the engines of containers, Docker and root's Podman, in the same words for both.

What is asked beyond the list is one template over all of it: so that a container is never asked for its environment,
its command or a label that is not named there, and so that one line of sudoers allows exactly this question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from steward.knowhow.outputs import lines, text_of
from steward.model.fact import CommandOutput, FactUnavailable, Reading

ENGINES = ("docker", "podman")
_PROGRAMS = {
    "docker": """\
direct=no
[ -w /run/docker.sock ] || [ -w /var/run/docker.sock ] && direct=yes
for program in /usr/bin/docker /usr/local/bin/docker /snap/bin/docker; do [ -x "$program" ] && break; done
[ -S /run/docker.sock ] || [ -S /var/run/docker.sock ] || program=
case "$(readlink -f "$program")" in *podman*) program= ;; esac
""",
    "podman": """\
direct=no program=/usr/bin/podman
[ "$(id -u)" = 0 ] && direct=yes
[ -d /var/lib/containers/storage ] || program=
""",
}
_ASK = """\
export LC_ALL=C
[ -x "$program" ] || { echo none; exit 0; }
if [ "$direct" = yes ] && found=$("$program" $list 2>/dev/null); then
    access=direct run="$program"
elif [ "$(id -u)" != 0 ] && found=$(sudo -n "$program" $list 2>/dev/null); then
    access=sudo run="sudo -n $program"
else
    echo "refused $(id -un) $program"; exit 0
fi
echo "engine $access $program"
[ -z "$also" ] || found=$(printf '%s\\n' "$found" && $run $also 2>/dev/null)
found=$(printf '%s\\n' "$found" | sort -u | head -n 500)
[ -n "$found" ] || exit 0
"""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of an engine: a list of names, and then all of these by one template."""

    listing: str
    """Words that print the names: `ps --all --quiet --no-trunc`."""
    also: str = ""
    """Words that print more names, where one list does not tell all."""
    asking: str = ""
    """Words before the template: `inspect --type container --format`; without them the list is the answer."""
    templates: Mapping[str, str] = field(default_factory=dict[str, str])
    """Template by engine."""
    named: str = ""
    """What the names look like, as a regular expression of sudoers: `[0-9a-f ]+`."""
    after: str = ""
    """What else the shell does; the answer is in `$answer`."""

    def reading(self, engine: str, *, timeout_seconds: int = 20) -> Reading:
        """Return the reading of one engine, named like it."""
        words = f"list='{self.listing}'\nalso='{self.also}'\nformat='{self.templates.get(engine, '')}'\n"
        asked = f'answer=$($run {self.asking} "$format" $found 2>/dev/null)' if self.asking else "answer=$found"
        argv = (
            "sh",
            "-c",
            f"{words}{_PROGRAMS[engine]}{_ASK}{asked}\nprintf '%s\\n' \"$answer\"\n{self.after}exit 0\n",
        )
        return Reading(name=engine, argv=argv, timeout_seconds=timeout_seconds, output_limit=2_097_152)

    def sudoers(self) -> tuple[str, ...]:
        """Return the commands that must be allowed to ask through sudo; a dot stands for one character."""
        dotted = {engine: re.sub(r"[^A-Za-z0-9 ]", ".", template) for engine, template in self.templates.items()}
        lists = [words for words in (self.listing, self.also) if words]
        return tuple(
            line
            for engine, template in dotted.items()
            for line in (
                *(f"/usr/bin/{engine} {words}" for words in lists),
                f"/usr/bin/{engine} ^{self.asking} {template} {self.named}$",
            )
        )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one engine answered."""

    engine: str
    """`docker` or `podman`."""
    program: str
    """Absolute path of its command."""
    needs_root: bool
    """Whether that command works through sudo only."""
    lines: tuple[str, ...]
    """What it said."""


def answers(outputs: Mapping[str, CommandOutput]) -> tuple[tuple[Answer, ...], str]:
    """Return what the engines that are there said, and why one of two could not be asked.

    Raises:
        FactUnavailable: there are engines, and none can be asked.
    """
    said = {engine: lines(text_of(outputs, engine)) for engine in ENGINES}
    found = tuple(_answer(engine, told) for engine, told in said.items() if told[0].startswith("engine "))
    refused = [_refusal(told[0]) for told in said.values() if told[0].startswith("refused ")]
    if refused and not found:
        raise FactUnavailable("; ".join(refused))
    return found, "; ".join(refused)


def _answer(engine: str, said: list[str]) -> Answer:
    _, access, program = [*said[0].split(" ", 2), "", ""][:3]
    return Answer(engine=engine, program=program, needs_root=access != "direct", lines=tuple(said[1:]))


def _refusal(line: str) -> str:
    _, user, program = [*line.split(" ", 2), "", ""][:3]
    if user in {"", "root"}:
        return f"{program} is here and does not answer"
    return f"{program} is here and {user} may not ask it; `steward machines rights` prints the lines for sudo"
