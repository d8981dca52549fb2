"""The text of a drafted `evidence.yaml`: limits between what real rows reach and what broken ones do, in this table.

One limit for all tables refuses good rows of a small table, where even real rows differ from real ones, and lets
broken ones through in a large one. So both ends are measured on the table itself: real rows that were held out, and
the same rows with every column shuffled on its own, which is what a generator without any relation makes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from supplychain.draft.people import ABOUT_PEOPLE, LEAST_ATTACKED
from supplychain.draft.product import comment
from supplychain.draft.reach import GOLD, KIND, LEAST_STRUCTURE, Reach, measurable, most_lost, reach
from supplychain.draft.sequences import about_sequences, told_by
from supplychain.draft.slicing import slug
from supplychain.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supplychain.draft.drafting import Draft
    from supplychain.draft.sequences import Named, Told

MOST_COPIES = 0.001
"""The share of candidates that may surely be copies beyond chance: none of them is released."""
OUTCOMES_OF_GROUPS = (
    ("raised", "bound: low, max_value: 0.15", "Surely more of a group have the outcome, by this much, than real rows."),
    ("lowered", "bound: high, min_value: -0.15", "Surely fewer of a group have the outcome, by this much."),
)
"""Name, limit and reason; as wide as small groups need, of which there are many."""
ABOUT_OUTCOMES = (
    (
        "outcomes-are-not-odd",
        "utility",
        "outcome.kept",
        "bound: high, min_value: 0.25",
        "Of what the columns tell of the outcome among real rows, three quarters are surely lost, or turned round.",
    ),
    (
        "outcomes-are-not-foregone",
        "confidence",
        "outcome.surprise",
        "bound: high, min_value: -0.05",
        "Outcomes that are surely this much likelier than those of real rows make a model surer than it is right.",
    ),
    (
        "neighbours-differ-as-people-do",
        "confidence",
        "outcome.agreement",
        "bound: low, max_value: 0.08",
        "Rows that are alike surely have the same outcome more often than real rows do, whatever rule made it so.",
    ),
)
"""Name, gate, metric, limit and reason of what holds for the outcomes of every slice."""


def evidence_suite(draft: Draft, warnings: Sequence[Named] = (), *, known: Told | None = None) -> str:
    """`evidence.yaml`, with limits that follow from what is measured of the table.

    Args:
        draft: What was decided.
        warnings: Further rules that warn: id, gate, arguments and reason.
        known: What is known of people with several rows; None looks at the draft's sample.
    """
    found, lost = reach(draft), most_lost(draft)
    slices, columns = measurable(draft)
    dated = any(dtype.is_temporal() for dtype in draft.frame.dtypes)
    people = told_by(draft) if known is None else known
    head = (
        "Limits on what is measured of the accepted rows, and on drift. The whole 95% interval is held against a "
        "limit: within, it passes; without, it fails; across, there are too few data to tell, which warns, or blocks "
        "with `levers.risk.inconclusive: block`. `bound: low` and `bound: high` look at one end of it alone."
    )
    entries = [
        _entry(
            "plan-is-filled",
            "coverage",
            "critical",
            "metric: rows.of_plan, bound: value, min_value: 0.9",
            "Slices that were asked for and not filled leave their gap open.",
        ),
        _entry(
            "no-kind-is-gone",
            "coverage",
            "critical",
            f"metric: values.lost, bound: low, max_value: {lost}",
            "A value that surely one in a hundred has is a kind of rows."
            if lost == KIND
            else "A value that surely so many have is a kind of rows; rarer ones have too few people to be named.",
        ),
        _entry(
            "marginals",
            "fidelity",
            "critical",
            f"metric: marginal.mean, min_value: {found.least_marginal}",
            f"Real rows that were held out reach {found.marginal:.2f}; far below, columns look wrong one by one.",
        ),
        _entry(
            "columns-have-not-moved",
            "fidelity",
            "critical",
            'metric: column.shift, scope: "*", bound: low, max_value: 0.1',
            "In some column a tenth of the rows surely stands elsewhere, which the mean over all columns hides.",
        ),
        _entry(
            "pairs",
            "fidelity",
            "critical",
            f"metric: pair.mean, min_value: {found.least_pair}",
            f"Real rows reach {found.pair:.2f}, rows without any relation between columns {found.shuffled:.2f}.",
        ),
        _entry(
            "discriminator",
            "fidelity",
            "critical",
            "metric: discriminator.auc, max_value: 0.9",
            "A classifier that nearly always tells synthetic rows from real ones sees something that models learn too.",
        ),
        _entry(
            "discriminator-in-doubt",
            "fidelity",
            "warning",
            "metric: discriminator.auc, max_value: 0.75",
            "The nearer to 0.5, the harder the two are to tell apart.",
        ),
        _entry(
            "utility-floor",
            "utility",
            "critical",
            "metric: tstr.ratio, min_value: 0.85",
            "Surely below this, a model trained on synthetic rows alone has lost what real rows teach.",
        ),
        _entry(
            "utility-kept",
            "utility",
            "warning",
            "metric: tstr.ratio, min_value: 0.97",
            "The best generators lose 3% at the most.",
        ),
        _entry(
            "copies-are-rare",
            "privacy",
            "critical",
            f"metric: copies.excess, bound: low, max_value: {MOST_COPIES}",
            "Copies are taken out one by one; a generator that surely makes this many beyond chance leaks by the rest.",
        ),
        _entry(
            "no-copies",
            "privacy",
            "warning",
            "metric: copies.excess, bound: low, max_value: 0.0",
            "Candidates equal a real row more often than other real rows do: a leak, were they not taken out.",
        ),
        _entry(
            "members-stay-hidden",
            "privacy",
            "critical",
            "metric: attack.advantage, max_value: levers.risk.attack_advantage",
            "An attacker who holds the release must not learn whose rows the generator was fitted on.",
        ),
        *(_entry(name, gate, "warning", kwargs, why) for name, gate, kwargs, why in warnings),
        *(
            _entry(n, gate, "warning", kwargs, why)
            for n, gate, kwargs, why in about_sequences(people, draft.rows, GOLD, dated=dated)
        ),
        *_about_shape(draft, found, measured=slices),
        *_about_members(draft),
        *_about_groups(draft, columns),
        *_about_slices(draft, measured=slices),
        _entry(
            "columns-stay",
            "drift",
            "warning",
            'metric: drift.distance, scope: "*", bound: low, max_value: 0.1',
            "A column that surely moved this far makes the release a picture of another population.",
        ),
        _entry(
            "people-stay-alike",
            "drift",
            "warning",
            "metric: drift.joint, bound: low, max_value: 0.6",
            "Rows that a classifier surely tells from those of the release are other people.",
        ),
        _entry(
            "outcome-follows-as-before",
            "drift",
            "warning",
            'metric: drift.concept, scope: "*", bound: low, max_value: 0.05',
            "Where the outcome of like people surely changed this much, the release teaches what is no longer so.",
        ),
    ]
    return "\n".join([*comment(head, 0), "suite: evidence", "expectations:", *entries]) + "\n"


def _about_shape(draft: Draft, found: Reach, *, measured: bool) -> list[str]:
    """What goes wrong at once in a table of any size: wrong units, unheard-of combinations, lost relations."""
    schema, rules = Schema.of(draft.frame), []
    if measured:
        rules.append(
            _entry(
                "no-unheard-of-combinations",
                "plausibility",
                "warning",
                "metric: support.excess, bound: low, max_value: 0.1",
                "Pairs of values that no real row has, surely in this many more rows than among held-out real ones.",
            )
        )
    if any(not column.is_discrete for column in schema.columns):
        rules.append(
            _entry(
                "tails-stay",
                "fidelity",
                "critical",
                'metric: tail.shift, scope: "*", bound: low, max_value: 0.2',
                "Beyond the 1% and 99% quantiles of real rows lies a fifth of the rows, as with a wrong unit.",
            )
        )
    if found.least_kept is not None:
        real, shuffled = found.kept
        rules.append(
            _entry(
                "associations-are-kept",
                "fidelity",
                "critical",
                f"metric: association.kept, bound: high, min_value: {found.least_kept}",
                f"Of how strongly columns hang together real rows keep {real:.2f}, and rows without any relation "
                f"{shuffled:.2f}.",
            )
        )
    if len(schema.columns) > 2 and found.pair - found.shuffled >= LEAST_STRUCTURE:
        rules.append(
            _entry(
                "triples-are-kept",
                "fidelity",
                "warning",
                "metric: triple.kept, bound: high, min_value: 0.5",
                "Of what holds between three columns, half of the way to unrelated columns is surely lost.",
            )
        )
    return rules


def _about_members(draft: Draft) -> list[str]:
    """What attacks on single people may find, where gold will have people enough to attack."""
    if min(int(draft.table.rows * GOLD * 2 / 3), draft.frame.height) < LEAST_ATTACKED:
        text = "No limit on what finer membership attacks find: gold may have too few people to tell."
        return ["\n".join(comment(text)) + "\n"]
    return [_entry(name, "privacy", severity, kwargs, why) for name, severity, kwargs, why in ABOUT_PEOPLE]


def _about_groups(draft: Draft, columns: list[str]) -> list[str]:
    """One rule for all sensitive columns, or one for each that can be measured."""
    each = {f"groups-of-{slug(name) or place}": name for place, name in enumerate(columns)}
    scopes = {"groups": "*"} if columns == list(draft.sensitive) else each
    rules = [
        _entry(
            f"{name}-no-further-apart",
            "bias",
            "warning",
            f"metric: bias.gap, scope: {json.dumps(scope)}, max_value: levers.risk.bias_gap",
            "Synthetic rows must not make the model tell groups apart more than real rows alone do.",
        )
        for name, scope in (scopes if columns else {}).items()
    ]
    limits = (
        ("swelled", "share", "low", "max_value: 1.25", "A quarter more of a group than real rows of its slices have."),
        ("lost", "share", "high", "min_value: 0.8", "A fifth less of a group than real rows of its slices have."),
    )
    rules += [
        _entry(
            f"groups-are-not-{name}", "bias", "warning", f'metric: bias.{metric}, scope: "*", bound: {end}, {at}', why
        )
        for name, metric, end, at, why in (limits if columns else ())
    ]
    rules += [
        _entry(f"outcomes-are-not-{name}", "bias", "critical", f'metric: bias.outcome, scope: "*", {limit}', why)
        for name, limit, why in (OUTCOMES_OF_GROUPS if columns else ())
    ]
    few = [name for name in draft.sensitive if name not in columns]
    if few:
        text = f"No limit on the gap between groups of {', '.join(few)}: gold may have too few people to measure it."
        rules.append("\n".join(comment(text)) + "\n")
    return rules


def _about_slices(draft: Draft, *, measured: bool) -> list[str]:
    from supplychain.yardstick import is_quantity

    if not measured:
        text = "No limit on what synthetic rows do to slices: gold may have too few rows to measure it."
        return ["\n".join(comment(text)) + "\n"]
    quantity = is_quantity(draft.frame[draft.goal.name])
    return [
        _entry(
            "no-slice-is-harmed",
            "utility",
            "warning",
            'metric: slice.fall, scope: "*", bound: high, min_value: -0.005',
            "A slice whose loss surely rises by this much with the synthetic rows would do better without them.",
        ),
        _entry(
            "no-slice-is-worse-off",
            "utility",
            "critical",
            'metric: fall.blend, scope: "*", bound: high, min_value: -0.005',
            "Rows weighed as in the release may not surely raise the loss of a slice: what was fine stays so.",
        ),
        _entry(
            "intervals-still-hold" if quantity else "no-surer-than-real-rows-make-it",
            "confidence",
            "warning",
            'metric: confidence.coverage_change, scope: "*", bound: high, min_value: -0.05'
            if quantity
            else 'metric: confidence.over_change, scope: "*", bound: low, max_value: 0.03',
            "Synthetic rows whose outcomes are too regular make a model surer than it is right.",
        ),
        *(
            _entry(name, gate, "critical", f'metric: {metric}, scope: "*", {limit}', why)
            for name, gate, metric, limit, why in ABOUT_OUTCOMES
        ),
    ]


def _entry(name: str, gate: str, severity: str, kwargs: str, why: str) -> str:
    return "\n".join(
        [
            "  - type: expect_evidence_to_be_between",
            f"    kwargs: {{{kwargs}}}",
            f"    severity: {severity}",
            f"    meta: {{id: {name}, gate: {gate}, why: '{why}'}}",
            "",
        ]
    )
