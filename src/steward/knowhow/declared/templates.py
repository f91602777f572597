"""Read around templates: Jinja and Go expressions are blanked so that what is fixed around them can be parsed.

Lines stay where they are. An expression inside a value becomes `⦃ name ⦄`, which is a plain text to YAML.
"""

from __future__ import annotations

import re

OPEN, CLOSE = "\u2983", "\u2984"
"""What stands for the braces of an expression that was blanked."""
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}", "%{": "}"}
_MARKS = re.compile(r"\{\{|\{%|\{#|%\{")
_UNSAFE = re.compile(r"[:#'\"{}\[\],&*!|>%@`\\\n]")
_COMMENT = re.compile(r"-?[ \t]*/\*")


def has_template(text: str) -> bool:
    """Tell whether a text or a value holds an expression of a template, blanked or not."""
    return "{{" in text or "{%" in text or "%{" in text or OPEN in text


def blanked(text: str) -> str:
    """Return a text without its expressions; every line keeps its number. Takes time linear in its length."""
    parts: list[str] = []
    at = 0
    while match := _MARKS.search(text, at):
        end = text.find(_CLOSING[match.group()], match.end())
        if end < 0:
            break
        stop = end + len(_CLOSING[match.group()])
        parts += (text[at : match.start()], _shown(match.group(), text[match.end() : end]))
        at = stop
    parts.append(text[at:])
    return "\n".join(_line(line) for line in "".join(parts).split("\n"))


def _shown(mark: str, inner: str) -> str:
    """Return what stands for an expression: nothing for a statement or a comment, a name for a value."""
    lines = "\n" * inner.count("\n")
    if mark != "{{" or _COMMENT.match(inner[:40]):
        return lines
    return f"{OPEN} {' '.join(_UNSAFE.sub(' ', inner).strip('-').split())} {CLOSE}{lines}"


def _line(line: str) -> str:
    """Blank a line that is only expressions, but keep an item of a list in its place."""
    if OPEN not in line or line.lstrip().startswith("- "):
        return line
    rest, depth = list[str](), 0
    for char in line:
        depth += (char == OPEN) - (char == CLOSE)
        if not depth and char != CLOSE:
            rest.append(char)
    return line if "".join(rest).strip() else ""
