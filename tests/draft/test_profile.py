"""What each column is, as the chain will read it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.draft.profile import profiles
from supplychain.draft.reading import SAMPLE, read_table
from supplychain.errors import BadInput
from supplychain.schema import typed


def profile(tmp_path: Path, values: list[str], name: str = "x"):
    file = tmp_path / "t.csv"
    pl.DataFrame({name: values, "other": ["a"] * len(values)}).write_csv(file)
    return profiles(read_table(file))[0]


N = [str(number) for number in range(60)]


@pytest.mark.parametrize(
    ("values", "form", "markers"),
    [
        (N, "integer", ()),
        ([*N, "1.5"], "number", ()),
        (["0", "1"] * 30, "flag", ()),
        ([*N, "?"], "integer", ("?",)),
        ([*N, "N", "NA"], "integer", ("N", "NA")),
        ([*N, "nan", "-"], "integer", ("-", "nan")),
        (["N"] * 500 + ["1", "2", "3"], "integer", ("N",)),
        (["Y", "N"] * 30, "category", ()),
        (["None", "Norm", ">7"] * 30, "category", ()),
        (["a", "b", "?"] * 30, "category", ("?",)),
        ([*N * 10, *["not asked"] * 12], "integer", ("not asked",)),
        ([*N * 10, "Anna"], "category", ()),
        ([f"{number:03d}" for number in range(3)] * 40, "category", ()),
        (["2019-01-01", "2020-12-31"] * 30, "date", ()),
        (["2019-01-01", "2020-12-31", "N"] * 30, "date", ("N",)),
        (["2019-01-01 10:00:00", "2020-12-31 23:59:59"] * 30, "datetime", ()),
        (["01/02/2019", "31/12/2020"] * 60, "category", ()),
        ([""] * 60, "empty", ()),
        (["?"] * 60, "empty", ("?",)[:0]),
        (["here"] * 60, "constant", ()),
        ([f"k{number}q" for number in range(500)], "key", ()),
        ([f"she said {number} and then left again" for number in range(500)], "free text", ()),
    ],
)
def test_forms_and_markers(tmp_path, values, form, markers):
    found = profile(tmp_path, values)
    assert (found.form, found.markers) == (form, markers)


def test_a_singular_text_among_numbers_is_never_a_marker(tmp_path):
    """It may be a person's name, and markers are written into the product file."""
    assert profile(tmp_path, [*N * 100, *["Anna Schmidt"] * 9]).markers == ()


def test_two_capital_letters_are_countries(tmp_path):
    countries = "NA DE FR IT ES PT BE NL DK SE NO FI PL CZ AT CH GR IE UK US CA MX BR AR".split()
    assert profile(tmp_path, countries * 40).markers == ()
    assert profile(tmp_path, ["basic", "plus", "NA"] * 40).markers == ("NA",)


TEXTS = st.lists(
    st.sampled_from(
        ["1", "2", "2.5", "-3", "007", "?", "NA", "N", "x", "y", "", "2019-01-02", "1e5", "inf", "nan", "12%"]
    ),
    min_size=30,
    max_size=60,
)


@given(TEXTS)
def test_the_chain_reads_what_the_profile_says(tmp_path_factory, values):
    """Whatever a column holds: with the drafted kind and markers the chain reads it, and as the profile says."""
    found = profile(tmp_path_factory.mktemp("any"), values)
    if found.unfit:
        return
    kinds = {"x": found.declare} if found.declare else {}
    read = typed(pl.DataFrame({"x": values}), kinds, found.markers, where="test")["x"]
    assert read.null_count() == found.missing
    wanted = {"integer": pl.Int64, "flag": pl.Int64, "number": pl.Float64, "date": pl.Date, "category": pl.String}
    assert read.dtype == wanted[found.form]
    if found.is_number:
        assert (read.min(), read.max()) == (found.low, found.high)


def test_parquet_keeps_its_types(tmp_path):
    file = tmp_path / "t.parquet"
    pl.DataFrame(
        {
            "f": [1.5, float("nan"), 2.5] * 20,
            "i": [1, 2, None] * 20,
            "b": [True, False, None] * 20,
            "l": [[1], [2], [3]] * 20,
            "inf": [1.0, float("inf"), 2.0] * 20,
            "c": pl.Series(["a", "b", "a"] * 20, dtype=pl.Categorical),
        }
    ).write_parquet(file)
    found = {one.name: one for one in profiles(read_table(file))}
    assert found["f"].markers == ("NaN",) and found["f"].missing == 20
    assert (found["i"].form, found["i"].missing) == ("integer", 20)
    assert found["b"].form == "flag" and found["c"].form == "category"
    assert found["l"].form == "nested" and found["l"].unfit
    assert "infinite" in found["inf"].unfit


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_separators_and_byte_order_marks(tmp_path, separator, bom):
    file = tmp_path / "t.csv"
    rows = [f'{number}{separator}"a{separator} ""b"""' for number in range(40)]
    file.write_text(bom + "\n".join([f"one{separator}two", *rows]), encoding="utf-8")
    table = read_table(file)
    assert table.separator == separator and list(table.types) == ["one", "two"] and table.rows == 40


def test_a_large_table_is_sampled_the_same_way_each_time_and_counted_exactly(tmp_path):
    file = tmp_path / "t.csv"
    rows = SAMPLE + 20_000
    pl.DataFrame({"x": range(rows), "y": ["a"] * (rows - 1) + [""]}).write_csv(file)
    first, second = read_table(file), read_table(file)
    assert first.sample.equals(second.sample) and first.sample.height == SAMPLE and first.rows == rows
    x, y = profiles(first)
    assert (x.low, x.high, x.distinct, y.missing) == (0, rows - 1, rows, 1)


def test_a_file_without_a_header_is_refused_without_showing_its_values(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("17,anna@example.org,2019-01-01\n" * 50)
    with pytest.raises(BadInput, match="no header") as caught:
        read_table(file)
    assert "anna" not in str(caught.value)
