"""The folder for a reviewer, written whole or not at all."""

from __future__ import annotations

import shutil
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.audit.facts import Facts
from supplychain.audit.topics import article_10, datasheet
from supplychain.errors import BadInput
from supplychain.kept import without_key
from supplychain.ledger.checking import check_log
from supplychain.store import Store, sha256, write_synced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from supplychain.chain import Chain
    from supplychain.ledger.checking import Checked

WHAT_IS_IN = {
    "what.csv": "what was made: each content by hash, with rows and bytes",
    "from.csv": "from what: each content and what it was made of",
    "rules.csv": "by which rule: each verdict, with what was found and wanted, and why the rule is there",
    "decisions.csv": "decided by whom: waivers, withdrawals, erasures",
    "releases.csv": "what was published",
    "models.csv": "which models, and how many people each was trained on",
    "batches.csv": "synthetic rows, by seed",
    "plan.csv": "what was to be made, and why",
    "evidence.csv": "what was measured",
    "costs.csv": "what it cost",
    "events.csv": "every event of the log",
    "article-10.md": "the topics of article 10(2) of the EU AI Act",
    "datasheet.md": "the sections of a datasheet",
    "product.json": "the product as it is declared now",
    "suites/": "its rules as they stand now",
}


@dataclass(frozen=True)
class Exported:
    """A folder for a reviewer.

    Attributes:
        folder: Where it is.
        files: Files in it.
        unanswered: Topics on which something is not answered.
        whole: Whether the log was found whole.
    """

    folder: str
    files: int
    unanswered: tuple[str, ...]
    whole: bool


def export(chain: Chain, target: Path) -> Exported:
    """Write what a reviewer needs: what, from where, by which rule, decided by whom. No row of a person is in it.

    Args:
        chain: The product and its store.
        target: A new folder.

    Raises:
        BadInput: The product has no log, or something is at `target` already.
        StoreFault: It cannot be written.
    """
    chain.ledger.require(chain.product.name)
    if target.exists():
        raise BadInput("is there already", where=target, remedy="name a new folder with -o")
    facts, checked = Facts(chain.product, chain.ledger), check_log(chain.ledger, chain.product.name)
    topics, sheet = article_10(facts), datasheet(facts)
    files = dict(_files(chain, facts))
    files["article-10.md"] = _page(f"Article 10(2), {chain.product.name}", [one.markdown for one in topics])
    files["datasheet.md"] = _page(f"Datasheet, {chain.product.name}", [one.markdown for one in sheet])
    files["README.md"] = _readme(chain, checked, files)
    _write(target.absolute(), files)
    missing = [f"article 10(2){one.number}" for one in topics if one.unanswered or not one.known]
    missing += [f"datasheet {one.number}" for one in sheet if one.unanswered or not one.known]
    return Exported(str(target), len(files), tuple(missing), not checked.faults)


def _files(chain: Chain, facts: Facts) -> Iterator[tuple[str, bytes]]:
    for name, frame in facts.tables.items():
        chain.progress(f"writing {name}")
        yield name, frame.write_csv().encode()
    yield "product.json", without_key(chain.product)
    for suite in ("real", "synthetic", "evidence"):
        file = chain.suite_file(suite)
        if file.is_file():
            yield f"suites/{suite}.yaml", file.read_bytes()


def _page(title: str, sections: list[str]) -> bytes:
    head = "Each line is from the lineage log or the product file; what nobody has said is marked unanswered."
    return "\n".join([f"# {title}", "", head, "", *sections]).encode()


def _readme(chain: Chain, checked: Checked, files: dict[str, bytes]) -> bytes:
    state = (
        "none is damaged, edited or missing" if not checked.faults else f"{len(checked.faults)} of them are at fault"
    )
    lines = [
        f"# {chain.product.name}: for a reviewer",
        "",
        f"{checked.events:,} events, {state}; head `{checked.head}`.",
        "`supplychain lineage verify --since HEAD` tells later whether anything up to here was lost or edited.",
        "No row of a person is in this folder.",
        "",
        *(f"- {fault.event}: {fault.problem}" for fault in checked.faults),
        "| file | is | sha256 |",
        "|---|---|---|",
    ]
    for name, data in sorted(files.items()):
        words = WHAT_IS_IN.get(name) or WHAT_IS_IN[f"{name.partition('/')[0]}/"]
        lines.append(f"| {name} | {words} | `{sha256(data)[:16]}` |")
    return ("\n".join(lines) + "\n").encode()


def _write(target: Path, files: dict[str, bytes]) -> None:
    """Write a folder under another name first."""
    staged = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
    try:
        with Store.open(target.parent).explained("write", target.name):
            for name, data in files.items():
                (staged / name).parent.mkdir(parents=True, exist_ok=True)
                write_synced(staged / name, data)
            staged.rename(target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
