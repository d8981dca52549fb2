"""Tables that break generators: each ends well, or in one clear line."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supplychain.define import find_gaps, land, make_plan
from supplychain.errors import BadInput
from supplychain.generate import fit_synthesizer, sample_candidates, synthesizer
from supplychain.schema import Schema
from tests.bad_input import state
from tests.conftest import REPO

SETTINGS = {
    "gaussian-copula": {"default_distribution": "norm"},
    "marginals": {},
    "trees": {"min_leaf": 5},
}
NEURAL = ("copula-gan", "ctgan", "tvae")
ROWS = 300


def mixed(rows: int = ROWS) -> pl.DataFrame:
    """An ordinary table: two numbers, a flag, a category and a date."""
    rng = random.Random(7)
    return pl.DataFrame(
        {
            "age": [rng.randint(18, 90) for _ in range(rows)],
            "income": [round(rng.lognormvariate(3, 1), 2) for _ in range(rows)],
            "member": [rng.randint(0, 1) for _ in range(rows)],
            "region": [rng.choice(["north", "south", "west"]) for _ in range(rows)],
            "seen": [date(2020, 1, 1) + timedelta(days=rng.randint(0, 700)) for _ in range(rows)],
        }
    )


def with_column(values) -> pl.DataFrame:
    return mixed().with_columns(pl.Series("odd", values))


def names(*odd: str) -> pl.DataFrame:
    frame = mixed()
    return frame.rename(dict(zip(frame.columns, odd, strict=True)))


def moments(year: int) -> list[datetime]:
    return [datetime(year, 1, 1) + timedelta(minutes=37 * row) for row in range(ROWS)]


TABLES = {
    "ten rows": mixed(10),
    "two rows": mixed(2),
    "one row": mixed(1),
    "one column, a number": mixed().select("income"),
    "one column, a category": mixed().select("region"),
    "one column, a date": mixed().select("seen"),
    "5,000 categories": pl.DataFrame({"code": [f"c{row % 5_000:04}" for row in range(6_000)]}).with_columns(
        age=pl.int_range(6_000) % 70
    ),
    "a number of one value": with_column([3.5] * ROWS),
    "an integer of one value": with_column([7] * ROWS),
    "a category of one value": with_column(["only"] * ROWS),
    "a date of one value": with_column([date(2020, 2, 29)] * ROWS),
    "only constants": pl.DataFrame({"a": [1] * ROWS, "b": ["x"] * ROWS, "c": [2.5] * ROWS}),
    "a category without a value": with_column(pl.Series([None] * ROWS, dtype=pl.String)),
    "a number without a value": with_column(pl.Series([None] * ROWS, dtype=pl.Float64)),
    "a date without a value": with_column(pl.Series([None] * ROWS, dtype=pl.Date)),
    "one value in a column": with_column(pl.Series([*[None] * (ROWS - 1), 4.5])),
    "a category seen once": with_column([*["usual"] * (ROWS - 1), "once"]),
    "a flag that is once set": with_column([*[0] * (ROWS - 1), 1]),
    "integers beyond 2^53": with_column([2**53 + 2 * row + 1 for row in range(ROWS)]),
    "integers to the ends": with_column([(-1) ** row * (2**63 - 1 - row) for row in range(ROWS)]),
    "large integers with gaps": with_column([None if row % 3 else 2**60 + row for row in range(ROWS)]),
    "tiny and great numbers": with_column([10.0 ** (row % 60 - 30) for row in range(ROWS)]),
    "dates before 1900": with_column([date(1790, 3, 1) + timedelta(days=row) for row in range(ROWS)]),
    "dates before 1677": with_column([date(1100, 1, 1) + timedelta(days=row) for row in range(ROWS)]),
    "times before 1677": with_column(moments(1500)),
    "times after 2262": with_column(moments(9000)),
    "times with gaps": with_column([None if row % 4 else moment for row, moment in enumerate(moments(2020))]),
    "times in nanoseconds": with_column(pl.Series(moments(2020)).cast(pl.Datetime("ns"))),
    "names with blanks and quotes": names("my age", 'the "income"', "it's", "back`tick", "a\\b"),
    "names with dots and emoji": names("a.b", "a.b.value", "🙂", "a#b", "größe"),
    "names like SDV's own": names("a", "a.fillna", "a#b", "a#b.nan_component", "a.is_null"),
    "names like words of SQL": names("select", "from", "NULL", "1", " "),
    "categories like missing markers": with_column([["nan", "None", "NULL", "", " "][row % 5] for row in range(ROWS)]),
    "categories with emoji and lines": with_column([["🙂", "a\nb", "a,b", '"', "ä"][row % 5] for row in range(ROWS)]),
}


CASES = [
    (name, table)
    for table in TABLES
    for name in SETTINGS
    if (name, table) != ("trees", "5,000 categories")  # each is too rare to be told: below
]


def check(frame: pl.DataFrame, made: pl.DataFrame, rows: int) -> None:
    """As many rows as asked for, typed as the real ones, every value one that could be real."""
    schema = Schema.of(frame)
    frame = schema.conform(frame)
    assert made.height == rows
    assert made.schema == frame.schema
    for column in schema.columns:
        real, values = frame[column.name].drop_nulls(), made[column.name]
        if column.missing in (0, 1):
            assert values.null_count() == rows * column.missing, column.name
        if column.is_discrete:
            assert set(values.drop_nulls()) <= set(real), column.name
        elif values.count():
            slack = (real.max() - real.min()) * 0.2  # smoothing may go a little beyond
            assert real.min() - slack <= values.min() and values.max() <= real.max() + slack, column.name


@pytest.mark.parametrize(("name", "table"), CASES)
def test_a_table_that_breaks_generators(tmp_path, name, table):
    frame = TABLES[table]
    model = synthesizer(name, **SETTINGS[name]).fit(frame, seed=1)
    check(frame, made := model.sample(50, seed=2), 50)
    model.save(tmp_path / "model")
    assert type(model).load(tmp_path / "model").sample(50, seed=2).equals(made)
    assert model.sample(0, seed=2).schema == made.schema


@pytest.mark.parametrize("name", NEURAL)
@pytest.mark.parametrize(
    "table",
    ["ten rows", "one column, a category", "only constants", "large integers with gaps", "names like SDV's own"],
)
def test_a_neural_network_on_a_table_that_breaks_generators(name, table):
    frame = TABLES[table]
    check(frame, synthesizer(name, epochs=1).fit(frame, seed=1).sample(50, seed=2), 50)


@pytest.mark.parametrize(
    "name", ["marginals", *(pytest.param(name, marks=pytest.mark.long) for name in ("gaussian-copula", "trees"))]
)
def test_four_hundred_columns(name):
    one = mixed(60).drop("seen")
    wide = pl.concat([one.select(pl.all().name.suffix(f" {place}")) for place in range(100)], how="horizontal")
    assert wide.width == 400
    check(wide, synthesizer(name, **SETTINGS[name]).fit(wide, seed=1).sample(20, seed=2), 20)


def test_categories_that_few_people_share_are_not_told():
    made = synthesizer("trees").fit(TABLES["5,000 categories"], seed=1).sample(50, seed=2)
    assert made["code"].null_count() == 50 and not made["age"].null_count()


@pytest.mark.parametrize("name", ["gaussian-copula", "marginals", "trees"])
@pytest.mark.parametrize("frame", [mixed(0), pl.DataFrame(), pl.DataFrame({"_entity": ["a", "b"]})])
def test_no_value_to_fit_on_is_said_in_one_line(name, frame):
    with pytest.raises(BadInput) as said:
        synthesizer(name).fit(frame, seed=1)
    assert str(said.value) == "generate: there is no value to fit on; bring rows"


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("where", ["age > 1000", "region = 'east'", "age > 50 AND age < 50", "income IS NULL"])
def test_a_condition_outside_the_support_ends_without_a_row(name, where):
    frame = mixed()
    made = synthesizer(name, **SETTINGS[name]).fit(frame, seed=1).sample(4, seed=2, where=where)
    assert made.height == 0
    assert made.schema == frame.schema


@pytest.mark.parametrize("name", ["gaussian-copula", "marginals", "trees"])
def test_a_condition_that_cannot_be_read_is_said_in_one_line(name):
    model = synthesizer(name, **SETTINGS[name]).fit(mixed(), seed=1)
    with pytest.raises(BadInput, match=r"reads the unknown column 'aeg'; did you mean 'age'\?"):
        model.sample(4, seed=2, where="aeg > 50")


KINDS = {
    "integer": st.integers(-(2**62), 2**62),
    "count": st.integers(0, 12),
    "number": st.floats(-1e300, 1e300, allow_subnormal=False),
    "flag": st.integers(0, 1),
    "category": st.text(max_size=4),
    "date": st.dates(date(1000, 1, 1), date(8000, 1, 1)),
    "datetime": st.datetimes(datetime(1000, 1, 1), datetime(8000, 1, 1)),
}
DTYPES = {"number": pl.Float64, "category": pl.String, "date": pl.Date, "datetime": pl.Datetime("us")}


@st.composite
def tables(draw):
    """One to forty rows of one to five columns of any kind, with missing values."""
    rows = draw(st.integers(1, 40))
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))
    values = [draw(st.lists(st.none() | KINDS[kind], min_size=rows, max_size=rows)) for kind in kinds]
    return pl.DataFrame(
        [
            pl.Series(f"{kind} {place}", column, dtype=DTYPES.get(kind, pl.Int64))
            for place, (kind, column) in enumerate(zip(kinds, values, strict=True))
        ]
    )


@pytest.mark.parametrize("name", ["marginals", "trees"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(frame=tables(), seed=st.integers(0, 2**63 - 1))
def test_any_table_is_made_and_the_same_after_a_trip_through_a_file(tmp_path, name, frame, seed):
    model = synthesizer(name).fit(frame, seed=seed)
    made = model.sample(20, seed=seed)
    schema = Schema.of(frame)
    assert made.schema == schema.conform(frame).schema
    model.save(tmp_path / "model")
    assert type(model).load(tmp_path / "model").sample(20, seed=seed).equals(made)
    for column in schema.columns:
        assert set(made[column.name].drop_nulls()) <= set(column.categories) or not column.categories
        if column.missing == 1:
            assert made[column.name].null_count() == 20


@settings(max_examples=30)
@given(frame=tables(), seed=st.integers(0, 2**63 - 1))
def test_marginals_make_what_was_there(frame, seed):
    """No value beyond the column's ends, and missing ones only where some were."""
    made, schema = synthesizer("marginals").fit(frame, seed=seed).sample(20, seed=seed), Schema.of(frame)
    for column in schema.columns:
        real, values = frame[column.name].drop_nulls(), made[column.name].drop_nulls()
        if column.missing in (0, 1):
            assert len(values) == 20 * (1 - column.missing)
        if column.is_discrete:
            assert set(values) <= set(real)
        elif len(values):
            width = 2.0**-52 * max(abs(column.low or 0), abs(column.high or 0))  # of a float's last digit
            lowest, highest = (float(end) for end in (real.to_physical().min(), real.to_physical().max()))
            assert values.to_physical().cast(pl.Float64).is_between(lowest - width, highest + width).all()


