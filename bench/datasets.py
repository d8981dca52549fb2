"""The real data of the benchmarks, each as a product with rows parted by entity: generators see `train` alone.

The embedded product is always there. The others are public files, not carried by this repository, that lie in the
folder named by SUPPLYCHAIN_TEST_DATA; what is not there is left out, and said.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import yaml

from supplychain.define.land import prepare
from supplychain.define.source import read_source
from supplychain.gates import read_suite, row_conditions
from supplychain.product import Product
from supplychain.project import find_product, project_root
from supplychain.schema import Schema

FOLDER = Path(os.environ.get("SUPPLYCHAIN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
CLINIC_DRUGS = (
    "metformin repaglinide nateglinide chlorpropamide glimepiride acetohexamide glipizide glyburide tolbutamide "
    "pioglitazone rosiglitazone acarbose miglitol troglitazone tolazamide examide citoglipton insulin "
    "glyburide-metformin glipizide-metformin glimepiride-pioglitazone metformin-rosiglitazone metformin-pioglitazone"
).split()
NO_DRUG = " AND ".join(f"\"{drug}\" = 'No'" for drug in CLINIC_DRUGS)
NO_CHANGE = " AND ".join(f"\"{drug}\" IN ('No', 'Steady')" for drug in CLINIC_DRUGS)
COURSES = {
    "AAA": "2013J 2014J", "BBB": "2013B 2013J 2014B 2014J", "CCC": "2014B 2014J", "DDD": "2013B 2013J 2014B 2014J",
    "EEE": "2013J 2014B 2014J", "FFF": "2013B 2013J 2014B 2014J", "GGG": "2013J 2014B 2014J",
}  # fmt: skip
CENSUS_CODES = "SEX MSP HISP RAC1P HOUSING_TYPE OWN_RENT INDP INDP_CAT DVET DREM DPHY DEYE DEAR".split()


@dataclass(frozen=True)
class Data:
    """A data set of the benchmarks.

    Attributes:
        product: What its product file says, or would say.
        rules: Domain rules as SQL conditions on a row, all of which hold on every real row; on a row where one is
            unknown it is not broken. A product with a suite of its own is judged by that instead.
        most_rows: Whole entities are drawn until there are so many rows; None takes all.
    """

    product: Product
    rules: tuple[str, ...] = ()
    most_rows: int | None = None

    @property
    def outcome(self) -> str:
        return self.product.outcome.name


@dataclass(frozen=True)
class Parts:
    """The rows of each role, with `_entity`, and what is known of them.

    `doubts` are conditions that a row breaks which may be and which a person should look at first, by their ids: a
    product's rules of severity `info`, and bench/doubts for data sets without a suite.
    """

    train: pl.DataFrame
    tune: pl.DataFrame
    gold: pl.DataFrame
    schema: Schema
    outcome: str
    rules: tuple[str, ...]
    doubts: Mapping[str, str] = field(default_factory=dict)


def declared(name: str, outcome: dict, kinds: dict[str, list[str]], **attributes: object) -> Product:
    """A product over the file of that name, asking for nothing that the benchmarks read."""
    columns = {column: {"kind": kind} for kind, names in kinds.items() for column in names}
    source = {"file": f"{name}.csv.gz", "missing": attributes.pop("missing", [])}
    levers = {"coverage": {"rows": {"all": 1}}}
    words = {"name": name.replace("_", "-"), "source": source, "outcome": outcome, "columns": columns, "levers": levers}
    return Product.model_validate({**words, **attributes})


def diabetes130() -> Data:
    """Encounters of diabetic inpatients: who is back within thirty days?"""
    codes = ["admission_type_id", "discharge_disposition_id", "admission_source_id", "diag_1", "diag_2", "diag_3"]
    rules = (
        "discharge_disposition_id NOT IN ('11', '19', '20', '21') OR back_soon = 0",  # the dead
        "time_in_hospital >= 1 AND time_in_hospital <= 14",
        "number_diagnoses >= 3 OR diag_3 IS NULL",
        "number_diagnoses >= 2 OR diag_2 IS NULL",
        f"diabetesMed = 'Yes' OR ({NO_DRUG})",
        f"diabetesMed = 'No' OR NOT ({NO_DRUG})",
        f"change = 'Ch' OR ({NO_CHANGE})",
        "diabetesMed = 'Yes' OR change = 'No'",
        "num_procedures >= 0 AND num_procedures <= 6",
    )
    product = declared(
        "diabetes130",
        {"name": "back_soon", "where": "readmitted = '<30'"},
        {"category": codes},
        missing=["?"],
        entity={"column": "patient_nbr", "rows": "many"},
        drop=["encounter_id", "readmitted"],
    )
    return Data(product, rules, most_rows=30_000)


def credit_card_clients() -> Data:
    """Credit-card clients in Taiwan: who does not pay next month?"""
    months = ("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")
    # Whoever is three months behind or more was at least two behind the month before.
    behind = tuple(f"{now} < 3 OR {before} >= 2" for now, before in itertools.pairwise(months))
    rules = (
        *behind,
        *(f"PAY_AMT{month} >= 0" for month in range(1, 7)),
        "PAY_0 < 3 OR BILL_AMT2 > 0",
        "PAY_5 <> 1 AND PAY_6 <> 1",
        "LIMIT_BAL >= 10000 AND LIMIT_BAL <= 1000000",
        "AGE >= 21 AND AGE <= 79",
    )
    codes = {"category": ["SEX", "EDUCATION", "MARRIAGE"]}
    return Data(declared("credit_card_clients", {"name": "default payment"}, codes), rules)


def oulad() -> Data:
    """Students of the Open University: who passes the course?"""
    offered = (
        f"(code_module = '{module}' AND code_presentation IN ({', '.join(repr(each) for each in when.split())}))"
        for module, when in COURSES.items()
    )
    rules = (
        " OR ".join(offered),
        "studied_credits >= 60 OR code_module IN ('CCC', 'EEE', 'GGG')",
        "studied_credits >= 30 AND studied_credits % 5 = 0",
        "num_of_prev_attempts >= 0 AND num_of_prev_attempts <= 6",
    )
    product = declared(
        "oulad",
        {"name": "passed", "where": "final_result = 'Pass'"},
        {},
        entity={"column": "id_student", "rows": "many"},
        drop=["final_result"],
    )
    return Data(product, rules)


def acs_national_2018() -> Data:
    """Person records of the American Community Survey: who lives in a home that the household owns?"""
    return Data(
        declared(
            "acs_national_2018",
            {"name": "owns", "where": "OWN_RENT = '1'"},
            {"category": CENSUS_CODES},
            missing=["N"],
            drop=["OWN_RENT"],
        ),
        (
            "(AGEP < 3) = (EDU IS NULL)",
            "(AGEP < 15) = (MSP IS NULL)",
            "(AGEP < 15) = (PINCP IS NULL)",
            "(PINCP IS NULL) = (PINCP_DECILE IS NULL)",
            "(AGEP < 5) = (DREM IS NULL)",
            "(AGEP < 5) = (DPHY IS NULL)",
            "(INDP IS NULL) = (INDP_CAT IS NULL)",
            "AGEP >= 16 OR INDP IS NULL",
            "AGEP >= 17 OR DVET IS NULL",
            "(HOUSING_TYPE = '1') = (NOC IS NOT NULL)",
            "HOUSING_TYPE = '1' OR NPF IS NULL",
            "HOUSING_TYPE = '1' OR owns = 0",
            "(HOUSING_TYPE = '1') = (WGTP > 0)",
            "NOC < NPF",
            "NPF IS NOT NULL OR NOC IS NULL OR NOC = 0",
            "HOUSING_TYPE <> '2' OR POVPIP IS NULL",
            "AGEP >= 17 OR EDU < 9",
            "AGEP >= 18 OR EDU < 10",
        ),
    )


def drug_spend() -> Data:
    """The embedded product; its rules are those of its suite."""
    return Data(find_product("drug-spend", project_root()))


DATA = {
    "drug-spend": drug_spend,
    "diabetes130": diabetes130,
    "credit_card_clients": credit_card_clients,
    "oulad": oulad,
    "acs_national_2018": acs_national_2018,
}


def available(names: list[str] | None = None) -> list[str]:
    """Those of the data sets whose rows are here; what is left out is said on standard error."""
    for name in names or []:
        if name not in DATA:
            raise SystemExit(f"there is no data set {name!r}: {', '.join(DATA)}")
    there = [name for name in names or DATA if name == "drug-spend" or (FOLDER / f"{name}.csv.gz").is_file()]
    for name in sorted({*(names or DATA)} - {*there}):
        print(f"{name} is left out: set SUPPLYCHAIN_TEST_DATA to a folder with {name}.csv.gz", file=sys.stderr)
    return there


def load(name: str, seed: int = 1, *, whole: bool = False) -> Parts:
    """The rows of a data set by role, parted by entity as the chain parts them; each seed parts them anew.

    `whole` takes all of them where the benchmarks of fitting take a part.
    """
    data = DATA[name]()
    product = data.product.model_copy(
        update={"roles": data.product.roles.model_copy(update={"key": f"bench-{name}-{seed}"})}
    )
    root = project_root() if name == "drug-spend" else FOLDER
    everyone = _sampled(
        prepare(product, read_source(product, root), name).drop("_window"), None if whole else data.most_rows
    )
    schema = Schema.of(everyone)
    rules = data.rules or _suite_rules(product, everyone)
    everyone = everyone.filter(kept(everyone, rules).select(pl.all_horizontal(pl.all())).to_series())  # as landing does
    roles = {role: everyone.filter(pl.col("_role") == role).drop("_role") for role in ("train", "tune", "gold")}
    return Parts(**roles, schema=schema, outcome=data.outcome, rules=rules, doubts=_doubts(product, name))


def _sampled(rows: pl.DataFrame, most: int | None) -> pl.DataFrame:
    """Whole entities, in an order that no column decides, until there are so many rows."""
    if most is None or rows.height <= most:
        return rows
    people = rows.group_by("_entity").len().sort(pl.col("_entity").hash(seed=1), "_entity")
    chosen = people.filter(pl.col("len").cum_sum() <= most)
    return rows.join(chosen, on="_entity", how="semi", maintain_order="left")


def _suite_rules(product: Product, rows: pl.DataFrame) -> tuple[str, ...]:
    return row_conditions(read_suite(_suite_file(product)), rows.schema)


def _doubts(product: Product, name: str) -> dict[str, str]:
    suite, written = _suite_file(product), Path(__file__).parent / "doubts" / f"{name}.yaml"
    if suite.is_file():
        return {rule.id: rule.kwargs["rule"] for rule in read_suite(suite).doubts.rules}
    return {each["id"]: each["rule"] for each in yaml.safe_load(written.read_text())} if written.is_file() else {}


def _suite_file(product: Product) -> Path:
    return project_root() / "expectations" / product.name / "synthetic.yaml"


def kept(rows: pl.DataFrame, rules: tuple[str, ...]) -> pl.DataFrame:
    """Whether each row keeps each rule: a column a rule, a row a row."""
    return rows.select(pl.sql_expr(rule).fill_null(value=True).alias(str(number)) for number, rule in enumerate(rules))
