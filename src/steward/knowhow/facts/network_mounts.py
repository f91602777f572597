"""Mounts from other machines (NFS, SMB, SSHFS): whether they answer. Asking cannot hang the look at the machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import lines, text_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading

_MOST = 100
_NOT_OURS = "Permission denied"
"""What a mount says that belongs to another user alone: it answers, only not to Steward."""


@record
class NetworkMount:
    """One mount from another machine."""

    mount_point: str
    """Where it is mounted."""
    source: str
    """What it is: `nas:/export/media`, `//nas/media`."""
    type: str
    """`nfs4`, `cifs`, `fuse.sshfs`."""
    state: str
    """`answers`, `hangs` when it did not answer in time, `fails` when it answered with an error."""
    error: str
    """That error; empty otherwise."""


@record
class NetworkMounts:
    """All mounts from other machines, those that mount themselves on demand only while they are there."""

    mounts: dict[str, NetworkMount]
    """By mount point."""


def parse(outputs: Mapping[str, CommandOutput]) -> NetworkMounts:
    """Read `STATE TYPE SOURCE POINT ERROR` with tabs between them."""
    said = lines(text_of(outputs, "mounts"))
    if "end" not in said:
        msg = "the reading `mounts` did not come to its end"
        raise FactUnavailable(msg)
    mounts: dict[str, NetworkMount] = {}
    for words in [line.split("\t") for line in said][:_MOST]:
        if len(words) >= 5 and words[0] in {"answers", "hangs", "fails"} and words[3].startswith("/"):
            point, error = _unescaped(words[3])[:400], words[4].rpartition(": ")[2].strip()[:100]
            state = "answers" if error == _NOT_OURS else words[0]
            mounts[point] = NetworkMount(
                mount_point=point,
                source=_unescaped(words[2])[:300],
                type=words[1][:40],
                state=state,
                error=error if state == "fails" else "",
            )
    return NetworkMounts(mounts=mounts)


def _unescaped(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text


# Each is asked by a process of its own that holds nothing of ours open, so that one stuck in the kernel, which nothing
# can end, is left behind and not waited for. A zombie has answered: its exit status is fetched then.
_MOUNTS = """\
export LC_ALL=C
tab=$(printf '\\t')
unescaped() { printf '%b' "$(printf '%s' "$1" | sed 's/\\\\\\([0-7][0-7][0-7]\\)/\\\\0\\1/g')"; }
set --
while read -r source point type _; do
    case $type in nfs | nfs4 | cifs | smb3 | fuse.sshfs | fuse.glusterfs | ceph | 9p | fuse.rclone | fuse.davfs) ;;
        *) continue ;;
    esac
    [ $# -lt 160 ] || break
    stat -f -- "$(unescaped "$point")" </dev/null >/dev/null 2>&1 &
    set -- "$@" "$!" "$type" "$source" "$point"
done </proc/self/mounts
waits() {
    while [ $# -gt 0 ]; do
        state=
        { read -r _ _ state _ <"/proc/$1/stat"; } 2>/dev/null
        case $state in '' | Z | X) ;; *) return 0 ;; esac
        shift 4
    done
    return 1
}
tries=0
while [ $tries -lt 20 ] && waits "$@"; do
    tries=$((tries + 1))
    sleep 0.2 2>/dev/null || { sleep 1; tries=$((tries + 4)); }
done
while [ $# -gt 0 ]; do
    told=answers error=
    if waits "$1" 2 3 4; then
        told=hangs
        kill -9 "$1" 2>/dev/null
    elif ! wait "$1"; then
        told=fails
        error=$(timeout -s KILL 2 stat -f -- "$(unescaped "$4")" 2>&1 >/dev/null | head -n 1 | tr "$tab" ' ')
    fi
    printf '%s\\t%s\\t%s\\t%s\\t%s\\n' "$told" "$2" "$3" "$4" "$error"
    shift 4
done
echo end
"""

PLUGIN = Fact[NetworkMounts](
    name="network_mounts",
    summary="Mounts of NFS, SMB and SSHFS, and whether each answers.",
    readings=(Reading(name="mounts", argv=("sh", "-c", _MOUNTS), timeout_seconds=15),),
    parse=parse,
    pause=timedelta(minutes=3),
)
