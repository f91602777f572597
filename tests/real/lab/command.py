"""Run a program on this host and turn its failure into one line."""

import subprocess
from collections.abc import Mapping, Sequence

from tests.real.lab.errors import LabError


def run(
    argv: Sequence[str],
    *,
    check: bool = True,
    stdin: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    timeout_seconds: float = 120,
    shown: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run `argv` to its end and return its output as text; errors name it `shown`, if given.

    Raises:
        LabError: the program is missing, too slow, or (with `check`) failed.
    """
    name = (shown or " ".join(argv))[:200]
    try:
        done = subprocess.run(
            list(argv),
            check=False,
            capture_output=True,
            input=b"" if stdin is None else stdin,
            env=None if environment is None else dict(environment),
            timeout=timeout_seconds,
        )
    except FileNotFoundError as error:
        message = f"{argv[0]} is not installed; run `python -m tests.real.lab up` as root on Debian"
        raise LabError(message) from error
    except subprocess.TimeoutExpired as error:
        message = f"`{name}` took more than {timeout_seconds:g} s"
        raise LabError(message) from error
    output = done.stdout.decode("utf-8", "replace")
    errors = done.stderr.decode("utf-8", "replace")
    if check and done.returncode != 0:
        last = (errors.strip() or output.strip() or "no output").splitlines()[-1]
        message = f"`{name}` failed with {done.returncode}: {last}"
        raise LabError(message)
    return subprocess.CompletedProcess(list(argv), done.returncode, output, errors)
