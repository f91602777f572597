"""Turn a planned action into the order a machine is sent: secrets resolved, bytes fetched, who speaks."""

from __future__ import annotations

from steward.core.secrets import Secrets
from steward.core.storage import Storage
from steward.model.plan import PlannedAction
from steward.ports.executor import FileContent, Order
from steward.store import blobs, identity

_BASE_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


async def order_of(action: PlannedAction, *, storage: Storage, secrets: Secrets) -> Order:
    """Return the order of an action; it holds secrets and is never kept.

    Raises:
        StewardError: a secret is not the approved one, or stored bytes are missing.
    """
    environment = dict(_BASE_ENVIRONMENT)
    for variable in action.environment:
        secret = variable.secret
        environment[variable.name] = secrets.resolve(secret).reveal() if secret else variable.value
    files = [
        FileContent(
            destination=file.destination,
            mode=file.mode,
            owner=file.owner,
            content=await storage.read(blobs.get, file.content_hash),
        )
        for file in action.files
    ]
    return Order(
        key=action.key,
        argv=action.argv,
        fence=await storage.read(identity.control_plane),
        cwd=action.cwd,
        environment=environment,
        stdin=await storage.read(blobs.get, action.stdin_hash) if action.stdin_hash else b"",
        files=tuple(files),
        timeout_seconds=action.timeout_seconds,
        output_limit=action.output_limit,
    )
