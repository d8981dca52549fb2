"""People parted anew: a project on most of them, with its suites, and fresh people whom it never saw.

The embedded product has its own suites; any other data set has those that `supplychain init` drafts for it, since
those are what its users get. A batch of candidates is screened, measured and judged by the chain's own steps, in a copy
of the project's store, so that each is the first attempt on its people.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from bench.datasets import FOLDER
from supplychain.chain import Chain
from supplychain.define import find_gaps, land, make_plan
from supplychain.define.land import prepare
from supplychain.define.source import read_source
from supplychain.draft import initialise
from supplychain.generate import fit_synthesizer, sample_candidates
from supplychain.ledger.verdicts import GateResult
from supplychain.product import Product
from supplychain.project import find_product, project_root
from supplychain.rows import Novelty
from supplychain.schema import Schema
from supplychain.slices import Slice
from supplychain.validate import judge_evidence, measure, screen

PEOPLE = {"drug-spend": 10_000, "oulad": 10_000, "diabetes130": 7_000, "acs_national_2018": 9_000}
FRESH = 0.3
"""The share of people who are kept from the project."""
PLANNED = 0.7
"""The share of the new ones among the fresh rows that the plan asks for: a fault may take some away."""
OUTCOMES = {
    "oulad": ("passed", pl.col("final_result") == "Pass", ["final_result"], "id_student"),
    "diabetes130": ("back", pl.col("readmitted") != "NO", ["readmitted", "encounter_id"], "patient_nbr"),
    "acs_national_2018": ("owns", pl.col("OWN_RENT").cast(pl.String) == "1", ["OWN_RENT"], None),
}
"""The yes or no that is to be predicted, what it is read off, and the column that tells people apart."""


def raw_rows(name: str, people: int) -> tuple[pl.DataFrame, pl.Series]:
    """The source's rows of so many people, drawn once for all splits, and whose each row is."""
    if name == "drug-spend":
        root = project_root()
        raw, entity = read_source(find_product(name, root), root), None
    else:
        outcome, where, drop, entity = OUTCOMES[name]
        raw = pl.read_csv(FOLDER / f"{name}.csv.gz", infer_schema_length=None)
        raw = raw.with_columns(where.cast(pl.Int64).alias(outcome)).drop(drop)
    person = raw[entity].cast(pl.String) if entity else raw.hash_rows(seed=0).cast(pl.String)
    chosen = person.unique().sort().sample(min(people, person.n_unique()), seed=0)
    kept = person.is_in(chosen.implode())
    return raw.filter(kept), person.filter(kept)


@dataclass(frozen=True)
class Split:
    """A project whose rows have landed, and the people whom it never saw.

    Attributes:
        name: The data set.
        seed: Which parting of the people.
        root: The project.
        product: Its product; the plan is for as many rows as the fresh people can fill.
        fresh: Rows of the fresh people, in random order.
    """

    name: str
    seed: int
    root: Path
    product: Product
    fresh: pl.DataFrame

    @cached_property
    def chain(self) -> Chain:
        return Chain.open(self.product, self.root, self.root / "home")

    @property
    def window(self) -> str:
        return next(iter(self.product.windows))

    def table(self, name: str) -> pl.DataFrame:
        """Rows of a role, with `_entity`."""
        return self.chain.store.read_table(self.chain.ledger.current(self.product.name, name, self.window).table)

    @cached_property
    def train(self) -> pl.DataFrame:
        return self.table("real")

    @cached_property
    def gold(self) -> pl.DataFrame:
        return self.table("gold").drop("_entity")

    @cached_property
    def schema(self) -> Schema:
        return Schema.of(self.train)

    @property
    def members(self) -> pl.DataFrame:
        return self.train.drop("_entity")

    @property
    def outcome(self) -> str:
        return self.product.outcome.name

    @cached_property
    def slice_(self) -> Slice:
        """The largest declared slice of less than half of the rows; a fault may be in it alone."""
        named = {one: float(one.mask(self.train).mean() or 0) for one in self.product.all_slices[1:]}  # type: ignore[arg-type]
        return max((one for one, share in named.items() if share < 0.5), key=lambda one: named[one])

    @cached_property
    def planned(self) -> Path:
        """The store, with gaps and a plan."""
        for step in (find_gaps, make_plan):
            step(self.chain, self.window)
        return self.root / "home"

    def verdicts(self, candidates: pl.DataFrame | None) -> tuple[list[GateResult], pl.DataFrame]:
        """What the chain's gates say of candidates, and the evidence; without any, of the product's own generator."""
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(self.planned, Path(folder) / "home")
            chain = Chain.open(self.product, self.root, Path(folder) / "home")
            if candidates is None:
                fit_synthesizer(chain, self.window)
                sample_candidates(chain, self.window)
            else:
                with chain.step("generate", self.window) as step:
                    step.write("candidates", as_candidates(candidates, self.members.schema))
            screen(chain, self.window)
            evidence = measure(chain, self.window).output("evidence")
            judge_evidence(chain, self.window)
            accepted = chain.ledger.current(self.product.name, "accepted", self.window)
            gates = [
                gate
                for asset, output in (("accepted", accepted), ("evidence", evidence))
                for gate in chain.ledger.gates(self.product.name, asset, output.content)
            ]
            return gates, chain.store.read_table(evidence.table)


