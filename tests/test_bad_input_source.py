"""Bad input in the source: one line with file, place and remedy, from `check` and from landing alike."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from datetime import datetime

import duckdb
import polars as pl
import pytest

from supplychain.define import land
from supplychain.errors import BadInput
from tests.bad_input import DEFS, refuser
from tests.conftest import Project

CSV = "clinic.csv"
SOURCE = "{file: clinic.csv}"
MOST = "put such texts under source.missing, or declare columns.age.kind: category"
ROW = "point source at data with at least one row"


@pytest.fixture
def refused(project, supplychain):
    return refuser(project, supplychain)


def both(project, refused, window="metro") -> str:
    """The line of `check`, which is also what landing says."""
    line = refused("check", "clinic")
    with pytest.raises(BadInput) as said:
        land(project.chain(), window)
    assert str(said.value) == line
    return line


def real(project: Project) -> pl.DataFrame:
    return pl.read_csv(project.root / CSV)


def rows(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Project], None]:
    """Write the real people anew after a change of them."""
    return lambda project: change(real(project)).write_csv(project.root / CSV)


def content(change: Callable[[bytes], bytes], name: str = CSV) -> Callable[[Project], None]:
    """Write the file's bytes anew after a change of them, under another name where one is given."""

    def changed(project: Project) -> None:
        data = (project.root / CSV).read_bytes()
        (project.root / name).write_bytes(change(data))
        project.edit(DEFS, SOURCE, f"{{file: {name}}}")

    return changed


def some(column: str, text: str) -> Callable[[Project], None]:
    """A text in the place of every fiftieth person's value: the first of them stands in row 64."""
    odd = pl.when(pl.col("person") % 50 == 0).then(pl.lit(text)).otherwise(pl.col(column).cast(pl.String))
    return rows(lambda frame: frame.with_columns(odd.alias(column)))


def parquet(change: Callable[[bytes], bytes]) -> Callable[[Project], None]:
    def changed(project: Project) -> None:
        file = project.root / "clinic.parquet"
        real(project).write_parquet(file)
        file.write_bytes(change(file.read_bytes()))
        project.edit(DEFS, SOURCE, "{file: clinic.parquet}")

    return changed


def parquet_of(change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Project], None]:
    def changed(project: Project) -> None:
        change(real(project)).write_parquet(project.root / "clinic.parquet")
        project.edit(DEFS, SOURCE, "{file: clinic.parquet}")

    return changed


def database(source: str) -> Callable[[Project], None]:
    def changed(project: Project) -> None:
        with duckdb.connect(str(project.root / "clinic.duckdb")) as connection:
            connection.execute("create table people as select * from 'clinic.csv'")
        project.edit(DEFS, SOURCE, source)

    return changed


def declared(old: str, new: str) -> Callable[[Project], None]:
    return lambda project: project.edit(DEFS, old, new)


def folder(project: Project) -> None:
    (project.root / CSV).unlink()
    (project.root / CSV).mkdir()


