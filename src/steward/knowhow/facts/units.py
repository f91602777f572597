"""Units of systemd: what each is, how it stands, why it failed, and what it wrote last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from steward.knowhow.outputs import assignments, complaint, lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading
from steward.model.history import Series
from steward.model.history import Unit as Measure

_KINDS = ("service", "socket", "timer", "mount", "automount", "swap", "path")
_PROPERTIES = (
    "Id,Names,Description,LoadState,ActiveState,SubState,UnitFileState,FragmentPath,Type,RemainAfterExit,Result,"
    "ExecMainCode,ExecMainStatus,NRestarts,StateChangeTimestamp,TriggeredBy,RequiredBy,BoundBy,ConsistsOf"
)


@record
class Unit:
    """One unit. Texts in it were written by whoever made the unit."""

    name: str
    """Its name: `nginx.service`."""
    aliases: tuple[str, ...]
    """Other names it answers to."""
    description: str
    """What it calls itself."""
    load_state: str
    """`loaded`, `masked`, `error`, `not-found`; `unloaded` when only its file is there."""
    active_state: str
    """`active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`."""
    sub_state: str
    """Finer state of its kind: `running`, `exited`, `dead`, `auto-restart`."""
    file_state: str
    """`enabled`, `disabled`, `static`, `masked`; empty when it has no file."""
    fragment_path: str
    """File it was made from, or empty."""
    type: str
    """For a service: `simple`, `forking`, `oneshot`, `notify`; else empty."""
    remains_after_exit: bool
    """Whether it stays active when its program has ended."""
    result: str
    """How it came out last: `success`, `exit-code`, `signal`, `timeout`, `start-limit-hit`."""
    exit_code: int | None
    """Exit status of its main program, or None when that was ended by a signal or did not end."""
    exit_signal: int | None
    """Signal that ended its main program, or None."""
    restart_count: int | None
    """Restarts by systemd since somebody started it; None where systemd does not count (before 235)."""
    changed_at: datetime | None
    """When its state changed last (UTC)."""
    triggered_by: tuple[str, ...]
    """Units that start it on demand."""
    pulls_down: tuple[str, ...]
    """Units that systemd stops or restarts together with it."""
    log_lines: tuple[str, ...]
    """What it wrote last, for units in trouble; written by outside programs."""

    @property
    def is_job(self) -> bool:
        """Whether it does its work and ends, so that `inactive` is how it should stand."""
        return self.type == "oneshot" and not self.remains_after_exit


@record
class Units:
    """All units of the kinds people work with."""

    program: str
    """Absolute path of systemctl."""
    units: dict[str, Unit]
    """By name."""

    def find(self, name: str) -> Unit | None:
        """Return the unit of this name or alias, or None."""
        return self.units.get(name) or next((one for one in self.units.values() if name in one.aliases), None)


def parse(outputs: Mapping[str, CommandOutput]) -> Units:
    """Join what systemd holds in memory, the unit files beside it, and the last lines of units in trouble."""
    shown = outputs.get("units")
    if shown is not None and shown.exit_code not in {0, None}:
        why = "systemd is not running here" if _lacks_systemd(shown) else f"systemctl failed: {complaint(shown)}"
        raise FactUnavailable(why)
    heading, _, rest = text_of(outputs, "units").partition("\n\n")
    program = assignments(heading).get("Program", "")
    logs = _logs(outputs.get("logs"))
    units: dict[str, Unit] = {}
    for block in rest.split("\n\n"):
        values = assignments(block)
        name = values.get("Id", "")
        if name and not _is_noise(name, values):
            units[name] = _unit(name, values, logs.get(name, ()))
    if not program or not units:
        msg = "systemctl listed no unit"
        raise FactUnavailable(msg)
    known = {alias for one in units.values() for alias in one.aliases} | set(units)
    unloaded = _unit_files(outputs.get("files"))
    units |= {name: _unit(name, values, ()) for name, values in unloaded.items() if name not in known}
    return Units(program=program, units=dict(sorted(units.items())))


def _is_noise(name: str, values: Mapping[str, str]) -> bool:
    """Tell whether a unit is only a name others mention, or a mount that systemd merely watches."""
    if values.get("LoadState") == "not-found":
        return values.get("ActiveState") == "inactive"
    return name.endswith(".mount") and not values.get("FragmentPath") and values.get("ActiveState") == "active"


def _lacks_systemd(output: CommandOutput) -> bool:
    said = output.stderr.lower()
    return output.exit_code == 127 or "not been booted with systemd" in said


def _unit(name: str, values: Mapping[str, str], log_lines: tuple[str, ...]) -> Unit:
    code, status = values.get("ExecMainCode", ""), whole(values.get("ExecMainStatus", ""))
    pulled = {other for key in ("RequiredBy", "BoundBy", "ConsistsOf") for other in values.get(key, "").split()}
    return Unit(
        name=name,
        aliases=tuple(sorted(set(values.get("Names", "").split()) - {name})),
        description=values.get("Description", ""),
        load_state=values.get("LoadState", ""),
        active_state=values.get("ActiveState", ""),
        sub_state=values.get("SubState", ""),
        file_state=values.get("UnitFileState", ""),
        fragment_path=values.get("FragmentPath", ""),
        type=values.get("Type", "") if name.endswith(".service") else "",
        remains_after_exit=values.get("RemainAfterExit") == "yes",
        result=values.get("Result", ""),
        exit_code=status if code in {"1", "exited"} else None,
        exit_signal=status if code in {"2", "3", "killed", "dumped"} else None,
        restart_count=whole(values.get("NRestarts", "")),
        changed_at=_moment(values.get("StateChangeTimestamp", "")),
        triggered_by=tuple(values.get("TriggeredBy", "").split()),
        pulls_down=tuple(sorted(pulled)),
        log_lines=log_lines,
    )


def _moment(text: str) -> datetime | None:
    """Read `Sat 2026-11-21 10:49:35 UTC`; the readings ask for UTC."""
    words = text.split()
    try:  # a machine has hundreds of these, and `strptime` takes fifty times as long
        return datetime.fromisoformat(" ".join(words[1:3])).replace(tzinfo=UTC)
    except ValueError:
        return None


def _logs(output: CommandOutput | None) -> dict[str, tuple[str, ...]]:
    """Collect `UNIT LINE` lines; a cut or failed reading only means fewer of them."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines(output.stdout) if output is not None else []:
        name, _, said = line.partition(" ")
        if said.strip():
            found[name] = (*found.get(name, ()), said)[-5:]
    return found


