"""Which windows are stale, and why: planted changes of a released product, one at a time."""

from __future__ import annotations

import polars as pl
import pytest

from supplychain.define import land
from supplychain.errors import BadInput
from supplychain.monitor import judge_drift, measure_drift
from supplychain.refresh import look, mark

DEFS = "assets/products/clinic/defs.yaml"


def found(project) -> list[tuple[str, str]]:
    return [(cause.window, cause.kind) for cause in look(project.chain()).causes]


def edit_rows(project, change) -> None:
    """Change the rows of the source; `change` takes the frame and gives another."""
    file = project.root / "clinic.csv"
    change(pl.read_csv(file, infer_schema=False)).write_csv(file)


def test_nothing_is_stale_after_a_release(released):
    assert look(released.chain()).causes == look(released.chain()).held == ()


def test_late_rows_make_their_window_stale_and_no_other(released):
    extra = pl.col("person").cast(pl.Int64) + 100_000
    edit_rows(released, lambda rows: pl.concat([rows, rows.filter(pl.col("msa") == "0").head(7).with_columns(extra.cast(pl.String))]))  # fmt: skip  # noqa: E501
    assert found(released) == [("rural", "changed")]
    assert look(released.chain()).causes[0].why == "has 7 more rows in the source than were landed"


def test_a_corrected_row_makes_its_window_stale(released):
    first = (pl.col("msa") == "1") & (pl.int_range(pl.len()) == pl.arg_where(pl.col("msa") == "1").first())
    edit_rows(released, lambda rows: rows.with_columns(age=pl.when(first).then(pl.lit("90")).otherwise("age")))
    assert found(released) == [("metro", "changed")]
    assert look(released.chain()).causes[0].why == "has corrected rows in the source"


def test_a_window_that_shrinks_waits_for_a_person(released):
    before = released.chain().ledger.current("clinic", "real", "rural")
    edit_rows(released, lambda rows: pl.concat([rows.filter(pl.col("msa") == "1"), rows.filter(pl.col("msa") == "0").head(300)]))  # fmt: skip  # noqa: E501
    seen = look(released.chain())
    assert seen.causes == ()
    (held,) = seen.held
    assert (held.window, held.kind) == ("rural", "shrunk")
    assert held.why.startswith("has 300 rows in the source where ")
    assert held.why.endswith("run `supplychain run clinic --window rural` if that is right")
    assert "\n" not in held.why
    assert released.chain().ledger.current("clinic", "real", "rural") == before, "nothing is lost"


def test_a_window_that_has_left_the_source_stays_released(released):
    edit_rows(released, lambda rows: rows.filter(pl.col("msa") == "1"))
    assert look(released.chain()).causes == look(released.chain()).held == ()
    released.edit("expectations/clinic/evidence.yaml", "min_value: 0.8}", "min_value: 0.7}")
    seen = look(released.chain())
    assert [cause.window for cause in seen.causes] == ["metro"], "it cannot be rebuilt, and says so"
    assert [(cause.window, cause.kind) for cause in seen.held] == [("rural", "suite")]
    assert "no longer in the source" in seen.held[0].why


@pytest.mark.parametrize(
    ("file", "old", "new", "kinds"),
    [
        (DEFS, "description: Real people", "description: People", set()),
        (DEFS, "owners: [team:tests]", "owners: [team:other]", set()),
        (DEFS, "refresh: {look_seconds: 5}", "refresh: {look_seconds: 9}", set()),
        (DEFS, "poor-health: 100", "poor-health: 120", {"recipe"}),
        (DEFS, "fair = 1 OR poor = 1", "poor = 1", {"recipe"}),
        ("expectations/clinic/synthetic.yaml", "suite: synthetic", "suite: synthetic  # a comment", set()),
        ("expectations/clinic/synthetic.yaml", "mostly: 0.3", "mostly: 0.2", {"suite"}),
        ("expectations/clinic/real.yaml", "mostly: 0.98", "mostly: 0.97", {"suite"}),
    ],
)
def test_what_an_edit_makes_stale(released, file, old, new, kinds):
    released.edit(file, old, new)
    assert found(released) == [(window, kind) for window in ("metro", "rural") for kind in sorted(kinds)]


