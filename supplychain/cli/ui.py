"""`ui`: the real Dagster webserver and daemon on this project."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from supplychain.cli.output import say
from supplychain.store import HOME_VARIABLE, Store


def ui(
    port: Annotated[int, typer.Option(help="The port of the webserver.")] = 3000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
) -> None:
    """Open the chain in the browser: the Dagster webserver and daemon, until you stop them with Ctrl-C."""
    from supplychain.project import project_root

    root = project_root()
    store = Store.open()
    say(f"http://{host}:{port} in a few seconds; Ctrl-C stops it")
    from assets.driver import instance_home

    instance_home(root, store)
    os.environ[HOME_VARIABLE] = store.url
    os.chdir(root)  # workspace.yaml's working directory is relative to the process
    command = [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml", "-h", host, "-p", str(port)]
    os.execv(sys.executable, command)  # noqa: S606  (our own interpreter)
