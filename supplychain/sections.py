"""Sections of the product file on the rows: where they come from, whom they are about, what is asked of them.

The sections on what the chain does with them have files of their own, beside this one.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from supplychain.part import ImportPath, Part, Predicate, Separator, WindowName, or_list_of_names

Kind = Literal["integer", "number", "category", "flag", "date", "datetime"]
Flag = Literal["special-category", "minors", "consent-pending"]


class Source(Part):
    """Where the real rows come from: exactly one of `file`, `duckdb` and `python`."""

    file: str | None = Field(
        None,
        description="A CSV, gzip-compressed CSV or Parquet file, relative to the project; globs allowed.",
    )
    duckdb: str | None = Field(None, description="A DuckDB database file, relative to the project; opened read-only.")
    table: str | None = Field(None, description="The table or view of `duckdb` to read.")
    query: str | None = Field(None, description="A SELECT over `duckdb`, instead of `table`.")
    python: str | None = Field(
        None,
        description="`module:function` that returns a polars or pandas frame when called without arguments.",
    )
    separator: Separator = Field(",", description="The character that parts the fields of a CSV file.")
    missing: tuple[str, ...] = Field(
        (),
        description="Texts that stand for a missing value, beside the empty text. `NaN` also covers a number's NaN.",
    )
    origin: str = Field("", description="Who collected the data, when and where; stands in the data card.")
    licence: str = Field("", description="The licence of the data; stands in the data card.")

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        given = [key for key in ("file", "duckdb", "python") if getattr(self, key)]
        if len(given) != 1:
            there = " and ".join(given) or "no rows"
            raise ValueError(f"has {there}; give exactly one of file, duckdb, python")
        if bool(self.duckdb) != bool(self.table or self.query) or (self.table and self.query):
            raise ValueError("does not say what to read; give duckdb and exactly one of table and query")
        return self


class Entity(Part):
    """Who a row is about. Roles are given to entities, never to rows."""

    column: str = Field(description="The column that identifies the entity; never generated, never released.")
    rows: Literal["one", "many"] = Field(
        "one", description="Whether an entity has one row (then a second one is an error) or may have many."
    )


class Window(Part):
    """How arriving rows are parted into windows."""

    model_config = ConfigDict(json_schema_extra=or_list_of_names("values", "string", "number", "boolean"))

    column: str = Field(description="The column whose value names the window a row arrived in.")
    values: dict[WindowName, str | int | float | bool] | None = Field(
        None,
        description="Each window's name and value, in order of arrival; a list where the values are the names. Without "
        "it the windows are those found in the source, named by their values, in order of arrival.",
        min_length=1,
    )

    @model_validator(mode="before")
    @classmethod
    def _list_of_names(cls, data: Any) -> Any:  # noqa: ANN401  (what YAML holds)
        if isinstance(data, dict) and isinstance(data.get("values"), list):
            return {**data, "values": {str(value): value for value in data["values"]}}
        return data


class Outcome(Part):
    """What the released data is for: the column that a model is to predict."""

    name: str = Field(description="The outcome's name; with `where`, the name of the new flag.")
    where: Predicate | None = Field(
        None,
        description="A SQL condition that makes the outcome from other columns; without it `name` is a column.",
    )
    model: ImportPath | None = Field(
        None,
        description="The outcome model by which gaps are found: a scikit-learn estimator as `module:Class`. Without "
        "it, gradient-boosted trees whose settings are tuned on roles train and tune.",
    )
    settings: dict[str, Any] = Field(default_factory=dict, description="Arguments of that estimator.")


class Column(Part):
    """What the data alone does not say of a column."""

    kind: Kind | None = Field(None, description="How to read it, where inference from the values would err.")
    description: str = Field("", description="What it holds, for the UI, the card and reviewers.")
    unit: str = Field("", description="The unit of a number.")
    missing: tuple[str, ...] = Field(
        (),
        description="Texts that stand for a missing value in this column alone, beside those of `source.missing`.",
    )


class Roles(Part):
    """Shares of the entities in each role; the same entity always has the same role."""

    train: float = Field(0.6, strict=True, gt=0, lt=1, description="Rows that generators may see.")
    tune: float = Field(0.2, strict=True, gt=0, lt=1, description="Rows for gap search, calibration and thresholds.")
    gold: float = Field(
        0.2, strict=True, gt=0, lt=1, description="Rows for the release gates only; every look is counted."
    )
    key: str = Field("", description="Key of the hash that assigns roles; the product's name where empty.")

    @model_validator(mode="after")
    def _whole(self) -> Roles:
        if abs(self.train + self.tune + self.gold - 1) > 1e-9:
            total = self.train + self.tune + self.gold
            raise ValueError(f"train + tune + gold is {total:g}; make the three shares add up to 1")
        return self


class Gaps(Part):
    """How gaps are looked for, beside the declared slices."""

    columns: tuple[str, ...] = Field(
        (), description="Columns that may define a found slice; every modelled column where empty."
    )
    depth: int = Field(
        3, strict=True, ge=0, le=3, description="The most columns in a found slice; 0 looks at declared slices alone."
    )
    least_rows: int = Field(50, strict=True, ge=20, description="Rows of train and tune that a found slice has.")
    most: int = Field(10, strict=True, ge=0, le=100, description="The most slices that are found, the worst first.")
    false_discovery: float = Field(
        0.05,
        strict=True,
        gt=0,
        lt=1,
        description="The share of found slices that may be found by chance (Benjamini and Hochberg, 1995).",
    )
    matters: float = Field(
        0.1,
        strict=True,
        gt=0,
        description="How much worse is a gap, however sure it is: the loss of the slice less that of all other rows, "
        "as a share of the loss of all rows.",
    )
    overconfident: float = Field(
        0.05,
        strict=True,
        gt=0,
        lt=1,
        description="How much surer than right is a gap: the mean highest probability less the share that is right.",
    )