def _unit_files(output: CommandOutput | None) -> dict[str, dict[str, str]]:
    """Return properties of units that only have a file; templates and aliases are no units of their own."""
    files: dict[str, dict[str, str]] = {}
    for line in lines(output.stdout) if output is not None else []:
        words = line.split()
        if len(words) >= 2 and words[0].endswith(tuple("." + kind for kind in _KINDS)):
            name, state = words[0], words[1]
            if "@." not in name and state != "alias":
                load = "masked" if state.startswith("masked") else "unloaded"
                values = {"LoadState": load, "ActiveState": "inactive", "SubState": "dead", "UnitFileState": state}
                files[name] = values
    return files


_SHOW = f"""\
export LC_ALL=C TZ=UTC
for program in /usr/bin/systemctl /bin/systemctl /run/current-system/sw/bin/systemctl; do
    [ -x "$program" ] && break
done
[ -x "$program" ] || exit 127
echo "Program=$program"
echo
exec "$program" show --no-pager --property={_PROPERTIES} {" ".join(f"'*.{kind}'" for kind in _KINDS)}
"""
# `systemctl list-unit-files` costs systemd itself a third of a second of one core, and it answers nobody meanwhile.
# This reads the same folders in the same order, and says the same of units that are not loaded, for a fraction.
_FILES = rf"""export LC_ALL=C
cd /
set -- etc/systemd/system/ run/systemd/system/ run/systemd/generator/
set -- "$@" usr/local/lib/systemd/system/ usr/lib/systemd/system/
[ -h lib ] || set -- "$@" lib/systemd/system/
{{
    ls -d etc/systemd/system/*.wants/* etc/systemd/system/*.requires/* run/systemd/system/*.wants/*
    echo
    for folder; do
        grep -sl '^\[Install\]' "$folder"*
    done
    echo
    ls -l "$@"
}} 2>/dev/null | awk '
    part < 2 && !NF {{ part++; next }}
    part < 2 {{ name = $0; sub(/.*\//, "", name); if (part) installs[name] = 1; else wanted[name] = 1; next }}
    /:$/ {{ folder = $0; next }}
    $9 !~ /\.({"|".join(_KINDS)})$/ || ($9 in seen) {{ next }}
    {{ seen[$9] = 1; target = $11; sub(/.*\//, "", target) }}
    $11 == "/dev/null" || (/^-/ && $5 == 0) {{ print $9, "masked"; next }}
    /^l/ && target != $9 {{ print $9, "alias"; next }}
    folder ~ /generator/ {{ print $9, "generated"; next }}
    $9 in wanted {{ print $9, "enabled"; next }}
    {{ print $9, ($9 in installs) ? "disabled" : "static" }}
'
"""
_LOGS = f"""\
export LC_ALL=C
reads='journalctl'
if [ "$(id -u)" != 0 ] && ! id -Gn | tr ' ' '\\n' | grep -qx -e adm -e systemd-journal; then
    reads='sudo -n /usr/bin/journalctl'
fi
systemctl list-units --all --plain --no-legend --no-pager --type={",".join(_KINDS)} --state=failed,auto-restart |
    sed 's/^[^A-Za-z0-9]*//' | head -n 12 | while IFS=' ' read -r unit _; do
        $reads --quiet --no-pager --boot --lines=5 --output=cat --unit="$unit" </dev/null | cut -c 1-400 |
            while IFS= read -r line; do printf '%s %s\\n' "$unit" "$line"; done
    done
"""


