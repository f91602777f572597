"""Commands for machines reached over SSH.

executor  ─>  links  ─>  route      conversations, kept connections, who is asked on which way with which proof
                └─────>  pauses     machines that do not answer are left alone for a while
                └─────>  channels   what is begun over a connection: a shell, one program, a Unix socket
"""

from __future__ import annotations

from steward.adapters.executors.ssh.executor import SshExecutor
from steward.adapters.executors.ssh.settings import SshSettings
from steward.ports.executor import ExecutorPlugin

__all__ = ["PLUGIN", "SshExecutor", "SshSettings"]

PLUGIN = ExecutorPlugin(name="ssh", settings=SshSettings, build=SshExecutor)
