"""`steward import DIR`: tell what an existing repository of a homelab declares, and what is wrong with it.

Reads files only: no daemon, no cluster, no network, no model. Nothing is changed and nothing is kept.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import datetime
from pathlib import Path

import click

from steward.adapters.trees.folder import FolderTree
from steward.app.plugins import load_readers
from steward.engines.services.gather import gather
from steward.engines.services.report import report
from steward.lib.text import visible_line
from steward.model.errors import NotFound, StewardError
from steward.surfaces.cli.style import styled
from steward.surfaces.cli.views.declared import overview

_PROBLEMS = 10


def import_folder(words: list[str]) -> int:
    """Tell what an existing homelab repository declares, and what is wrong with it."""
    try:
        return int(_import.main(words, prog_name="steward import", standalone_mode=False) or 0)
    except StewardError as error:
        click.echo(f"steward: {error}", err=True)
        return error.exit_code
    except click.UsageError as error:
        click.echo(f"steward: {error.format_message().rstrip('.')}. Next: `steward import --help`", err=True)
        return 2
    except BrokenPipeError:
        return 0


@click.command("import", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", metavar="DIR")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON object with everything that was found.")
@click.option("--check", is_flag=True, help="Leave with 10 when there are errors or warnings, for a pipeline.")
def _import(folder: str, wants_json: bool, check: bool) -> int:  # noqa: FBT001 - click gives flags by position
    """Tell what an existing homelab repository declares: machines, services, images, ports, volumes, secrets.

    Reads Compose, Dockerfiles, quadlets, systemd, Kubernetes, Flux, Argo CD, Helm, Nomad, Terraform, Nix, Ansible,
    Proxmox, Talos and more. Needs no cluster, no network and no model; values of secrets are never shown.

    \b
    Examples:
      steward import ~/homelab                     An overview and the worst problems
      steward import . --json > declared.json      Everything, with file and line
    """
    root = Path(folder).expanduser()
    if not root.exists():
        raise NotFound("there is no such folder", where=visible_line(folder), next_step="steward import DIR")
    tree = FolderTree(root)
    found = gather(tree, load_readers())
    told = report(found, tree.unreadable)
    if wants_json:
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        style = styled(
            is_terminal=sys.stdout.isatty(),
            width=shutil.get_terminal_size().columns,
            environment=os.environ,
            now=datetime.now().astimezone(),  # noqa: TID251 - the terminal's own time; nothing here depends on it
        )
        click.echo(overview(told, style, folder=visible_line(folder), files=len(tree.list())))
    is_clean = not any(problem.severity.value in {"error", "warning"} for problem in found.problems)
    return _PROBLEMS if check and not is_clean else 0
