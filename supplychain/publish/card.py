"""The data card: what a person reads before using a release. It is `README.md` in the release's folder.

Its head is that of a Hugging Face dataset card, so that `datasets.load_dataset(FOLDER)` finds the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supplychain.ledger.verdicts import INCONCLUSIVE
from supplychain.publish.contract import to_yaml
from supplychain.publish.licences import is_spdx
from supplychain.publish.reviewed import words
from supplychain.publishing import EXTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supplychain.ledger import Evidence, GateResult
    from supplychain.product import Product
    from supplychain.publish.facts import Member

CARD = "README.md"
_SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000)
_SHORT = {1_000: "1K", 10_000: "10K", 100_000: "100K", 10**6: "1M", 10**7: "10M", 10**8: "100M", 10**9: "1B"}
_SHOWN = (
    "discriminator.auc",
    "marginal.mean",
    "pair.mean",
    "tstr.auc",
    "tstr.ratio",
    "copies.share",
    "copies.excess",
)


def card(product: Product, content: dict[str, Any], members: list[Member]) -> bytes:
    """The card as Markdown; every figure in it comes from the lineage log.

    Args:
        product: The product.
        content: The manifest before it is closed.
        members: The windows.
    """
    external = content["audience"] == EXTERNAL
    lines = ["---", to_yaml(front_matter(product, content)).decode().rstrip(), "---", *_head(product, content)]
    for member in members:
        lines += ["", *_window(member, external=external)]
    return "\n".join([*lines, "", *_closing(content), ""]).encode()


def front_matter(product: Product, content: dict[str, Any]) -> dict[str, Any]:
    """The card's head, in Hugging Face's terms."""
    licence = content["terms"]["licence"]
    known = {"license": licence.lower()} if is_spdx(licence) else {"license": "other", "license_name": licence}
    rows = sum(file.get("rows", 0) for file in content["files"])
    return {
        "pretty_name": f"{product.name} {content['version']}",
        **known,
        "tags": ["synthetic", "tabular", content["digital_source_type"], f"audience:{content['audience']}"],
        "annotations_creators": ["machine-generated"],
        "source_datasets": ["original"],
        "task_categories": [_task(product, content)],
        "size_categories": [size(rows)],
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": "train", "path": [file["path"] for file in content["files"] if "rows" in file]}
                ],
            }
        ],
    }


def size(rows: int) -> str:
    """A count in Hugging Face's classes.

    Example:
        >>> size(8_776), size(20_000_000)
        ('1K<n<10K', '10M<n<100M')
    """
    if rows < _SIZES[0]:
        return "n<1K"
    if rows >= _SIZES[-1]:
        return "n>1B"
    low = max(one for one in _SIZES if one <= rows)
    return f"{_SHORT[low]}<n<{_SHORT[low * 10]}"


def _task(product: Product, content: dict[str, Any]) -> str:
    kind = next((c["kind"] for c in content["columns"] if c["name"] == product.outcome.name), None)
    return "tabular-regression" if kind == "number" else "tabular-classification"


def _head(product: Product, content: dict[str, Any]) -> Iterator[str]:
    rows = sum(file.get("rows", 0) for file in content["files"])
    made = sum(entry["synthetic_rows"] for entry in content["windows"])
    yield f"# {product.name} {content['version']}"
    yield ""
    yield product.description
    yield ""
    if content["audience"] == EXTERNAL:
        yield f"**All {rows:,} rows are synthetic** (`_synthetic`): none is a person's."
        yield "The generators were fitted on real rows, which are not in here."
    else:
        yield f"**{made:,} of {rows:,} rows are synthetic** (`_origin = 'synthetic'`); "
        yield f"the other {rows - made:,} are real rows of the role `train`."
    yield f"The outcome is `{product.outcome.name}`" + (
        f", true where `{product.outcome.where}`." if product.outcome.where else "."
    )
    yield ""
    yield f"Origin of the real rows: {product.source.origin or 'not stated'}"
    yield ""
    yield f"Licence: {content['terms']['licence']}"
    yield ""
    asked = any("reviewed" in entry for entry in content["windows"])
    yield f"| window | real rows behind it | synthetic rows | synthesizer |{' reviewed by people |' if asked else ''}"
    yield f"|---|---:|---:|---|{'---|' if asked else ''}"
    for entry in content["windows"]:
        names = ", ".join(sorted({batch["synthesizer"] for batch in entry["batches"]}))
        said = f" {'yes' if entry['reviewed'] else 'no'} |" if asked else ""
        yield f"| {entry['window']} | {entry['real_rows']:,} | {entry['synthetic_rows']:,} | {names} |{said}"
    yield ""
    yield f"This version: {'; '.join(content['reasons'])}."


def _window(member: Member, *, external: bool) -> Iterator[str]:
    gates = member.gates
    failed = [gate for gate in gates if not gate.passed]
    yield f"## Window {member.window}"
    yield ""
    yield f"{len(gates) - len(failed)} of {len(gates)} expectations held." + (
        " These did not; none of them stops a release, or a person has waived it:" if failed else ""
    )
    for gate in failed:
        found = "" if external else f": found {gate.observed}"
        yield f"- {_words(gate)}{found}, wanted {gate.limit}.{'' if external else f' {gate.why}'}{_waived(gate)}"
    if member.reviewed is not None:
        yield ""
        yield words(gates, external=external)
    if not external:
        yield ""
        yield from _measures(member.evidence)


def _measures(evidence: Iterable[Evidence]) -> Iterator[str]:
    yield "| measure | scope | value | 95% interval | reference (real rows) | rows |"
    yield "|---|---|---:|---|---:|---:|"
    for row in evidence:
        if row.metric in _SHOWN and row.value is not None:
            interval = f"{row.low:.3f} to {row.high:.3f}" if row.low is not None and row.high is not None else ""
            reference = f"{row.reference:.3f}" if row.reference is not None else ""
            yield f"| {row.metric} | {row.scope} | {row.value:.3f} | {interval} | {reference} | {row.n:,} |"


def _closing(content: dict[str, Any]) -> Iterator[str]:
    yield "## Not for"
    yield ""
    for sentence in content["not_for"]:
        yield f"- {sentence}"
    yield "- Synthetic rows are no evidence about a person."
    yield "- Do not judge a model on them: judge it on real rows."
    yield ""
    yield "## How to read it"
    yield ""
    if content["audience"] == EXTERNAL:
        yield "`_synthetic` is true for every row, `_batch` the batch that made it, `_row` its number there."
    else:
        yield "`_origin` is real or synthetic, `_weight` the weight in training, `_batch` the batch that made a"
        yield "synthetic row, `_row` its number there."
    yield "`report.html` tells what was measured; `manifest.json` holds the hash of every file, and"
    if content["audience"] == EXTERNAL:
        yield "`supplychain verify` checks them."
    else:
        yield "`supplychain verify` checks them. Read `_weight` when you train: rows are not all worth the same."


def _words(gate: GateResult) -> str:
    doubt = ", too little data to tell" if gate.outcome == INCONCLUSIVE else ""
    return f"**{gate.rule}** ({gate.severity}{doubt})"


def _waived(gate: GateResult) -> str:
    waiver = gate.waiver
    return f" **Waived until {waiver.until} by {waiver.by}: {waiver.reason}**" if waiver else ""