def line(number: int, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Change one line of a file; lines count from 1."""

    def changed(data: bytes) -> bytes:
        lines = data.split(b"\n")
        lines[number - 1] = change(lines[number - 1])
        return b"\n".join(lines)

    return changed


def broken(data: bytes) -> bytes:
    whole = gzip.compress(data, mtime=0)
    return whole[:3_000] + b"x" * 10 + whole[3_010:]


def zoned_files(project: Project, *zones: str | None) -> None:
    """The people in as many Parquet files, each with the time of the interview in a zone of its own."""
    people = pl.read_csv(project.root / "clinic.csv")
    for place, zone in enumerate(zones):
        time = pl.datetime(2003, 1, 1, time_unit="us").dt.replace_time_zone(zone)
        part = people.gather_every(len(zones), place)
        part.with_columns(time.alias("seen")).write_parquet(project.root / f"clinic{place}.parquet")
    project.edit(DEFS, SOURCE, '{file: "clinic*.parquet"}')


FILES = {
    "missing": (
        lambda project: (project.root / CSV).unlink(),
        "clinic.csv: source.file: there is no such file",
        "mend the path",
    ),
    "empty": (content(lambda _: b""), "{root}/clinic.csv: source.file: is empty", ROW),
    "blank lines": (content(lambda _: b"\n\n"), "{root}/clinic.csv: source.file: is empty", ROW),
    "header only": (
        content(lambda data: data.split(b"\n")[0] + b"\n"),
        "clinic.csv: source.file: has no rows",
        ROW,
    ),
    "a folder": (
        folder,
        "{root}/clinic.csv: source.file: cannot be read as a CSV file (Is a directory)",
        "mend or replace the file",
    ),
    "another separator": (
        content(lambda data: data.replace(b",", b";")),
        "{root}/clinic.csv: source.separator: has one column when parted by ',', and 24 by ';'",
        "write `separator: ';'`",
    ),
    "another separator declared": (
        declared(SOURCE, "{file: clinic.csv, separator: ';'}"),
        "{root}/clinic.csv: source.separator: has one column when parted by ';', and 24 by ','",
        "write `separator: ','`",
    ),
    "Latin 1": (
        content(line(4, lambda row: b"\xe9" + row)),
        "{root}/clinic.csv:4: source.file: has bytes that are not UTF-8",
        "save it as UTF-8",
    ),
    "Latin 1 in the header": (
        content(line(1, lambda row: b"\xe9" + row)),
        "{root}/clinic.csv:1: source.file: has bytes that are not UTF-8",
        "save it as UTF-8",
    ),
    "UTF-16": (
        content(lambda data: data.decode().encode("utf-16")),
        "{root}/clinic.csv:1: source.file: has bytes that are not UTF-8",
        "save it as UTF-8",
    ),
    "Latin 1, packed": (
        content(lambda data: gzip.compress(line(9, lambda row: b"\xe9" + row)(data)), "clinic.csv.gz"),
        "{root}/clinic.csv.gz:9: source.file: has bytes that are not UTF-8",
        "save it as UTF-8",
    ),
    "a short row": (
        content(line(7, lambda row: b"1,2")),
        "{root}/clinic.csv:7: source.file: has 2 fields where the header has 24",
        "mend or remove that line",
    ),
    "a long row": (
        content(line(8, lambda row: row + b",9,9")),
        "{root}/clinic.csv:8: source.file: has 26 fields where the header has 24",
        "mend or remove that line",
    ),
    "a blank row": (
        content(line(9, lambda row: b"")),
        "{root}/clinic.csv:9: source.file: has 0 fields where the header has 24",
        "mend or remove that line",
    ),
    "an open quote": (
        content(line(5, lambda row: b'"' + row)),
        "{root}/clinic.csv: source.file: cannot be read as a CSV file (",
        "mend or replace the file",
    ),
    "gzip, cut off": (
        content(lambda data: gzip.compress(data)[:5_000], "a.csv.gz"),
        "{root}/a.csv.gz: source.file: cannot be read as a CSV file (",
        "mend or replace the file",
    ),
    "gzip, damaged": (
        content(broken, "a.csv.gz"),
        "{root}/a.csv.gz: source.file: cannot be read as a CSV file (",
        "mend or replace the file",
    ),
    "gzip, another checksum": (
        content(lambda data: gzip.compress(data)[:-8] + bytes(8), "a.csv.gz"),
        "{root}/a.csv.gz: source.file: cannot be read as a CSV file (CRC check failed",
        "mend or replace the file",
    ),
    "gzip by its name only": (
        content(bytes, "a.csv.gz"),
        "{root}/a.csv.gz: source.file: cannot be read as a CSV file (Not a gzipped file",
        "mend or replace the file",
    ),
    "gzip of nothing": (
        content(lambda _: gzip.compress(b""), "a.csv.gz"),
        "{root}/a.csv.gz: source.file: is empty",
        ROW,
    ),
    "Parquet, cut off": (
        parquet(lambda data: data[:5_000]),
        "{root}/clinic.parquet: source.file: cannot be read as a Parquet file (",
        "mend or replace the file",
    ),
    "Parquet, damaged": (
        parquet(lambda data: data[:5_000] + bytes(50) + data[5_050:]),
        "{root}/clinic.parquet: source.file: cannot be read as a Parquet file (",
        "mend or replace the file",
    ),
    "Parquet, empty": (
        parquet(lambda _: b""),
        "{root}/clinic.parquet: source.file: cannot be read as a Parquet file (",
        "mend or replace the file",
    ),
    "Parquet without rows": (
        parquet_of(lambda frame: frame.clear()),
        "clinic.parquet: source.file: has no rows",
        ROW,
    ),
    "files that differ": (
        lambda project: (
            project.write("clinic-2.csv", "person,age\n1,70\n"),
            project.edit(DEFS, SOURCE, '{file: "clinic*.csv"}'),
        ),
        "{root}/clinic.csv: source.file: has other columns than clinic-2.csv",
        "make them the same",
    ),
    "Parquet files that differ in a type": (
        lambda project: zoned_files(project, "UTC", None),
        "clinic*.parquet: source.file: its files hold columns of different types (failed to determine supertype of ",
        "make them the same",
    ),
    "no database file": (
        database("{duckdb: clinics.duckdb, table: people}"),
        "clinics.duckdb: source.duckdb: there is no such file",
        "mend the path",
    ),
    "no database": (
        declared(SOURCE, "{duckdb: clinic.csv, table: people}"),
        "clinic.csv: source.duckdb: is no DuckDB database",
        "name a database, or use source.file",
    ),
    "no such table": (
        database("{duckdb: clinic.duckdb, table: persons}"),
        "clinic.duckdb: source.table: DuckDB refuses (Catalog Error: Table with name persons does not exist!",
        "mend source.table",
    ),
    "no SQL": (
        database("{duckdb: clinic.duckdb, query: selct 1}"),
        "clinic.duckdb: source.query: DuckDB refuses (Parser Error: ",
        "mend source.query",
    ),
    "a query that writes": (
        database("{duckdb: clinic.duckdb, query: delete from people}"),
        "clinic.duckdb: source.query: DuckDB refuses (",
        "mend source.query",
    ),
    "a query of no rows": (
        database("{duckdb: clinic.duckdb, query: from people where age < 0}"),
        "clinic.duckdb (query): source.query: has no rows",
        ROW,
    ),
}


@pytest.mark.parametrize(("change", "beginning", "remedy"), FILES.values(), ids=FILES)
def test_a_source_that_cannot_be_read(project, refused, change, beginning, remedy):
    change(project)
    said = both(project, refused)
    assert said.startswith(beginning.format(root=project.root))
    assert said.endswith(f"; {remedy}")


def without(column: str) -> Callable[[Project], None]:
    return rows(lambda frame: frame.drop(column))


COLUMNS = {
    "renamed": (
        rows(lambda frame: frame.rename({"drugexp": "drug_exp"})),
        "clinic.csv: drop: has no column 'drugexp'",
        "did you mean 'drug_exp'?",
    ),
    "the entity's": (
        without("person"),
        "clinic.csv: entity.column: has no column 'person'",
        "known are: age, black, drugexp,",
    ),
    "the window's": (
        without("msa"),
        "clinic.csv: window.column: has no column 'msa'",
        "known are: age, black, drugexp,",
    ),
    "a sensitive one": (
        without("female"),
        "clinic.csv: sensitive: has no column 'female'",
        "known are: age, black, drugexp,",
    ),
    "the outcome": (
        declared("{name: high_spend, where: drugexp >= 2500, settings: {max_iter: 20}}", "{name: high_spend}"),
        "clinic.csv: outcome.name: has no column 'high_spend'",
        "known are: age, black, drugexp,",
    ),
    "a described one": (
        declared("  drop: [drugexp]", "  drop: [drugexp]\n  columns: {agee: {unit: years}}"),
        "clinic.csv: columns.agee: has no column 'agee'",
        "did you mean 'age'?",
    ),
    "one of ours": (
        rows(lambda frame: frame.rename({"income": "_income"})),
        "clinic.csv: column '_income' begins with an underscore, as only our own do",
        "rename it in the source",
    ),
    "twice": (
        content(line(1, lambda row: row.replace(b"age", b"female"))),
        "{root}/clinic.csv:1: header: column 'female' stands twice",
        "rename one of the two",
    ),
}


@pytest.mark.parametrize(("change", "beginning", "remedy"), COLUMNS.values(), ids=COLUMNS)
def test_a_column_that_is_missing_or_should_not_be_there(project, refused, change, beginning, remedy):
    change(project)
    said = both(project, refused)
    assert said.startswith(f"{beginning.format(root=project.root)}; {remedy}")


def test_a_missing_column_that_only_a_slice_reads(project, refused):
    without("fair")(project)
    assert refused("check", "clinic").startswith(f"{DEFS}:13: slices.poor-health: reads 'fair', which is no column")
    assert refused("run", "clinic").startswith(f"{DEFS}:13: slices.poor-health: reads 'fair', which is no column")


def numbers(value: float) -> Callable[[Project], None]:
    odd = pl.when(pl.col("person") % 50 == 0).then(value).otherwise(pl.col("age").cast(pl.Float64))
    return parquet_of(lambda frame: frame.with_columns(odd.alias("age")))


NAN = "put NaN under source.missing, or clean the source"
VALUES = {
    "one class": (
        declared("drugexp >= 2500", "drugexp >= 0"),
        "clinic.csv: outcome high_spend: has the one value 1 in window metro: there is nothing to predict",
        "mend outcome.where, or name another column",
    ),
    "too many classes": (
        lambda project: (
            project.edit(DEFS, "{name: high_spend, where: drugexp >= 2500, settings: {max_iter: 20}}", "{name: age}"),
            rows(lambda frame: frame.with_columns(age="aged " + pl.col("age").cast(pl.String)))(project),
        ),
        "clinic.csv: outcome age: has ",
        "make it a condition under another name with outcome.where, or name another column",
    ),
    "people without an outcome": (
        lambda project: (
            project.edit(
                DEFS, "{name: high_spend, where: drugexp >= 2500, settings: {max_iter: 20}}", "{name: priolist}"
            ),
            some("priolist", "")(project),
        ),
        "clinic.csv: outcome priolist: is missing in 50 rows of window metro",
        "leave rows without an outcome out of the source",
    ),
    "a person twice": (
        rows(lambda frame: pl.concat([frame, frame.head(2)])),
        "clinic.csv: entity: 2 values of 'person' stand in more than one row (4 rows)",
        "remove the second rows, or declare `entity.rows: many`",
    ),
    "nobody": (
        some("person", ""),
        "clinic.csv: entity.column: 63 rows have no 'person'",
        "name who they are about",
    ),
    "all null": (
        rows(lambda frame: frame.with_columns(pl.lit(None).alias("income"))),
        "clinic.csv: column income: has no value in window metro",
        "put income under drop",
    ),
    "all null in one window": (
        rows(lambda frame: frame.with_columns(pl.when(msa=0).then("income"))),
        "clinic.csv: column income: has no value in window metro",
        "put income under drop",
    ),
    "mixed types": (
        some("age", "old"),
        "clinic.csv: column age: mixed types: numbers, and 63 texts such as 'old' in row 64",
        MOST,
    ),
    "texts in a number": (
        lambda project: (
            project.edit(DEFS, "  drop: [drugexp]", "  drop: [drugexp]\n  columns: {age: {kind: integer}}"),
            some("age", "old")(project),
        ),
        "clinic.csv: column age: has values that are no integer (such as 'old' in row 64)",
        "mend them, or declare another columns.age.kind",
    ),
    "NaN in text": (
        some("age", "NaN"),
        "clinic.csv: column age: holds 63 NaN values, the first in row 64",
        NAN,
    ),
    "NaN in numbers": (
        numbers(float("nan")),
        "clinic.parquet: column age: holds 63 NaN values, the first in row 64",
        NAN,
    ),
    "infinite in text": (
        some("age", "-inf"),
        "clinic.csv: column age: holds 63 infinite values, the first in row 64",
        "clean the source",
    ),
    "too great a number": (
        some("age", "1e999"),
        "clinic.csv: column age: holds 63 infinite values, the first in row 64",
        "clean the source",
    ),
    "infinite in numbers": (
        numbers(float("inf")),
        "clinic.parquet: column age: holds 63 infinite values, the first in row 64",
        "clean the source",
    ),
    "lists": (
        parquet_of(lambda frame: frame.with_columns(pl.concat_list("age", "educyr").alias("both"))),
        "clinic.parquet: column both: holds List(Int64), which is no single text, number or date",
        "take it apart in the source, or put it under drop",
    ),
    "bytes": (
        parquet_of(lambda frame: frame.with_columns(pl.col("age").cast(pl.String).cast(pl.Binary))),
        "clinic.parquet: column age: holds Binary, which is no single text, number or date",
        "take it apart in the source, or put it under drop",
    ),
}


@pytest.mark.parametrize(("change", "beginning", "remedy"), VALUES.values(), ids=VALUES)
def test_values_that_cannot_be_used(project, refused, change, beginning, remedy):
    change(project)
    said = both(project, refused)
    assert said.startswith(beginning)
    assert said.endswith(f"; {remedy}")


@pytest.mark.parametrize("name", ["one class", "a person twice", "mixed types"])
def test_a_run_says_the_same_and_makes_nothing(project, refused, name):
    change, beginning, remedy = VALUES[name]
    change(project)
    said = refused("run", "clinic", "--window", "metro")
    assert said.startswith(beginning) and said.endswith(f"; {remedy}")


def test_a_window_whose_rows_have_not_arrived(project, refused, supplychain):
    """To declare a window early is right; to land it is not."""
    project.edit(DEFS, "rural: 0", "abroad: 7")
    assert supplychain("check", "clinic")[0] == 0
    assert refused("run", "clinic", "--window", "abroad") == (
        "clinic.csv: window.values.abroad: has no rows with msa = 7 (there are: 0, 1); "
        "mend the value, or wait for the window's rows to arrive"
    )


def test_no_window_that_has_rows(project, refused):
    project.edit(DEFS, "{metro: 1, rural: 0}", "{metro: yes, rural: no}")
    assert both(project, refused).startswith(
        "clinic.csv: window.values.metro: has no rows with msa = 'yes' (there are: 0, 1); "
    )


def test_too_few_people_for_three_roles(project, refused):
    rows(lambda frame: frame.head(30))(project)
    said = refused("run", "clinic", "--window", "metro")
    assert said.startswith("clinic.csv: roles: role tune of window metro has 5 usable rows and 1 outcome classes; ")
    assert said.endswith("bring more rows: each role needs 10 and two classes")


MODULE = """
import pandas as pd
import polars as pl
FRAME = pl.read_csv("clinic.csv")
def polars(): return FRAME
def pandas(): return FRAME.to_pandas().set_index("person", drop=False)
def number(): return 7
def series(): return FRAME.to_pandas()["age"]
def lazy(): return FRAME.lazy()
def nothing(): return FRAME.clear()
def fails(): return {}["the warehouse"]
def wants(database): return FRAME
def imports(): import nowhere_at_all
"""
CALLABLES = {
    "nowhere_at_all:rows": (
        "cannot import 'nowhere_at_all' (No module named 'nowhere_at_all')",
        "mend the name, or install its package",
    ),
    "rows_wrong:rows": (
        "cannot import 'rows_wrong' (invalid syntax (rows_wrong.py, line 1))",
        "mend the name, or install its package",
    ),
    ".rows_real:polars": ("cannot import '.rows_real' (", "mend the name, or install its package"),
    "rows_real": ("rows_real has no function ''", "write module:function"),
    "rows_real:polar": ("rows_real has no function 'polar'", "write module:function"),
    "rows_real:FRAME": ("rows_real has no function 'FRAME'", "write module:function"),
    "rows_real:number": ("returned a value of type int", "return a polars or pandas frame"),
    "rows_real:series": ("returned a value of type Series", "return a polars or pandas frame"),
    "rows_real:lazy": ("returned a value of type LazyFrame", "return a polars or pandas frame"),
    "rows_real:nothing": ("has no rows", ROW),
    "rows_real:fails": (
        "raised KeyError ('the warehouse')",
        "mend the function, it is called without arguments; --debug shows where",
    ),
    "rows_real:wants": (
        "raised TypeError (",
        "mend the function, it is called without arguments; --debug shows where",
    ),
    "rows_real:imports": (
        "raised ModuleNotFoundError (",
        "mend the function, it is called without arguments; --debug shows where",
    ),
}


@pytest.fixture
def modules(project, monkeypatch):
    project.write("rows_real.py", MODULE)
    project.write("rows_wrong.py", "def rows(:\n")
    monkeypatch.syspath_prepend(str(project.root))
    yield
    sys.modules.pop("rows_real", None)


@pytest.mark.parametrize(
    ("name", "problem", "remedy"), [(name, *said) for name, said in CALLABLES.items()], ids=CALLABLES
)
def test_a_callable_that_gives_no_rows(project, refused, modules, name, problem, remedy):
    project.edit(DEFS, SOURCE, f"{{python: '{name}'}}")
    said = both(project, refused)
    assert said.startswith(f"{name}: source.python: {problem}")
    assert said.endswith(f"; {remedy}")


@pytest.mark.parametrize("function", ["polars", "pandas"])
def test_a_callable_that_gives_rows(project, modules, supplychain, function):
    project.edit(DEFS, SOURCE, f"{{python: 'rows_real:{function}'}}")
    code, out, err = supplychain("check", "clinic")
    assert (code, err) == (0, "") and "source (23 columns)" in out


REMEDIES = {
    "separator": ("another separator", declared(SOURCE, "{file: clinic.csv, separator: ';'}")),
    "many rows a person": ("a person twice", declared("{column: person}", "{column: person, rows: many}")),
    "drop": ("all null", declared("drop: [drugexp]", "drop: [drugexp, income]")),
    "drop lists": ("lists", declared("drop: [drugexp]", "drop: [drugexp, both]")),
    "missing texts": ("mixed types", declared(SOURCE, "{file: clinic.csv, missing: [old]}")),
    "a category": (
        "mixed types",
        declared("drop: [drugexp]", "drop: [drugexp]\n  columns: {age: {kind: category}}"),
    ),
    "missing NaN in text": ("NaN in text", declared(SOURCE, "{file: clinic.csv, missing: [NaN]}")),
    "missing NaN in numbers": (
        "NaN in numbers",
        declared("{file: clinic.parquet}", "{file: clinic.parquet, missing: [NaN]}"),
    ),
}


@pytest.mark.parametrize(("name", "remedy"), REMEDIES.values(), ids=REMEDIES)
def test_the_remedy_that_is_named_helps(project, refused, supplychain, name, remedy):
    ({**FILES, **VALUES}[name][0])(project)
    both(project, refused)
    remedy(project)
    code, _, err = supplychain("check", "clinic")
    assert (code, err) == (0, "")


def test_an_ordinary_decimal_is_a_number(project):
    """DuckDB and Parquet hold money so."""
    parquet_of(lambda frame: frame.with_columns(pl.col("income").cast(pl.Decimal(12, 3))))(project)
    land(project.chain(), "metro")
    landed = project.chain().ledger.current("clinic", "real", "metro")
    assert project.chain().store.read_table(landed.table)["income"].dtype == pl.Float64


def test_parquet_files_of_several_time_zones_are_brought_to_utc(project):
    zoned_files(project, "UTC", "Europe/Berlin", "America/New_York")
    land(project.chain(), "metro")
    landed = project.chain().ledger.current("clinic", "real", "metro")
    seen = project.chain().store.read_table(landed.table)["seen"]
    assert seen.dtype == pl.Datetime("us")
    assert set(seen) == {datetime(2003, 1, 1), datetime(2002, 12, 31, 23), datetime(2003, 1, 1, 5)}


def test_times_with_and_without_a_zone_in_one_column(project, refused):
    time = (
        pl.when(pl.col("person") % 2 == 0).then(pl.lit("2003-01-01T10:00:00")).otherwise(pl.lit("2003-01-01T10:00:00Z"))
    )
    rows(lambda frame: frame.with_columns(time.alias("seen")))(project)
    said = both(project, refused)
    assert said.startswith("clinic.csv: column seen: has times with a zone, such as '2003-01-01T10:00:00Z', and ")
    assert said.endswith("; give all of them a zone, or none, or declare columns.seen.kind: category")
