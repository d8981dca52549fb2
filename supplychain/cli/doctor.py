"""`doctor`: what this installation and this store are fit for."""

from __future__ import annotations

import os
import platform
import shutil
import uuid
from typing import TYPE_CHECKING, Any

import typer

from supplychain.cli.context import project_or_none
from supplychain.cli.output import AsJson, put_json, put_table
from supplychain.errors import DONE, FAILED, Busy, SupplyChainError
from supplychain.step import UNFINISHED
from supplychain.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIBRARIES = (
    "dagster",
    "great-expectations",
    "duckdb",
    "polars",
    "scikit-learn",
    "sdv",
    "torch",
    "linearmodels",
)
LEAST_FREE = 1_000_000_000
"""Bytes that a run should find free."""


def doctor(json: AsJson = False) -> None:
    """Look at the installation, the store and the lineage log, and say what to mend."""
    rows = list(_findings())
    if json:
        put_json(rows)
    else:
        put_table(rows)
    raise typer.Exit(DONE if all(row["ok"] for row in rows) else FAILED)


def _findings() -> Iterator[dict[str, Any]]:
    from supplychain.generate import installed

    yield _row("python", True, platform.python_version())
    for name in LIBRARIES:
        yield _row(name, True, _version(name))
    yield _row("synthesizers", bool(installed()), ", ".join(installed()) or "none: install supplychain again")
    root = project_or_none()
    yield _row("project", True, str(root or "none around this folder"))
    store = Store.open()
    yield _tried("store", lambda: _write_and_remove(store))
    yield _tried("disk", lambda: _free(store))
    yield _tried("lineage log", lambda: _read_log(store))
    yield _tried("unfinished work", lambda: _clear_stale(store))
    yield _tried("erasures", lambda: _end_erasures(store))
    yield _tried("lineage.duckdb", lambda: _read_index(store))
    yield _row("telemetry", True, "off: Dagster's by dagster.yaml and by the command; no other part has any")


def _row(what: str, ok: bool, found: str) -> dict[str, Any]:
    return {"what": what, "ok": ok, "found": found}


def _tried(what: str, look: Callable[[], str]) -> dict[str, Any]:
    try:
        return _row(what, True, look())
    except SupplyChainError as error:
        return _row(what, False, str(error))


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed (optional)"


def _write_and_remove(store: Store) -> str:
    key = f"locks/doctor-{uuid.uuid4().hex}"
    store.write(key, b"")
    store.remove(key)
    return f"{store.url} is writable"


def _free(store: Store) -> str:
    from supplychain.errors import StoreFault

    if store.local is None:
        return "not a local disk"
    with store.explained("look at", "its disk"):
        free = shutil.disk_usage(store.local).free
    if free < LEAST_FREE:
        raise StoreFault(f"{store.local}: only {free / 1e9:.1f} GB are free; make room")
    return f"{free / 1e9:.0f} GB free"


def _read_log(store: Store) -> str:
    from supplychain.ledger import Ledger

    ledger = Ledger(store)
    commits = [commit for product in ledger.products() for commit in ledger.commits(product)]
    removed = {removal.path for commit in commits for removal in commit.removals}
    tables = {output.path for commit in commits for output in commit.outputs if output.path} - removed
    missing = sorted(path for path in tables if not store.exists(path))
    if missing:
        from supplychain.errors import StoreFault

        raise StoreFault(f"{store.path(missing[0])}: the log speaks of it and it is gone ({len(missing)} such files)")
    return f"{len(commits)} commits of {len(ledger.products())} products, {len(tables)} files, all there"


def _end_erasures(store: Store) -> str:
    """Remove what an erasure that was killed left behind."""
    from supplychain.erasure import clear_removed
    from supplychain.ledger import Ledger

    ledger = Ledger(store)
    left = sum(clear_removed(ledger, product) for product in ledger.products())
    return f"{left:,} files left by one that was killed, removed" if left else "nothing left behind"


def _clear_stale(store: Store) -> str:
    """Remove what killed runs left and no run would use; what the next run of its window uses again stays."""
    from supplychain.generate import stale_work
    from supplychain.ledger import Ledger

    removed = busy = 0
    for product in store.names(UNFINISHED):
        try:
            with store.lock(product, why=f"a run of {product} is under way"):
                for key in stale_work(Ledger(store), product):
                    store.remove(key)
                    removed += 1
        except Busy:
            busy += 1
    folders = [(product, f"{UNFINISHED}/{product}") for product in store.names(UNFINISHED)]
    left = [name for name, folder in folders if any(store.names(f"{folder}/{one}") for one in store.names(folder))]
    words = [f"{removed} left by killed runs, removed"] if removed else []
    words += [f"finished batches of {', '.join(left)}: their next run uses them"] if left and not busy else []
    return "; ".join(words) or "none"


def _read_index(store: Store) -> str:
    from supplychain.ledger import Ledger
    from supplychain.ledger.index import refresh

    path = refresh(Ledger(store))
    return f"{path} is up to date ({os.stat(path).st_size / 1e6:.1f} MB)"  # noqa: PTH116
