"""`steward redact`: mask what looks like a secret in a text, and `steward redact --staged`, the check before a commit.

Both use the detectors alone: they need no daemon, no workspace and no vault, and so know no values.
"""

from __future__ import annotations

import codecs
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from steward.core.leaks import Leak, leaks_in
from steward.lib.detect import find
from steward.lib.redact import Redactor

_CHUNK = 1 << 18
_BIGGEST = 4 << 20


def redact(words: list[str]) -> int:
    """Mask secrets in standard input."""
    try:
        return int(_redact.main(words, prog_name="steward redact", standalone_mode=False) or 0)
    except click.UsageError as error:
        click.echo(f"steward: {error.format_message().rstrip('.')}. Next: `steward redact --help`", err=True)
        return 2
    except BrokenPipeError:
        return 0


def masked(text: str) -> str:
    """Mask secrets in a text."""
    return Redactor().text(text)


@click.command("redact", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--jsonl", is_flag=True, help='Read a JSON object `{"text": ...}` from each line; needs --spans.')
@click.option(
    "--spans", is_flag=True, help="Print where secrets stand, an array of `{start, end, kind}` for each line."
)
@click.option("--staged", is_flag=True, help="Check what is staged for a commit in this git repository instead.")
def _redact(jsonl: bool, spans: bool, staged: bool) -> int:  # noqa: FBT001 - click gives flags by position
    """Mask what looks like a secret in standard input, line by line as it comes.

    Leaves with 0, or with 2 when a line of --jsonl cannot be read (its answer is an empty array).
    With --staged it leaves with 1 when a staged line holds a secret, and names the file and the line, never the value.

    \b
    Examples:
      docker logs gitea 2>&1 | steward redact                     A log that can be shown around
      steward redact --jsonl --spans < texts.jsonl                Where secrets stand, for a script
    """
    if staged:
        return _check_staged(Path.cwd())
    if jsonl != spans:
        raise click.UsageError("--jsonl and --spans go together")
    return _spans(sys.stdin.buffer) if jsonl else _mask(sys.stdin.buffer)


def _mask(source: BinaryIO) -> int:
    """Copy the input masked; bytes that are no UTF-8 come out as they came in."""
    stream = Redactor().stream()
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    while chunk := getattr(source, "read1", source.read)(_CHUNK):
        _write(stream.feed(decoder.decode(chunk)))
    _write(stream.feed(decoder.decode(b"", final=True)) + stream.finish())
    return 0


def _write(text: str) -> None:
    if text:
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()


def _spans(source: BinaryIO) -> int:
    """Answer each line with an array, so that answers can be counted off against lines."""
    code = 0
    for number, line in enumerate(source, start=1):
        found: list[dict[str, object]] = []
        try:
            found = [span._asdict() for span in find(_text_of(line))]
        except ValueError as error:
            code = 2
            click.echo(f"steward: line {number} cannot be read: {error}", err=True)
        sys.stdout.write(json.dumps(found, separators=(",", ":")) + "\n")
    sys.stdout.flush()
    return code


def _text_of(line: bytes) -> str:
    given = json.loads(line)
    text = given.get("text") if isinstance(given, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - JSON
    if not isinstance(text, str):
        msg = 'it is no JSON object with a text `"text"`'
        raise ValueError(msg)  # noqa: TRY004 - one class for every line that cannot be read
    return text


def _check_staged(folder: Path) -> int:
    found = [leak for path, text in _staged(folder) for leak in leaks_in(path, text)]
    for leak in found:
        click.echo(f"{leak.where}  {leak.kind}", err=True)
    if found:
        click.echo(f"steward: {len(found)} staged line(s) hold what looks like a secret. {Leak.NEXT_STEP}", err=True)
    return 1 if found else 0


def _staged(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield path and text of every file of text as it is staged; one too big to be read by a person is left out."""
    names = _git(folder, "diff", "--cached", "--name-only", "--no-renames", "--diff-filter=ACMT", "-z").split(b"\0")
    for name in filter(None, names):
        path = name.decode(errors="surrogateescape")
        content = _git(folder, "cat-file", "blob", f":{path}")
        if b"\0" not in content[:8000] and len(content) <= _BIGGEST:
            yield path, content.decode("utf-8", "replace")


def _git(folder: Path, *words: str) -> bytes:
    argv = ["git", "-C", str(folder), *words]
    done = subprocess.run(argv, capture_output=True, check=False)  # noqa: S603, TID251 - fixed words, the person's git
    if done.returncode != 0:
        raise click.UsageError(f"git {words[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
