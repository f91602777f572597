"""Files whose truth lies in git: what is in their place on the machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from steward.knowhow.outputs import complaint, decimal, lines, moment, text_of, whole
from steward.lib.canonical import content_hash
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.wanted import MOST_BYTES, MOST_FILES, Wanted

_ASKED = "file "
_MASK = "\u2039secret:"


class Place(StrEnum):
    """What is in the place of a kept file."""

    FILE = "file"
    """An ordinary file that Steward's user may read."""
    ABSENT = "absent"
    """Nothing."""
    LINK = "link"
    """A symbolic link."""
    OTHER = "other"
    """A folder, a device or the like."""
    UNREADABLE = "unreadable"
    """Something that Steward's user may not read, or a folder above it."""


class Writer(StrEnum):
    """Who may put another file in a place, so that nobody else can lead the hand that does it."""

    STEWARD = "steward"
    """Steward's user, with the rights it has."""
    ROOT = "root"
    """Root: nobody else may change the folders above it."""
    NOBODY = "nobody"
    """Nobody safely: the file or a folder above it belongs to somebody else."""


@record
class KeptFile:
    """What is in the place of one kept file."""

    place: Place
    """What is there."""
    sha256: str = ""
    """SHA-256 of its content, computed on the machine; empty where there is none to read."""
    size_bytes: int = 0
    """Its size."""
    mode: str = ""
    """Octal permissions."""
    owner: str = ""
    """User and group: `root:root`."""
    modified_at: datetime | None = None
    """When it was last written, as the file system tells (UTC)."""
    writer: Writer = Writer.NOBODY
    """Who may replace it."""
    text: str | None = None
    """Its content where it is not the wanted one; None where it is, or where `hidden` says why it is not told."""
    hidden: str = ""
    """Why its content is not told."""


@record
class KeptFiles:
    """What is in the place of every kept file of the machine."""

    files: dict[str, KeptFile]
    """By path."""
    unread: dict[str, str]
    """Paths that could not be looked at, each with the reason."""


def ask(wanted: Wanted) -> tuple[Reading, ...]:
    """Return one reading for each kept file; path and hash are words of their own."""
    chosen = sorted(wanted.files.items())[:MOST_FILES]
    return tuple(
        Reading(
            name=f"{_ASKED}{path}",
            argv=("/bin/sh", "-c", _LOOK, "steward", path, file.sha256, str(MOST_BYTES)),
            output_limit=MOST_BYTES,
        )
        for path, file in chosen
    )


def parse(outputs: Mapping[str, CommandOutput]) -> KeptFiles:
    """Read what each file told; one that cannot be looked at hides no other."""
    if text_of(outputs, "tools").strip() != "there":
        msg = "sha256sum and stat, which tell whether a file changed, are not installed"
        raise FactUnavailable(msg)
    files: dict[str, KeptFile] = {}
    unread: dict[str, str] = {}
    for name, output in outputs.items():
        if not name.startswith(_ASKED):
            continue
        try:
            files[name.removeprefix(_ASKED)] = _file(output)
        except FactUnavailable as reason:
            unread[name.removeprefix(_ASKED)] = str(reason)
    return KeptFiles(files=files, unread=unread)


def _file(output: CommandOutput) -> KeptFile:
    """Read `PLACE HASH WRITER SIZE MODE WRITTEN OWNER` from standard error, content from standard output."""
    said = lines(output.stderr)[0].split(" ", 6)
    if output.exit_code != 0 or output.is_timed_out or said[0] not in set(Place):
        raise FactUnavailable("it could not be looked at: " + complaint(output))
    place = Place(said[0])
    if place is not Place.FILE:
        return KeptFile(place=place, writer=_writer(said[-1]))
    if len(said) != 7 or (size := whole(said[3])) is None or len(said[1]) != 64:
        raise FactUnavailable("what it told of itself cannot be read")
    text, hidden = _content(output, said[1], size)
    return KeptFile(
        place=place,
        sha256=said[1],
        size_bytes=size,
        mode=said[4][:5],
        owner=said[6][:100],
        modified_at=moment(decimal(said[5])),
        writer=_writer(said[2]),
        text=text,
        hidden=hidden,
    )


def _writer(word: str) -> Writer:
    return next((one for one in Writer if one == word), Writer.NOBODY)


def _content(output: CommandOutput, sha256: str, size: int) -> tuple[str | None, str]:
    """Return the content if it came whole and unmasked, else why not: the machine's own hash decides."""
    text = output.stdout
    if size > MOST_BYTES or output.is_truncated:
        return None, f"it is larger than {MOST_BYTES} bytes"
    if content_hash(text.encode("utf-8", "surrogatepass")) == sha256 and "\0" not in text:
        return text, ""
    if not text:
        return None, ""
    if _MASK in text:
        at = text[: text.index(_MASK)].count("\n") + 1
        return None, f"it holds what looks like a secret in line {at}"
    return None, "it is no text in UTF-8, or changed while it was read"


def traits(kept: KeptFiles) -> dict[str, str]:
    """Return what is in each place: a file by its hash."""
    return {f"kept file {path}": file.sha256[:16] or file.place.value for path, file in kept.files.items()}


_LOOK = """\
export LC_ALL=C
f=$1 d=${1%/*} wanted=$2 most=$3 p=${1%/*} user=$(id -u) writer=root last=
set --
while :; do
    if [ -h "$p" ]; then writer=nobody; fi
    set -- "$p/" "$@"
    [ -n "$p" ] || break
    p=${p%/*}
done
for last in $(stat -c '%u%A' "$@" 2>/dev/null); do
    case $last in 0d????-??-? | 0d????????t) ;; *) writer=nobody ;; esac
done
case $last in 0d???????w?) writer=nobody ;; esac
own() { if [ "$user" != 0 ] && [ -w "$d/" ] && { [ ! -e "$f" ] || [ -O "$f" ]; }; then writer=steward; fi; }
if [ -h "$f" ]; then echo link >&2; exit 0; fi
if [ ! -e "$f" ]; then
    up=$d
    while [ -n "$up" ] && [ ! -e "$up" ] && [ ! -h "$up" ]; do up=${up%/*}; done
    [ -x "${up:-/}" ] || { echo unreadable >&2; exit 0; }
    own
    [ -d "$d/" ] || writer=nobody
    echo "absent $writer" >&2
    exit 0
fi
[ -f "$f" ] || { echo other >&2; exit 0; }
[ -r "$f" ] || { echo unreadable >&2; exit 0; }
told=$(stat -c '%s %a %Y %U:%G' "$f") && hash=$(sha256sum <"$f") || exit 1
hash=${hash%% *}
own
echo "file $hash $writer $told" >&2
[ "$hash" = "$wanted" ] || [ "${told%% *}" -gt "$most" ] || cat "$f"
"""
_TOOLS = "command -v sha256sum >/dev/null && command -v stat >/dev/null && echo there || echo missing"

PLUGIN = Fact[KeptFiles](
    name="kept_files",
    summary="Files whose truth lies in git: hash, size, mode and owner of what is in their place on the machine.",
    readings=(Reading(name="tools", argv=("/bin/sh", "-c", _TOOLS)),),
    parse=parse,
    traits=traits,
    ask=ask,
)