def traits(units: Units) -> dict[str, str]:
    """Return which units start by themselves; what runs now and then says nothing by running.

    The file it comes from is no part of it: systemd tells it only while the unit is loaded.
    """
    return {
        f"unit {name}": unit.file_state
        for name, unit in units.units.items()
        if unit.file_state in {"enabled", "disabled", "masked"} and not unit.fragment_path.startswith("/run/")
    }


_STARTED_BY_ITSELF = frozenset({"enabled", "enabled-runtime", "generated", "linked"})
_CONSOLES = ("getty@", "serial-getty@", "console-getty", "container-getty@", "user@")


def samples(units: Units) -> dict[str, float]:
    """Return which services run, of those that start by themselves and stay."""
    return {f"{name} up": float(_works(unit)) for name, unit in units.units.items() if _is_to_stay(unit)}


def _works(unit: Unit) -> bool:
    return unit.active_state in {"active", "reloading", "deactivating"}


def _is_to_stay(unit: Unit) -> bool:
    """Tell whether it should run all the time; what was not started because its conditions do not hold should not."""
    if not unit.name.endswith(".service") or unit.type == "oneshot" or unit.triggered_by:
        return False
    if unit.file_state not in _STARTED_BY_ITSELF or unit.name.startswith(_CONSOLES):
        return False
    return unit.active_state != "inactive" or unit.changed_at is not None


PLUGIN = Fact[Units](
    name="units",
    summary="Units of systemd: state, why they failed, and the last lines of those in trouble.",
    readings=(
        Reading(name="units", argv=("sh", "-c", _SHOW), timeout_seconds=20, output_limit=2_097_152),
        Reading(name="files", argv=("sh", "-c", _FILES)),
        Reading(name="logs", argv=("sh", "-c", _LOGS), timeout_seconds=20),
    ),
    parse=parse,
    samples=samples,
    series=(Series(ending="up", unit=Measure.UP, matters=True),),
    traits=traits,
    sudoers=(r"/usr/bin/journalctl ^--quiet --no-pager --boot --lines=5 --output=cat --unit=[A-Za-z0-9@_.:\\-]+$",),
)