def as_candidates(rows: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Rows as a generator hands them in: in one batch, for the slice of all rows."""
    whole = rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    none = pl.lit(None, dtype=pl.List(pl.String))
    return whole.select(
        *schema,
        pl.lit("planted").alias("_batch"),
        pl.lit("all").alias("_slice"),
        pl.int_range(pl.len()).alias("_row"),
        none.alias("_repaired"),
    )


@contextmanager
def split(name: str, seed: int, people: int = 0) -> Iterator[Split]:
    """Part the people of a data set, and make a project on those inside; it is gone at the end."""
    raw, person = raw_rows(name, people or PEOPLE[name])
    everyone = person.unique().sort().sample(fraction=1, shuffle=True, seed=seed)
    outside = person.is_in(everyone.head(round(FRESH * len(everyone))).implode())
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        file = root / f"{name}.parquet"
        raw.filter(~outside).write_parquet(file)
        product = _product(name, seed, root, file)
        typed = prepare(product, raw, name).drop("_entity", "_role", "_window")
        fresh = typed.filter(outside).sample(fraction=1, shuffle=True, seed=seed)
        chain = Chain.open(product, root, root / "home")
        window = next(iter(product.windows))
        land(chain, window)
        real = chain.store.read_table(chain.ledger.current(product.name, "real", window).table)
        new = int(Novelty(real, product.identifying).reasons(fresh).is_null().sum())
        product = _changed(product, levers={"coverage": {"rows": {"all": int(PLANNED * new)}, "most_rows": None}})
        yield Split(name, seed, root, product, fresh)


def _product(name: str, seed: int, root: Path, file: Path) -> Product:
    """The product over the rows inside, parted into roles by a key of its own."""
    if name == "drug-spend":
        product = find_product(name, project_root())
        shutil.copytree(project_root() / "expectations" / name, root / "expectations" / name)
        change = {"source": {"file": file.name}, "window": None}  # both windows together: people enough for a part
    else:
        drafted = initialise(root, file, target=OUTCOMES[name][0], name=name.replace("_", "-"), progress=lambda _: None)
        product, change = find_product(drafted.name, root), {}
    return _changed(product, roles={"key": f"bench-{name}-{seed}"}, **change)


def _changed(product: Product, **changes: dict | None) -> Product:
    document = product.model_dump(mode="json", exclude_none=True)
    for key, value in changes.items():
        inner = isinstance(value, dict) and key != "source"
        document[key] = _merged(document.get(key) or {}, value) if inner else value
    return Product.model_validate(document)


def _merged(old: dict, new: dict) -> dict:
    both = {**old}
    for key, value in new.items():
        both[key] = _merged(old.get(key) or {}, value) if isinstance(value, dict) and key != "rows" else value
    return both


def shuffled(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    return rows[np.random.default_rng(seed).permutation(rows.height)]
