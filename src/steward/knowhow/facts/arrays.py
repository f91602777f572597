"""Arrays of Linux (md): which disks they have lost, what they rebuild, and whether their copies differ."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.lib.text import size
from steward.model.fact import CommandOutput, Fact, Reading

_MOST = 64
_WITHOUT_SPARE = frozenset({"raid0", "linear", "container", "faulty"})


@record
class Member:
    """One disk or partition of an array."""

    name: str
    """Kernel's name: `sda1`."""
    state: str
    """`in_sync`, `faulty`, `spare`, `write_mostly,in_sync`."""
    error_count: int
    """Errors that were corrected by reading from the others."""


@record
class Array:
    """One array."""

    name: str
    """Kernel's name: `md0`."""
    level: str
    """`raid1`, `raid5`, `raid10`."""
    state: str
    """`clean`, `active`, `inactive`, `broken`, `read-auto`."""
    size_bytes: int
    """Its size."""
    expected_members: int
    """Disks it should have."""
    missing_members: int
    """Disks it should have and has not, those that are being rebuilt included."""
    sync_action: str
    """`idle`, `check`, `resync`, `recover`, `repair`, `reshape`, `frozen`."""
    sync_percent: float | None
    """How far that is; None when nothing runs."""
    mismatch_count: int
    """Sectors whose copies differed at the last check."""
    last_action: str
    """What ran last: `check`; empty where the kernel does not tell."""
    members: dict[str, Member]
    """By the kernel's name."""

    @property
    def is_redundant(self) -> bool:
        """Whether it can lose a disk at all."""
        return self.level not in _WITHOUT_SPARE


@record
class Arrays:
    """All arrays of a machine."""

    program: str
    """Absolute path of mdadm; empty when it is not installed."""
    arrays: dict[str, Array]
    """By the kernel's name."""


def parse(outputs: Mapping[str, CommandOutput]) -> Arrays:
    """Read one block for each array: `KEY VALUE` lines, and `member NAME STATE ERRORS`."""
    blocks: dict[str, dict[str, str]] = {}
    members: dict[str, dict[str, Member]] = {}
    name, program = "", ""
    for line in lines(text_of(outputs, "arrays")):
        key, _, value = line.partition(" ")
        if key == "program":
            program = value
        elif key == "array" and len(blocks) < _MOST:
            name = value.strip()[:40]
            blocks[name], members[name] = {}, {}
        elif key == "member" and name:
            words = value.split()
            if len(words) >= 2:
                errors = whole(words[2]) if len(words) > 2 else None
                members[name][words[0]] = Member(name=words[0], state=words[1], error_count=errors or 0)
        elif name:
            blocks[name][key] = value.strip()[:200]
    arrays = {name: _array(name, told, members[name]) for name, told in blocks.items() if told.get("level")}
    return Arrays(program=program, arrays=arrays)


def _array(name: str, told: Mapping[str, str], members: dict[str, Member]) -> Array:
    return Array(
        name=name,
        level=told["level"],
        state=told.get("array_state", ""),
        size_bytes=(whole(told.get("size", "")) or 0) * 512,
        expected_members=whole(told.get("raid_disks", "").partition(" ")[0]) or 0,
        missing_members=whole(told.get("degraded", "")) or 0,
        sync_action=told.get("sync_action", "") or "idle",
        sync_percent=_percent(told.get("sync_completed", "")),
        mismatch_count=whole(told.get("mismatch_cnt", "")) or 0,
        last_action=told.get("last_sync_action", ""),
        members=members,
    )


def _percent(text: str) -> float | None:
    """Read `123456 / 7813771264`; the kernel writes `none` when nothing runs and `delayed` when it waits."""
    done, _, total = (part.strip() for part in text.partition("/"))
    first, second = whole(done), whole(total)
    return round(first * 100 / second, 1) if first is not None and second else None


def traits(arrays: Arrays) -> dict[str, str]:
    """Return which arrays there are and of what they are made."""
    return {
        f"array {name}": f"{one.level} {size(one.size_bytes)} of {', '.join(sorted(one.members))}"
        for name, one in arrays.arrays.items()
    }


_ARRAYS = """\
export LC_ALL=C
cd /sys/block 2>/dev/null || exit 0
[ -x /usr/sbin/mdadm ] && echo program /usr/sbin/mdadm
for name in md*; do
    [ -d "$name/md" ] && [ -b "/dev/$name" ] || continue
    echo "array $name"
    for file in size md/level md/array_state md/raid_disks md/degraded md/sync_action md/sync_completed \\
        md/mismatch_cnt md/last_sync_action; do
        value=
        { IFS= read -r value <"$name/$file"; } 2>/dev/null
        printf '%s %.100s\\n' "${file##*/}" "$value"
    done
    for member in "$name"/md/dev-*; do
        [ -d "$member" ] || continue
        state= errors=0
        { IFS= read -r state <"$member/state"; IFS= read -r errors <"$member/errors"; } 2>/dev/null
        echo "member ${member##*/dev-} ${state:-unknown} $errors"
    done
done
exit 0
"""

PLUGIN = Fact[Arrays](
    name="arrays",
    summary="Arrays of md: level, lost and rebuilding disks, and copies that differ.",
    readings=(Reading(name="arrays", argv=("sh", "-c", _ARRAYS)),),
    parse=parse,
    traits=traits,
)
