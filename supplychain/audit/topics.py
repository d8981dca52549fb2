"""Topics of a review, each answered from evidence or marked unanswered.

Those of article 10(2) of Regulation (EU) 2024/1689 (the AI Act), in our own words, and those of a datasheet (Gebru et
al., "Datasheets for Datasets", Communications of the ACM 64(12), 2021). An answer says what is known, and where it
stands in the folder; it is no legal judgement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supplychain.audit.facts import Facts


@dataclass(frozen=True)
class Topic:
    """A topic, what is known of it, and what is not.

    Attributes:
        number: As it is numbered.
        title: What is asked.
        known: Sentences from evidence; none where nothing is known.
        unanswered: What nobody has said, and where to say it.
    """

    number: str
    title: str
    known: tuple[str, ...]
    unanswered: tuple[str, ...]

    @property
    def markdown(self) -> str:
        """The topic as a section."""
        lines = [f"## {self.number} {self.title}", "", *self.known]
        lines += [f"**Unanswered:** {line}" for line in self.unanswered]
        if not self.known and not self.unanswered:
            lines.append("**Unanswered:** nothing in the log speaks of it.")
        return "\n".join(line if not line or line.startswith("#") else f"{line}\n" for line in lines)


Answer = tuple[list[str], list[str]]
"""What is known, and what is not."""


def article_10(facts: Facts) -> list[Topic]:
    """The topics of article 10(2)(a) to (h)."""
    asked: list[tuple[str, str, Callable[[Facts], Answer]]] = [
        ("(a)", "Design choices", _design),
        ("(b)", "How and where the data were collected, and for what", _origin),
        ("(c)", "Preparation: annotation, labelling, cleaning, updating, enrichment, aggregation", _preparation),
        ("(d)", "Assumptions: what the data are to measure and represent", _assumptions),
        ("(e)", "Availability, quantity and suitability", _suitability),
        ("(f)", "Examination for biases", _bias),
        ("(g)", "Measures against biases", _measures),
        ("(h)", "Gaps and shortcomings, and how they are addressed", _gaps),
    ]
    return [Topic(number, title, *map(tuple, answer(facts))) for number, title, answer in asked]


def datasheet(facts: Facts) -> list[Topic]:
    """The sections of a datasheet."""
    asked: list[tuple[str, str, Callable[[Facts], Answer]]] = [
        ("1", "Motivation", _motivation),
        ("2", "Composition", _composition),
        ("3", "Collection process", _origin),
        ("4", "Preprocessing, cleaning, labelling", _preparation),
        ("5", "Uses", _uses),
        ("6", "Distribution", _distribution),
        ("7", "Maintenance", _maintenance),
    ]
    return [Topic(number, title, *map(tuple, answer(facts))) for number, title, answer in asked]


def _motivation(facts: Facts) -> Answer:
    product, known, missing = facts.product, [], []
    if product.description:
        known.append(f"The product file says: {product.description}")
    else:
        missing.append("what the data are for; write `description` in the product file.")
    if product.owners:
        known.append(f"Its owners are {', '.join(product.owners)}.")
    else:
        missing.append("who answers for it; write `owners`.")
    return known, [*missing, "who funded it; no key of the product file asks for it."]


def _design(facts: Facts) -> Answer:
    product = facts.product
    known, missing = _motivation(facts)
    condition = f", true where {product.outcome.where}" if product.outcome.where else ""
    known.append(f"The data are to predict `{product.outcome.name}`{condition}.")
    makers = facts.ask("select distinct synthesizer from batches where product = $product order by all")
    if makers:
        known.append(f"Synthetic rows were made by {', '.join(row['synthesizer'] for row in makers)} (models.csv).")
    lines = facts.one("select count(*) from plan_lines where product = $product")
    known.append(f"What to make, and why, stands in {lines} lines of plans (plan.csv); the levers in product.json.")
    return known, missing[:-1]


def _origin(facts: Facts) -> Answer:
    source = facts.product.source
    known, missing = [], []
    if source.origin:
        known.append(f"Origin: {source.origin}")
    else:
        missing.append("who collected the data, when and where; write `source.origin`.")
    if source.licence:
        known.append(f"Licence: {source.licence}")
    else:
        missing.append("under which licence or permission; write `source.licence`.")
    arrived = facts.one(
        "select count(distinct from_content) from edges where product = $product and from_asset = 'source'"
    )
    known.append(f"{arrived} arrivals of the source are in the log, each by the hash of its rows (from.csv).")
    missing.append("the original purpose of the collection, and how consent was given; no key asks for it.")
    return known, missing


def _preparation(facts: Facts) -> Answer:
    product = facts.product
    rules = facts.one("select count(distinct rule) from last_verdicts where product = $product and suite = 'real'")
    aside = facts.ask(
        """select m."window", arg_max(row_count, sequence) as rows from materialisations m
        join commits c on c.id = m.commit_id where m.product = $product and m.asset = 'set_aside'
        group by all order by all"""
    )
    known = [f"{rules} rules are held against arriving rows (rules.csv, suite `real`)."]
    known += [f"Window {row['window']}: {row['rows']:,} rows broke one and were set aside." for row in aside]
    if product.drop:
        known.append(f"Columns that are read and left out: {', '.join(product.drop)}.")
    said = facts.ask(
        """select "window", observed from last_verdicts where product = $product and suite = 'review'
        and rule = 'verdict' order by all"""
    )
    known += [f"People reviewed synthetic rows of window {row['window']}: {row['observed']}." for row in said]
    missing = [] if said else ["whether people annotated, labelled or reviewed rows; no review is in the log."]
    return known, missing


def _assumptions(facts: Facts) -> Answer:
    product = facts.product
    said = {name: column.description for name, column in product.columns.items() if column.description}
    known = [f"`{name}` is {text}" for name, text in said.items()]
    assumed = facts.one("select count(*) from cost_event where product = $product and basis = 'assumed'")
    if assumed:
        known.append(f"{assumed} costs rest on a price that was assumed (costs.csv).")
    missing = [] if said else ["what the columns measure; write `columns.NAME.description` and `unit`."]
    if not product.source.origin:
        missing.append("which population the data represent; write `source.origin`.")
    return known, missing


def _suitability(facts: Facts) -> Answer:
    rows = facts.ask("""select "window", asset, row_count from windows
        where product = $product and asset in ('real', 'tune', 'gold', 'accepted') order by all""")
    known = [f"Window {row['window']}: {row['row_count']:,} rows in `{row['asset']}`." for row in rows]
    useful = facts.ask("""select "window", rule, outcome, observed, expected from last_verdicts
        where product = $product and gate = 'utility' order by all""")
    known += [
        f"Window {row['window']}, rule {row['rule']}: {row['outcome']}, found {row['observed']}, "
        f"wanted {row['expected']}."
        for row in useful
    ]
    missing = [] if useful else ["whether the data serve their purpose; no rule of the gate `utility` has judged them."]
    return known, missing


def _bias(facts: Facts) -> Answer:
    product = facts.product
    if not product.sensitive:
        return [], ["which groups are protected; write `sensitive` in the product file, and nothing was examined."]
    found = facts.ask("""select count(*) as n, count(distinct metric) as metrics from evidence
        where product = $product and metric like 'bias.%'""")[0]
    if not found["n"]:
        return [], [f"no bias was measured for {', '.join(product.sensitive)}."]
    known = [
        f"Protected columns: {', '.join(product.sensitive)}. {found['n']} measurements of {found['metrics']} metrics "
        "are in evidence.csv (`bias.`)."
    ]
    return known, ["whether other groups are at a disadvantage; only declared columns are examined."]


def _measures(facts: Facts) -> Answer:
    verdicts = facts.ask("""select "window", rule, severity, outcome from last_verdicts
        where product = $product and gate = 'bias' order by all""")
    known = [
        f"Window {row['window']}: rule {row['rule']} ({row['severity']}) said {row['outcome']}." for row in verdicts
    ]
    filled = facts.ask("""select distinct slice from plan_lines where product = $product and "rows" > 0
        and slice <> 'all' order by all""")
    if filled:
        known.append(f"Slices that were filled with rows: {', '.join(row['slice'] for row in filled)} (plan.csv).")
    missing = [] if verdicts else ["no rule of the gate `bias` has judged the data; add one to evidence.yaml."]
    return known, missing


def _gaps(facts: Facts) -> Answer:
    lines = facts.ask("""select distinct "window", slice, action, kind, why from plan_lines
        where product = $product and action <> 'leave' and kind is not null order by all""")
    known = [
        f"Window {row['window']}, slice {row['slice']} ({row['kind']}): {row['action']}. {row['why']}" for row in lines
    ]
    doubts = facts.ask("""select "window", rule, outcome from last_verdicts
        where product = $product and outcome <> 'pass' order by all""")
    known += [f"Window {row['window']}: rule {row['rule']} said {row['outcome']} (rules.csv)." for row in doubts]
    decided = facts.tables["decisions.csv"].height
    known.append(f"{decided} decisions of people about rules, releases and erasures stand in decisions.csv.")
    return known, [] if lines else ["no gap was looked for, or none was found that asks for rows."]


def _composition(facts: Facts) -> Answer:
    known, _ = _suitability(facts)
    product = facts.product
    whom = f"`{product.entity.column}`, which is never released" if product.entity else "each row by itself"
    people = f"A row is about {whom}. No row of role gold is ever released."
    missing = [] if product.sensitive else ["which columns are sensitive; write `sensitive`."]
    return [people, *(line for line in known if " rows in " in line)], missing


def _uses(facts: Facts) -> Answer:
    known, _ = _design(facts)
    doubts = facts.ask("""select distinct rule, why from last_verdicts
        where product = $product and outcome <> 'pass' order by all""")
    known += [f"Not shown to hold: {row['rule']} ({row['why']})" for row in doubts]
    return known, ["uses to keep away from, beside those that rules speak of; no key of the product file asks for it."]


def _distribution(facts: Facts) -> Answer:
    rows = facts.tables["releases.csv"].to_dicts()
    known = [
        f"Release {row['version']}: {row['row_count']:,} rows, {row['synthetic_rows']:,} of them synthetic"
        + (f"; withdrawn: {row['withdrawn']}." if row["withdrawn"] else ".")
        for row in rows
    ]
    missing = [] if rows else ["nothing has been released."]
    if not facts.product.source.licence:
        missing.append("under which licence; write `source.licence`.")
    return known, missing


def _maintenance(facts: Facts) -> Answer:
    product = facts.product
    erased = facts.one("select count(*) from erasures where product = $product")
    known = [f"{erased} erasures are in the log (decisions.csv)."]
    known += [f"Owners: {', '.join(product.owners)}."] if product.owners else []
    if product.retention:
        known.append(f"A window is kept for {product.retention.days} days.")
    missing = [] if product.retention else ["how long real rows are kept; write `retention.days`."]
    return known, missing
