"""What `steward up` prints: findings with their evidence, as text and as the documented JSON object."""

from __future__ import annotations

from typing import Any

from steward.lib.text import visible_line

_MARKS = {"down": "DOWN", "warning": "WARNING", "watch": "watch", "unknown": "UNKNOWN"}


def as_json(why: dict[str, Any]) -> dict[str, Any]:
    """Return `{"findings": [...], "unread": [...]}` of an answer of `why`."""
    return {"findings": [_finding(item) for item in why["explained"]], "unread": why["unread"]}


def _finding(item: dict[str, Any]) -> dict[str, Any]:
    finding = item["finding"]
    return {
        "id": finding["id"],
        "title": finding["title"],
        "severity": finding["severity"],
        "resource": {**finding["resource"], "machine_name": item["machine"]},
        "evidence": finding["evidence"],
        "if_nothing": finding["if_nothing"],
        "fix": finding["fix"],
        "alternatives": finding["alternatives"],
        "since": finding["since"],
        "next": item["next"],
        "blocked": item["blocked"],
    }


def as_text(why: dict[str, Any]) -> str:
    """Write findings for a person, worst first, three lines each."""
    lines = [why["sentence"], ""]
    for item in why["explained"]:
        finding = item["finding"]
        mark = _MARKS.get(finding["severity"], finding["severity"])
        lines.append(
            f"{mark:<8} {visible_line(finding['title'])}  ({visible_line(item['machine'])}, for {item['lasting']})"
        )
        seen = "; ".join(
            f"{visible_line(str(e['name']))} {visible_line(str(e['value']))}" for e in finding["evidence"][:4]
        )
        lines.append(f"         seen: {seen}")
        lines.append(f"         if nothing is done: {visible_line(finding['if_nothing'])}")
        lines.append("")
    lines += [visible_line(f"not seen {i['fact']} on {i['machine']}: {i['why']}") for i in why["unread"]]
    return "\n".join(lines).rstrip() + "\n"
