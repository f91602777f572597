"""The one shell script that writes a kept file, and the lines of sudoers that allow it for one path.

It is one command between braces. sudo compares the words of a command joined by spaces, so that a caller could cut them
elsewhere: a shell that is given a part of what stands between braces runs nothing of it, and whatever is cut after the
brace is not two words. What is to be written comes on standard input, so that nobody reads it in a list of processes.
"""

from __future__ import annotations

import re

_LINES = (
    'no() { [ -z "$t" ] || rm -f "$t"; echo "$1"; exit 1; };',
    'now() { if [ -e "$f" ]; then sha256sum <"$f" | cut -c 1-64; else echo -; fi; };',
    "set -u; umask 077; PATH=/usr/sbin:/usr/bin:/sbin:/bin; t=;",
    '[ $# = 2 ] || no "these are not two words"; f=$2; d=${f%/*};',
    'read -r old new || no "nothing to do was read";',
    'if [ -h "$f" ]; then no "it is a link"; fi;',
    '[ -f "$f" ] || [ "$(now)" = - ] || no "it is no ordinary file";',
    'if [ "$(id -u)" = 0 ]; then p=$d; while :; do',
    'if [ -h "$p" ]; then no "a folder above it is a link"; fi;',
    'case "$(stat -c "%u %A" "$p/")" in "0 d"????-??-?) ;;',
    '"0 d"????????t) [ "$p" != "$d" ] || no "others may write beside it" ;;',
    '*) no "others than root may write above it" ;; esac;',
    '[ -n "$p" ] || break; p=${p%/*}; done; fi;',
    'if [ "$1" = drop ]; then [ "$(now)" = "$old" ] || no "it is not as it was"; rm -f "$f"; exit; fi;',
    '[ "$1" = put ] || no "the first word is put or drop";',
    't=$(mktemp "$d/.steward.XXXXXX") || no "its folder cannot be written";',
    'cat >"$t" || no "there is no room for it";',
    '[ "$(sha256sum <"$t" | cut -c 1-64)" = "$new" ] || no "what came is not what was approved";',
    'if [ -e "$f" ]; then chown "$(stat -c %u:%g "$f")" "$t" && chmod "$(stat -c %a "$f")" "$t" ||',
    'no "its owner cannot be kept"; else chmod 644 "$t"; fi;',
    'sync "$t" 2>/dev/null || sync; [ "$(now)" = "$old" ] || no "it is not as it was";',
    'mv -f "$t" "$f" || no "it cannot be replaced"; sync "$d/" 2>/dev/null || sync;',
)
SCRIPT = "{ " + " ".join(_LINES) + " }"
"""Called with `put PATH` or `drop PATH`. Standard input: the hash that must be there now and the one that is wanted, in
one line, `-` for no file; then the content."""
NAME = "steward"


def argv(verb: str, path: str) -> tuple[str, ...]:
    """Return the exact words that put or drop a file."""
    return ("/bin/sh", "-c", SCRIPT, NAME, verb, path)


def order(before: str, after: str, text: str = "") -> str:
    """Return the standard input: what must be there now, what is to be there, and its content."""
    return f"{before or '-'} {after or '-'}\n{text}"


def rights(path: str) -> tuple[str, ...]:
    """Return the commands of sudoers that put and drop this very file, every character escaped that sudo reads."""
    return tuple(_in_sudoers(" ".join(argv(verb, path))) for verb in ("put", "drop"))


def _in_sudoers(command: str) -> str:
    program, _, words = command.partition(" ")
    return f"{program} " + re.sub(r"[*?\[\]!^,:=#]", r"\\\g<0>", words)