@pytest.mark.parametrize(("years", "kind"), [(0, "unreleased"), (6, "drift")])
def test_a_landed_window_that_the_release_does_not_hold(released, years, kind):
    schooled = pl.col("educyr").cast(pl.Float64) + years
    late = (pl.col("msa") == "0") & (pl.col("age").cast(pl.Int64) > 90)
    edit_rows(
        released,
        lambda rows: rows.with_columns(
            pl.when(pl.col("msa") == "0").then(schooled).otherwise(pl.col("educyr").cast(pl.Float64)).alias("educyr"),
            pl.when(late).then(pl.lit("90")).otherwise("age").alias("age"),
        ),
    )
    assert found(released)[-1] == ("rural", "changed")
    chain = released.chain()
    for step in (land, measure_drift, judge_drift):
        step(chain, "rural")
    assert found(released)[-1] == ("rural", kind)
    if kind == "drift":
        assert "educyr" in look(chain).causes[-1].why


def test_windows_are_found_in_the_source_and_named_by_their_values(project, people):
    project.edit(DEFS, "{column: msa, values: {metro: 1, rural: 0}}", "{column: place}")
    place = pl.when(pl.col("msa") == 1).then(pl.lit("in town/1")).otherwise(pl.lit("country"))
    people.sample(3_000, seed=1).with_columns(place.alias("place")).drop("msa").write_csv(project.root / "clinic.csv")
    assert found(project) == [("country", "new"), ("in-town-1", "new")]
    chain = project.chain()
    chain = type(chain)(chain.product.with_windows(["in-town-1"]), chain.store, chain.ledger, chain.root)
    land(chain, "in-town-1")
    assert project.chain().product.windows == ("in-town-1",), "the log remembers it"
    assert found(project) == [("in-town-1", "unreleased"), ("country", "new")]


def test_two_values_with_one_name_are_refused(project, people):
    project.edit(DEFS, "{column: msa, values: {metro: 1, rural: 0}}", "{column: place}")
    place = pl.when(pl.col("msa") == 1).then(pl.lit("a b")).otherwise(pl.lit("a/b"))
    people.sample(3_000, seed=1).with_columns(place.alias("place")).drop("msa").write_csv(project.root / "clinic.csv")
    with pytest.raises(BadInput, match="'a b' and 'a/b' of 'place' would both be window a-b") as refused:
        look(project.chain())
    assert "\n" not in str(refused.value)


def test_the_mark_changes_with_all_that_a_look_depends_on(released):
    marks = [mark(released.chain())]
    assert mark(released.chain()) == marks[0]
    for file, old, new in (
        ("clinic.csv", "person", "person"),
        (DEFS, "team:tests", "team:other"),
        ("expectations/clinic/real.yaml", "0.98", "0.97"),
    ):
        released.edit(file, old, new)
        marks.append(mark(released.chain()))
    land(released.chain(), "metro")
    marks.append(mark(released.chain()))
    assert len(set(marks)) == 5


def test_the_mark_sees_files_that_come_and_go_under_a_pattern(released):
    source = released.root / "clinic.csv"
    released.edit(DEFS, "source: {file: clinic.csv}", f"source: {{file: {released.root}/clin*.csv}}")
    before = mark(released.chain())
    (released.root / "clinic-2.csv").write_bytes(source.read_bytes())
    assert mark(released.chain()) != before
    (released.root / "clinic-2.csv").unlink()
    assert mark(released.chain()) == before


def test_a_function_as_the_source_has_no_mark(released):
    released.edit(DEFS, "source: {file: clinic.csv}", "source: {python: linearmodels.datasets.meps:load}")
    assert mark(released.chain()) is None