KILLED = """
import os, pathlib, signal
from dataclasses import replace
from supplychain.chain import Chain
from supplychain.generate import fit_synthesizer, marginals
from supplychain.generate.sdv import training
from supplychain.project import find_product

training.SECONDS = 0.01
learn, seen = marginals._learn, []

def learn_two(values, kind):
    seen.append(values.name)
    if len(seen) > 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return learn(values, kind)

def listen(line):
    if line.startswith(("preparing ", "epoch ")):
        os.kill(os.getpid(), signal.SIGKILL)

marginals._learn = learn_two
chain = Chain.open(find_product("clinic", pathlib.Path.cwd()), pathlib.Path.cwd())
fit_synthesizer(replace(chain, progress=listen), "metro")
"""


@pytest.mark.parametrize(
    "name",
    ["marginals", pytest.param("tvae, settings: {epochs: 2}", marks=pytest.mark.long)],
    ids=["marginals", "tvae"],
)
def test_a_fit_that_is_killed_leaves_the_store_as_it_was_and_the_next_one_works(project, name):
    project.edit("assets/products/clinic/defs.yaml", "synthesizer: marginals", f"synthesizer: {name}")
    chain = project.chain()
    for step in (land, find_gaps, make_plan):
        step(chain, "metro")
    before = state(project.home)
    environment = {**os.environ, "PYTHONPATH": str(REPO), "OMP_NUM_THREADS": "1"}
    program = [sys.executable, "-c", KILLED]
    ended = subprocess.run(program, capture_output=True, text=True, env=environment, check=False, timeout=250)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert state(project.home) == before
    fit_synthesizer(chain, "metro")
    assert sample_candidates(chain, "metro").output("candidates").rows > 0
