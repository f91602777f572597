"""Machines: the list, and one with what a person has to do next."""

from __future__ import annotations

from steward.lib.text import plural, size
from steward.surfaces.cli.layout import one_line
from steward.surfaces.cli.style import Cell, Style, toned
from steward.surfaces.cli.table import pairs, table
from steward.surfaces.cli.views.shape import Object, block, following, lines, part, rows, sections, text, words
from steward.surfaces.cli.views.status import machines_table


def listing(result: Object, style: Style) -> str:
    """Write the machines as a table, with their status where the result tells it."""
    machines = rows(result, "machines")
    found = _cards(machines, style) if any("machine" in each for each in machines) else machines_table(machines, style)
    return sections(found or "No machines yet. Add one: steward machines add NAME ADDRESS", following(result))


def card(result: Object, style: Style) -> str:
    """Write one machine: how it is reached, whether its key is confirmed, what its user needs, what cannot be read."""
    machine = part(result, "machine")
    facts: list[tuple[str, Cell]] = [
        ("Machine", (text(machine, "name"), "bold")),
        ("Reached at", _address(machine)),
        ("Autonomy", text(machine, "autonomy")),
        ("Confirmed key", text(machine, "host_key")),
        ("Shown key", (text(result, "presented_key"), "warning" if text(result, "compare_with") else "ok")),
        ("Seen", style.ago(text(result, "seen_at"))),
        ("Quarantined", (text(machine, "quarantined"), "down")),
        ("Groups", words(machine, "groups")),
        ("Labels", _labels(part(machine, "labels"))),
        *_capabilities(part(result, "capabilities")),
    ]
    return sections(
        pairs(facts, style),
        _compare(result, style),
        _problem(text(result, "problem"), style),
        _access(part(result, "access"), machine, style),
        _unread(part(result, "unread"), style),
        following(result),
    )


def _cards(cards: list[Object], style: Style) -> str:
    cells = [_line(card, part(card, "machine"), style) for card in cards]
    return table(("MACHINE", "REACHED AT", "AUTONOMY", "SEEN", "NOTE"), cells, style, keep=("MACHINE",))


def _line(card: Object, machine: Object, style: Style) -> list[Cell]:
    return [
        text(machine, "name"),
        _address(machine),
        text(machine, "autonomy"),
        style.ago(text(card, "seen_at")) or "never",
        _note(card, machine),
    ]


def _note(card: Object, machine: Object) -> Cell:
    if text(machine, "quarantined"):
        return f"quarantined: {text(machine, 'quarantined')}", "down"
    if text(machine, "transport") == "ssh" and not text(machine, "host_key"):
        return "host key not confirmed", "warning"
    missing = len(part(card, "unread"))
    return (f"{plural(missing, 'fact')} cannot be read", "watch") if missing else ""


def _address(machine: Object) -> str:
    if text(machine, "transport") == "local":
        return "this machine"
    if text(machine, "via"):
        return f"{text(machine, 'transport')} {text(machine, 'guest')} on {text(machine, 'via')}"
    address = text(machine, "address") or text(machine, "name")
    user, port = text(machine, "user"), text(machine, "port")
    return (f"{user}@" if user else "") + address + (f":{port}" if port not in ("", "22") else "")


def _labels(labels: Object) -> str:
    return ", ".join(f"{one_line(name)}={text(labels, name)}" for name in labels)


def _capabilities(found: Object) -> list[tuple[str, Cell]]:
    """Write what a machine can carry; what nobody could read gets no line."""
    processor = " ".join(part for part in (_counted(found), text(found, "architecture")) if part)
    model = text(found, "processor")
    roles = [f"{text(each, 'role')} ({text(each, 'why')})" for each in rows(found, "roles")]
    gpus = [_gpu(each) for each in rows(found, "gpus")]
    return [
        ("Role", "; ".join(roles)),
        ("Processor", f"{model} ({processor})" if model and processor else model or processor),
        ("Memory", _bytes(found, "memory_bytes")),
        ("Storage", _storage(found)),
        ("Graphics", "; ".join(gpus)),
    ]


def _counted(found: Object) -> str:
    count = found.get("processors")
    return plural(count, "core") if isinstance(count, int) else ""


def _gpu(gpu: Object) -> str:
    driver = text(gpu, "driver") or "no driver"
    is_given = "" if gpu.get("is_usable") else ", not usable here"
    return f"{text(gpu, 'vendor')} {text(gpu, 'id')} ({driver}{is_given})"


def _bytes(found: Object, name: str) -> str:
    count = found.get(name)
    return size(count) if isinstance(count, int | float) else ""


def _storage(found: Object) -> str:
    total, free = _bytes(found, "storage_bytes"), _bytes(found, "free_storage_bytes")
    return f"{total}, {free} free" if total and free else total


def _compare(result: Object, style: Style) -> str:
    command = text(result, "compare_with")
    if not command:
        return ""
    says = "Compare the shown key at the machine's own console before you confirm it:"
    return f"{style.prose(says)}\n  {command}"


def _problem(problem: str, style: Style) -> str:
    return f"{style.cell(toned('It cannot be looked at', 'down'))}\n{style.prose(problem, indent=2)}" if problem else ""


def _access(access: Object, machine: Object, style: Style) -> str:
    """Say how many rights there are to give and how to print them: the lines themselves are long, and a file."""
    to_look, to_act = (len(words(access, name, "\n").splitlines()) for name in ("to_look", "to_act"))
    is_watched = text(machine, "autonomy") == "watch"
    if not to_look and (is_watched or not to_act):
        return ""
    told = [f"{plural(to_look, 'line')} to look (optional)"] if to_look else []
    told += [f"{plural(to_act, 'line')} to act"] if to_act and not is_watched else []
    says = style.prose(f"sudoers: {', '.join(told)}. Print the file:", indent=2)
    return lines(
        style.heading(f"Rights of {text(access, 'user')}"), says, f"    steward machines rights {text(machine, 'name')}"
    )


def rights(result: Object, style: Style) -> str:
    """Write the sudoers file as it is, never wrapped: it goes into a file."""
    del style
    return block(result, "text")


def _unread(unread: Object, style: Style) -> str:
    if not unread:
        return ""
    cells = [[name, text(unread, name)] for name in unread]
    return f"{style.heading('Could not be read')}\n" + table(("FACT", "WHY"), cells, style)
