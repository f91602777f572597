"""Find secrets in calls of code: `auth=("admin", "x")`, `login("me", "x")`, `new PDO(dsn, "app", "x")`."""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, triggers
from steward.lib.detect.values import is_harmless

_QUOTED = r"(?:\"[^\"\n]{0,300}\"|'[^'\n]{0,300}')"
_SECOND = re.compile(
    r"[\w.]{0,40}\s{0,4}(?:=\s{0,4})?(?:[A-Za-z_.]{1,40})?\(\s{0,4}(?:" + _QUOTED + r"\s{0,4},\s{0,4}){1,2}"
    r"(?P<value>\"[^\"\n]{3,300}\"|'[^'\n]{3,300}')\s{0,4}[,)]"
)
_ONLY = re.compile(
    r"securestring(?:\s{1,4}-\w{1,20}){0,3}\s{1,4}(?P<value>\"[^\"\n]{3,300}\"|'[^'\n]{3,300}')", re.IGNORECASE
)
_CALLS = triggers(
    "auth=(", "auth = (", "auth(", "login(", "pw_set(", "pdo(", "mysqli(", "mysqli_connect(", "credential(", "credentials(",
    "signin(", "sign_in(", "authenticate(", "authenticator(", "setauthentication(", "pg_connect(", "passwordauth(", "httpbasicauth(",
)  # fmt: skip
_SECURE = triggers("securestring")


def spans(text: Text) -> Iterator[Span]:
    """Yield the last of the quoted words that such a call is given."""
    for looked_for, pattern in ((_CALLS, _SECOND), (_SECURE, _ONLY)):
        for place in text.places(looked_for):
            match = pattern.match(text.text, place)
            if match:
                start, end = match.start("value") + 1, match.end("value") - 1
                if not is_harmless(text.text[start:end]) and " " not in text.text[start:end].strip():
                    yield Span(start, end, "password")
