"""The page: what was found, put into the template. It holds no script, asks for nothing, and has no time of day."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import polars as pl

from supplychain.publish import reviewed
from supplychain.publish.report import findings, plans
from supplychain.publish.report import outcome as outcomes
from supplychain.publish.report.shapes import distributions, relations
from supplychain.publish.report.words import number, span
from supplychain.publishing import EXTERNAL
from supplychain.slices import EVERYTHING

if TYPE_CHECKING:
    from jinja2 import Template

    from supplychain.product import Product
    from supplychain.publish.facts import Member

REPORT = "report.html"


def report(product: Product, content: dict[str, Any], members: list[Member], rows: pl.DataFrame) -> bytes:
    """The page of a release, for one audience.

    Args:
        product: The product.
        content: The manifest before it is closed.
        members: The windows.
        rows: Released rows, or a sample of them.
    """
    external = content["audience"] == EXTERNAL
    real, made = _parted(rows, external=external)
    title, tone = findings.headline(members)
    page = _template().render(
        product=product,
        content=content,
        external=external,
        title=title,
        tone=tone,
        tiles=_tiles(content, members, external=external),
        windows=[_window(product, content, member) for member in members],
        coverage=findings.coverage(product, real, made),
        distributions=distributions(real, made),
        relations=relations(real, made),
        sampled=rows.height < content["rows"],
        shown=rows.height,
    )
    return page.encode()


def _parted(rows: pl.DataFrame, *, external: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Real and synthetic rows of a sample, without the chain's own columns."""
    own = [name for name in rows.columns if not name.startswith("_")]
    if external:
        return rows.clear().select(own), rows.select(own)
    real = rows.filter(pl.col("_origin") == "real").select(own)
    return real, rows.filter(pl.col("_origin") == "synthetic").select(own)


def _window(product: Product, content: dict[str, Any], member: Member) -> dict[str, Any]:
    currency, external = product.levers.cost.currency, content["audience"] == EXTERNAL
    scopes = {gate["rule"]: gate["kwargs"].get("scope", EVERYTHING) for gate in content["gates"]}
    return {
        "name": member.window,
        "member": member,
        "review": "" if member.reviewed is None else reviewed.words(member.gates, external=external),
        "sentences": findings.sentences(member, external=external),
        "outcome": {} if external else outcomes.outcome(member),
        "not_good_for": outcomes.not_good_for(product, member, external=external),
        "guardrails": findings.guardrails(member, scopes, external=external),
        "privacy": [] if external else findings.privacy(member),
        "covered": [] if external else findings.covered(member),
        "planned": plans.planned(member, currency, external=external),
        "returns": {} if external else plans.returns(member, currency),
    }


def _tiles(content: dict[str, Any], members: list[Member], *, external: bool) -> list[dict[str, str]]:
    gates = [gate for member in members for gate in member.gates]
    held = sum(gate.passed for gate in gates)
    critical = [gate for gate in gates if gate.severity == "critical"]
    tiles = [
        {
            "name": "Rows",
            "value": f"{content['rows']:,}",
            "beside": "all synthetic" if external else f"{content['synthetic_share']:.0%} synthetic",
        },
        {
            "name": "Rules held",
            "value": f"{held} of {len(gates)}",
            "beside": f"critical: {sum(gate.passed for gate in critical)} of {len(critical)}",
        },
    ]
    if external:
        windows = ", ".join(member.window for member in members)
        return [*tiles, {"name": "Windows", "value": str(len(members)), "beside": windows}]
    for name, metric, beside in (
        ("Loss on gold, real rows alone", "loss.real", ""),
        ("Attacker's gain", "attack.advantage", "chance gives"),
    ):
        found = next((r for m in members for r in m.evidence if r.metric == metric and r.scope == EVERYTHING), None)
        if found is None:
            continue
        note = f"{beside} {number(found.reference)}" if beside else _with_rows(members[0])
        tiles.append(
            {
                "name": name,
                "value": number(found.value),
                "beside": note,
                "span": span(found.value, found.low, found.high),
            }
        )
    return tiles


def _with_rows(member: Member) -> str:
    rows = {row.metric: row for row in member.evidence if row.scope == EVERYTHING}
    before, fall = rows.get("loss.real"), rows.get("fall.blend")
    if before is None or fall is None or before.value is None or fall.value is None:
        return ""
    return f"with the synthetic rows {number(before.value - fall.value)}"


@cache
def _template() -> Template:
    from jinja2 import DictLoader, Environment
    from markupsafe import Markup

    here = files("supplychain.publish.report")
    sources = {name: (here / name).read_text(encoding="utf-8") for name in ("page.html.j2", "macros.html.j2")}
    pages = Environment(loader=DictLoader(sources), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    pages.globals["style"] = Markup((here / "style.css").read_text(encoding="utf-8"))  # noqa: S704  (our own file)
    return pages.get_template("page.html.j2")
