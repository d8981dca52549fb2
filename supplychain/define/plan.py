"""The plan of a window: drawn up from the levers and from what is current, or the one that the run was given."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from supplychain import rebalance
from supplychain.define.basis import Basis
from supplychain.define.outlook import outlook, time_needed
from supplychain.define.plan_lines import plan_lines
from supplychain.define.pricing import comparison, cost_of_run
from supplychain.define.spread import shadow_prices
from supplychain.errors import BadInput, GateRefused
from supplychain.plan import Plan

if TYPE_CHECKING:
    from supplychain.chain import Chain
    from supplychain.ledger import Commit, Output

INPUTS = ("real", "gaps")
"""What a plan is drawn up from."""


def make_plan(chain: Chain, window: str) -> Commit:
    """Write `plan`: the plan that the run was started with, else the one that the levers ask for.

    Raises:
        BadInput: The levers contradict one another, or the given plan was made from something else.
        GateRefused: The risk lever wants a person to have read the plan, and none was given.
    """
    with chain.step("define", window) as step:
        if chain.plan:
            where = f"plan {chain.plan.id}"
            chain.plan.check_inputs({name: step.refer(name) for name in chain.plan.inputs}, where)
            plan = chain.plan
        elif chain.product.levers.risk.human_review in ("plan", "high"):
            name = chain.product.name
            raise GateRefused(
                f"product {name}: window {window}: levers.risk.human_review wants a person to read the plan first; "
                f"`supplychain plan {name} --window {window} -o FILE`, then `supplychain run {name} --plan FILE`"
            )
        else:
            plan, basis = _drawn_up(chain, window, {name: step.refer(name) for name in INPUTS})
            if basis.changes:
                step.refer("rebalance")
        _refuse_large_blind_test(chain, plan)
        time = plan.outlook.get("time") or time_needed(chain.ledger.commits(chain.product.name), plan.rows) or {}
        step.write(
            "plan",
            plan.table,
            plan=plan.id,
            rows_planned=plan.rows,
            slices=sum(line.rows > 0 for line in plan.lines),
            real_rows_proposed=sum(line.buy_rows for line in plan.lines),
            **{f"seconds_{name}": seconds for name, seconds in time.items() if name != "runs"},
        )
    return step.done


def plan_ahead(chain: Chain, window: str, *, spec: str, levers: dict[str, Any]) -> Plan:
    """The plan that a run of the window would make now, with its outlook; nothing is written.

    Args:
        chain: The product, with the levers of this plan.
        window: The window; `real` and `gaps` are current there.
        spec: Hash of the product file, whose levers may be others.
        levers: Levers that were set for this plan alone.

    Raises:
        BadInput: The levers contradict one another.
    """
    inputs = {asset: chain.ledger.current(chain.product.name, asset, window) for asset in INPUTS}
    plan, basis = _drawn_up(chain, window, inputs)
    _refuse_large_blind_test(chain, plan)
    plan = replace(plan, spec=spec, levers=levers)
    shadow = shadow_prices(chain.product, basis.gaps, basis.support, basis.prices)
    known = {"before": rows_before(chain, window), "released": released_by(chain, plan)}
    money = {"cost": cost_of_run(chain, window, plan.rows), "compared": comparison(chain, window)}
    found = rebalance.current(chain, window)
    proposed = {"rebalance": found[1].drop("real", "recipe").to_dicts() if found else []}
    return replace(plan, outlook={**outlook(chain, plan), **known, **money, **proposed, "shadow": shadow})


def _drawn_up(chain: Chain, window: str, inputs: dict[str, Output]) -> tuple[Plan, Basis]:
    """The plan that follows from the levers and from these inputs, and what it was drawn up from."""
    product = chain.product
    basis = Basis.read(chain, window, inputs)
    try:
        lines = plan_lines(product, basis.gaps, basis.support, basis.prices, basis.changes)
    except BadInput as error:
        place = str(error.place)
        raise error.at(product.at(chain.root, *place.split(".")), place) from None
    contents = {name: output.content for name, output in inputs.items()}
    return Plan(product.name, window, product.spec_hash, {}, contents, tuple(lines)), basis


def _refuse_large_blind_test(chain: Chain, plan: Plan) -> None:
    """Refuse a plan of fewer rows than a blind test is to show: no more are accepted than are planned."""
    review = chain.product.review
    if review and review.blind and plan.rows:  # of no row at all the next step tells more
        review.blind.require(chain.product.at(chain.root, "review", "blind"), planned=plan.rows)


def rows_before(chain: Chain, window: str) -> dict[str, int]:
    """Slice to rows of the plan that the window's last run had; empty before the first."""
    found = chain.ledger.find(chain.product.name, "plan", window)
    if not found:
        return {}
    table = chain.store.read_table(found[1].table)
    return {name: rows for name, rows in table.select("slice", "rows").iter_rows() if rows}


def released_by(chain: Chain, plan: Plan) -> str:
    """The version that a run of this very plan published last, where nothing was planned since; else empty."""
    found = chain.ledger.find(chain.product.name, "plan", plan.window)
    if not found or found[1].notes.get("plan") != plan.id:
        return ""
    commits = chain.ledger.commits(chain.product.name)
    made = [commit.release.version for commit in commits if commit.run == found[0].run and commit.release]
    return made[-1] if made else ""
