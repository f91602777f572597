"""Read around templates: Jinja and Go expressions are blanked so that what is fixed around them can be parsed.

Lines stay where they are. An expression inside a value becomes `⦃ name ⦄`, which is a plain text to YAML.
"""

from __future__ import annotations

import re

OPEN, CLOSE = "\u2983", "\u2984"
"""What stands for the braces of an expression that was blanked."""
_CONTROL = re.compile(r"\{%.*?%\}|\{#.*?#\}|^[ \t]*%\{.*?\}[ \t]*$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"\{\{-?\s*/\*.*?\*/\s*-?\}\}", re.DOTALL)
_ALONE = re.compile(r"^[ \t]*(?:-[ \t]+)?(?:\{\{[^\n]*?\}\}[ \t]*)+$", re.MULTILINE)
_EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_MARKS = re.compile(r"\{\{|\{%|\{#|%\{")
_UNSAFE = re.compile(r"[:#'\"{}\[\],&*!|>%@`\\\n]")


def has_template(text: str) -> bool:
    """Tell whether a text or a value holds an expression of a template, blanked or not."""
    return "{{" in text or "{%" in text or "%{" in text or OPEN in text


def blanked(text: str) -> str:
    """Return a text without its expressions; every line keeps its number."""
    if not _MARKS.search(text):
        return text
    text = _COMMENT.sub(_newlines, _CONTROL.sub(_newlines, text))
    text = _ALONE.sub(_alone, text)
    return _EXPRESSION.sub(_placeholder, text)


def _newlines(match: re.Match[str]) -> str:
    return "\n" * match.group().count("\n")


def _alone(match: re.Match[str]) -> str:
    """Blank a line that is only expressions, but keep an item of a list in its place."""
    line = match.group()
    dash = line.find("-")
    is_item = line.lstrip().startswith("- ") and dash < line.find("{{")
    return line if is_item else ""


def _placeholder(match: re.Match[str]) -> str:
    inner = " ".join(_UNSAFE.sub(" ", match.group(1)).strip("-").split())
    return f"{OPEN} {inner} {CLOSE}" + "\n" * match.group().count("\n")
