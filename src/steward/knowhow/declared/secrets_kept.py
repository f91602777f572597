"""Secrets that files hold or name: encrypted ones, those of environment files, and those that stand in clear."""

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.knowhow.declared.environment_files import is_example, variables
from steward.knowhow.declared.found import Found
from steward.knowhow.declared.plaintext import in_clear
from steward.knowhow.declared.reader import Reader, Sources, is_yaml, name_of
from steward.lib.detect.names import Weight, judge
from steward.lib.yaml_loose import Node
from steward.model.declared import Declaration, Severity

_PROSE = (".md", ".mdx", ".rst", ".txt", ".adoc", ".html", ".css", ".svg", ".lock", ".sum", ".patch", ".diff", ".po")
_LOCKS = {"package-lock.json", "flake.lock", "yarn.lock", "Cargo.lock", "poetry.lock", "composer.lock", "go.sum"}
_LICENSES = re.compile(r"(?:LICEN[CS]E|COPYING|NOTICE|CHANGELOG|README)", re.IGNORECASE)
_SOPS = re.compile(r"^[ \t]*\"?sops\"?[ \t]*:|^sops_|ENC\[AES256_GCM", re.MULTILINE)
_AGE = "-----BEGIN AGE ENCRYPTED FILE-----"
_VAULT = "$ANSIBLE_VAULT;"
_VAULTED = re.compile(r"\{\{-?\s*(?P<name>vault_\w+)")
_TESTS = {"test", "tests", "testdata", "fixtures", "molecule", "mocks"}
_MOST_SHOWN = 200
_MOST_NAMES = 500


def claims(sources: Sources) -> Iterator[str]:
    """Yield every file but prose."""
    for path in sources.paths:
        name = name_of(path)
        if not path.lower().endswith(_PROSE) and name not in _LOCKS and not _LICENSES.match(name):
            yield path


def read(sources: Sources, path: str) -> Declaration:
    """Return the secrets a file keeps."""
    text = sources.text(path)
    found = Found(path)
    if not text:
        return found.declaration()
    if text.startswith(_VAULT) or _AGE in text[:200]:
        kind = "ansible-vault" if text.startswith(_VAULT) else "age"
        found.add_secret(name_of(path), kind, 1, is_encrypted=True)
        return found.declaration()
    is_sops = bool(_SOPS.search(text)) and ("ENC[" in text or "mac" in text)
    if is_sops and "ENC[" in text:
        _encrypted(sources, path, text, found)
    else:
        _names(path, text, found)
        _in_clear(path, text, found)
    if "!vault" in text and is_yaml(path):
        for document in sources.yaml(path).documents:
            _vaulted(document, found)
    for match in list(_VAULTED.finditer(text))[:_MOST_NAMES]:
        found.add_secret(match["name"], "ansible-vault", text.count("\n", 0, match.start()) + 1)
    return found.declaration()


def _encrypted(sources: Sources, path: str, text: str, found: Found) -> None:
    """Name what SOPS encrypted; a Secret of Kubernetes is told by its own name elsewhere."""
    if is_yaml(path):
        for document in sources.yaml(path).documents:
            if document.at("sops") is not None and document.string("kind") is None:
                for name, line in _leaves(document, ""):
                    found.add_secret(name, "sops", line, is_encrypted=True)
        return
    for name, (value, line) in list(variables(text).items())[:_MOST_NAMES]:
        if value.startswith("ENC["):
            found.add_secret(name, "sops", line, is_encrypted=True)
    if not found.secrets:
        found.add_secret(name_of(path), "sops", 1, is_encrypted=True)


def _leaves(node: Node, before: str) -> Iterator[tuple[str, int]]:
    """Yield path and line of every value that is encrypted."""
    waiting = [(before, node, node.line)]
    count = 0
    while waiting and count < _MOST_NAMES:
        name, each, line = waiting.pop(0)
        if each.scalar and each.text.startswith("ENC["):
            count += 1
            yield name, line
        for key, value in each.mapping.items():
            if key != "sops" or name:
                waiting.append((f"{name}.{key}" if name else key, value, each.line_of(key)))
        waiting.extend((name, item, item.line) for item in each.sequence)


def _names(path: str, text: str, found: Found) -> None:
    """Add names of an environment file that are secrets."""
    name = name_of(path).lower()
    if not (name.startswith(".env") or name.endswith(".env") or ".env." in name) or name.endswith((".yml", ".yaml")):
        return
    for variable, (_, line) in variables(text).items():
        named = judge(variable)
        if named is not None and named.weight >= Weight.LIKELY:
            found.add_secret(variable, "env-file", line)


def _in_clear(path: str, text: str, found: Found) -> None:
    """Tell lines that hold what looks like a secret: kind and place, never the value."""
    is_shown = is_example(path) or bool(_TESTS & set(path.lower().split("/")[:-1]))
    line, at, last, count = 1, 0, 0, 0
    for span, is_comment in in_clear(path, text):
        line += text.count("\n", at, span.start)
        at = span.start
        if line == last:
            continue
        last = line
        count += 1
        if count > _MOST_SHOWN:
            found.problem("plaintext-secret", "there is more of the like in this file", line)
            return
        where = " in a comment" if is_comment else ""
        message = f"what looks like a secret ({span.kind}) stands in clear{where}"
        severity = Severity.NOTE if is_shown or is_comment else None
        found.problem("plaintext-secret", message, line, severity=severity)


def _vaulted(root: Node, found: Found) -> None:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        for key, value in node.mapping.items():
            if value.tag.endswith("vault"):
                found.add_secret(key, "ansible-vault", node.line_of(key), is_encrypted=True)
        waiting.extend([*node.mapping.values(), *node.sequence])


PLUGIN = Reader(name="secrets", summary="Secrets that are kept, encrypted or in clear", claims=claims, read=read)
