"""Tell secrets in clear from what only looks like them in files of configuration.

The detectors of `lib.detect` are made for logs and chats, where masking too much costs nothing. In a repository most
of what follows `password:` is a reference, a name or a template, and a false alarm makes people stop reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect import Span, find
from steward.lib.detect.names import judge
from steward.lib.detect.tokens import KINDS as TOKENS
from steward.lib.detect.values import is_opaque

_LONGEST = 1 << 20
_LONGEST_KEY = 200
_REFERENCE = re.compile(
    r"""
      .*(?:\$\{|\$\(|\$\$[\w({]|\$__|\{\{|\}\}|\u2983|%\(|%env|\{%|ENC\[)   # filled in later
    | [\\/]?\$[A-Za-z_{(]
    | .*<[\w .-]*>                                                        # <token>
    | @\w+@$
    | \#                                                                   # password: # a comment
    | (?:unix|op|vault|ref\+\w+|secret|bao|sops|file|env|infisical|doppler)s?:
    | (?:write|read|none|notset|unset|null|true|false|changeme|change-me|change_me|placeholder|redacted)$
    | \S*:\s*[|>]
    | [0-9a-fA-F:]*::[0-9a-fA-F:]*$                                        # an address
    | [\^~]?\d+\.\d+(?:\.\d+)?[\w.-]*$                                     # a version
    | x{4}|your[-_ ]\S
    | /[\w./-]+(?::\w+)?$
    | \S+:/\S*$                                                            # a mount
    | [A-Z][A-Z]*(?:_+[A-Z]+)+$                                            # NAME_OF_A_VARIABLE
    """,
    re.VERBOSE | re.IGNORECASE,
)
_AFTER_TEMPLATE = re.compile(r"\{\{-?\s*$")
_NEVER_KEYS = frozenset({"type", "kind", "apiVersion", "name", "mechanism", "method"})
"""Keys beside a password that say how it is used, which prose around them can make look like one."""
_PLACE = re.compile(r"localhost(?::\d+)?|(?:scram-)?sha-?\d+|[\w-]+(?:\.[\w-]+)*:\d{2,5}")
_COMMUNITY = re.compile(r"\bcommunity[\"']?\s*[:=]?\s*[\"']?$", re.IGNORECASE)
_BECOMES_KEY = re.compile(r"[\w.-]*[\"']?\s*:\s*(?:[|>][+-]?)?$", re.MULTILINE)
_SCHEME = re.compile(r"\b(?:op|vault|bao|sops|secret|ref\+\w+):(?://)?$")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_+[A-Z0-9]+)+$")
_OBJECT = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)+$")
_KEY = re.compile(r"[\"']?(?P<key>[\w.-]+)[\"']?\s*[:=]\s*[\"']?$")
_COMMENT = re.compile(r"\s*(?:#|//|;|--\s|\*)")
_BY_FORM = frozenset({"private-key", "url-password", *TOKENS})
"""Kinds that are recognized by their form, not by a name before them."""


_CODE = (
    *(".py", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".vue", ".go", ".rs", ".java", ".kt", ".c", ".h", ".cpp"),
    *(".hpp", ".cs", ".rb", ".pl", ".lua", ".swift", ".scss", ".sass", ".less", ".map", ".ipynb", ".ino", ".wat"),
)
"""Programs: there `password = x` is a variable nearly always, so only what is a secret by its form counts."""


def in_clear(path: str, text: str) -> Iterator[tuple[Span, bool]]:
    """Yield secrets that stand in clear, and whether each stands in a comment."""
    text = text[:_LONGEST]
    spans = find(text)
    if path.lower().endswith(_CODE):
        spans = [span for span in spans if span.kind in _BY_FORM]
    for span in spans:
        first = text.rfind("\n", 0, span.start) + 1
        before = text[max(first, span.start - _LONGEST_KEY) : span.start]
        is_key = (
            _BECOMES_KEY.match(text, span.end) is not None
            or _is_argument(text, span, before)
            or _SCHEME.search(before) is not None
        )
        if not is_key and _is_meant(path, text[span.start : span.end].strip("\"'"), before, span.kind):
            yield span, bool(_COMMENT.match(text[first : first + _LONGEST_KEY]))


def _is_argument(text: str, span: Span, before: str) -> bool:
    """Tell whether this is code that passes a variable on: `connect(password=db_password, ...)`."""
    value = text[span.start : span.end].rstrip(",")
    match = _KEY.search(before)
    ends = text[span.end : span.end + 1] in {",", ")"} or text[span.end - 1] == ","
    return bool(match) and ends and value.isidentifier() and value.endswith(match["key"] if match else "")


def _is_meant(path: str, value: str, before: str, kind: str) -> bool:
    if kind == "private-key":
        return True
    is_reference = _VARIABLE.match(value) or (_REFERENCE.match(value) and not _is_name_by_chance(value))
    if is_reference or kind in TOKENS:
        return not is_reference
    return _is_value(path, value, before, kind)


def _is_value(path: str, value: str, before: str, kind: str) -> bool:
    """Judge what only the name before it makes a secret."""
    match = _KEY.search(before)
    key = match["key"] if match else ""
    if (key and key.rpartition(".")[2] == value) or _AFTER_TEMPLATE.search(before):
        return False
    if kind == "password" and (key in _NEVER_KEYS or _PLACE.fullmatch(value)):
        return False
    if path.endswith((".nix", ".tf", ".tofu", ".hcl")) and re.search(r"=\s+$", before):
        return False  # an expression: texts have quotes there
    if kind == "kubernetes-secret":
        return bool(key and judge(key)) or is_opaque(value)
    if kind == "snmp-community":
        return bool(_COMMUNITY.search(before))
    is_object = bool(_OBJECT.match(value)) and not re.search(r"\d{4}", value)
    return not (
        is_object
        and re.search(r"(?:Secret|secretName|secretRef|Token|Key)$", key)
        and kind in {"secret", "token", "key"}
    )


def _is_name_by_chance(value: str) -> bool:
    """Tell whether a value is only taken for the name of a variable because letter case was not looked at."""
    return bool(re.fullmatch(r"[a-zA-Z_]+", value)) and "_" in value and value != value.upper()
