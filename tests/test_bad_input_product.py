"""Bad input in the product file: one line with file, line, key and remedy, from `check` and `run` alike."""

from __future__ import annotations

import json

import polars as pl
import pytest

import supplychain as api
from supplychain.project import find_product
from tests.bad_input import DEFS, refuser
from tests.conftest import CLINIC

DROP = "  drop: [drugexp]\n"
SLICES = "slices: {poor-health: fair = 1 OR poor = 1}"


@pytest.fixture
def refused(project, supplychain):
    return refuser(project, supplychain)


def both(refused) -> str:
    """The line of `check`, which is also that of `run`."""
    line = refused("check", "clinic")
    assert refused("run", "clinic", "--window", "metro") == line
    return line


UNKNOWN_KEYS = {
    "colour": (DROP, DROP + "  colour: red\n", "12: colour", "did you mean 'columns'?"),
    "in a section": (
        "{file: clinic.csv}",
        "{file: clinic.csv, seperator: ','}",
        "7: source.seperator",
        "did you mean 'separator'?",
    ),
    "of a column": (
        DROP,
        DROP + "  columns: {age: {knd: integer}}\n",
        "12: columns.age.knd",
        "did you mean 'kind'?",
    ),
    "a lever": ("coverage: {rows", "coverge: {rows", "15: levers.coverge", "did you mean 'coverage'?"),
    "far off": (DROP, DROP + "  roles: {xyz: 1}\n", "12: roles.xyz", "known are: gold, key, train, tune"),
    "at the top": (
        "\nattributes:",
        "\nrequirementz: {}\nattributes:",
        "3: requirementz",
        "did you mean 'requirements'?",
    ),
}


@pytest.mark.parametrize(("old", "new", "where", "remedy"), UNKNOWN_KEYS.values(), ids=UNKNOWN_KEYS)
def test_an_unknown_key_is_named_with_its_line_and_the_nearest_known_one(project, refused, old, new, where, remedy):
    project.edit(DEFS, old, new)
    assert both(refused) == f"{DEFS}:{where}: unknown key; {remedy}"


WHOLE, LIST, MAPPING = (
    "write a whole number",
    "write a list, such as [a, b]",
    "write a mapping, such as {key: value}",
)
TEXT = "write a text, in quotes where YAML takes it for something else"
WRONG_TYPES = {
    "text for a list": ("drop: [drugexp]", "drop: drugexp", "11: drop: 'drugexp'", LIST),
    "nothing for a list": ("drop: [drugexp]", "drop:", "11: drop: nothing", LIST),
    "text for a number": ("all: 400", "all: many", "15: levers.coverage.rows.all: 'many'", WHOLE),
    "a number in quotes": ("all: 400", "all: '400'", "15: levers.coverage.rows.all: '400'", WHOLE),
    "a fraction": ("all: 400", "all: 4.5", "15: levers.coverage.rows.all: 4.5", WHOLE),
    "true for a number": ("all: 400", "all: true", "15: levers.coverage.rows.all: True", WHOLE),
    "text for a share": (
        DROP,
        DROP + "  roles: {train: most}\n",
        "12: roles.train: 'most'",
        "write a number",
    ),
    "text for a mapping": (
        "source: {file: clinic.csv}",
        "source: clinic.csv",
        "7: source: 'clinic.csv'",
        MAPPING,
    ),
    "a list for a mapping": ("entity: {column: person}", "entity: [person]", "8: entity: a list", MAPPING),
    "a number for text": ("name: clinic", "name: 7", "4: name: 7", TEXT),
    "a number in a list of texts": ("csv}", "csv, missing: [9]}", "7: source.missing.0: 9", TEXT),
    "a mapping for a value": ("metro: 1", "metro: {a: 1}", "9: window.values.metro: a mapping", TEXT),
    "no window": ("{metro: 1, rural: 0}", "{}", "9: window.values: a mapping", "write at least one"),
    "out of range": (
        "all: 400",
        "all: -4",
        "15: levers.coverage.rows.all: -4",
        "it should be greater than or equal to 1",
    ),
    "no such kind": (
        DROP,
        DROP + "  columns: {age: {kind: intger}}\n",
        "12: columns.age.kind: 'intger'",
        "it should be 'integer', 'number', 'category', 'flag', 'date' or 'datetime'",
    ),
    "a slice's name": (
        SLICES,
        "slices: {Poor_Health: fair = 1, poor-health: fair = 1}",
        "13: slices.Poor_Health: 'Poor_Health'",
        "write small letters, digits and single hyphens, such as night-shift",
    ),
    "two separators": (
        "csv}",
        "csv, separator: ';;'}",
        "7: source.separator: ';;'",
        "write one character, such as ';'",
    ),
}


@pytest.mark.parametrize(("old", "new", "where", "remedy"), WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_a_value_of_a_wrong_type_is_shown_with_what_to_write(project, refused, old, new, where, remedy):
    project.edit(DEFS, old, new)
    assert both(refused) == f"{DEFS}:{where} does not fit here; {remedy}"


CONTRADICTIONS = {
    "a missing key": (
        "  outcome: {name: high_spend, where: drugexp >= 2500, settings: {max_iter: 20}}\n",
        "",
        "4: outcome: is missing; add it",
    ),
    "two sources": (
        "{file: clinic.csv}",
        "{file: clinic.csv, python: 'a:b'}",
        "7: source: has file and python; give exactly one of file, duckdb, python",
    ),
    "no source": (
        "{file: clinic.csv}",
        "{origin: a survey}",
        "7: source: has no rows; give exactly one of file, duckdb, python",
    ),
    "a database alone": (
        "{file: clinic.csv}",
        "{duckdb: clinic.duckdb}",
        "7: source: does not say what to read; give duckdb and exactly one of table and query",
    ),
    "shares": (
        DROP,
        DROP + "  roles: {train: 0.5, tune: 0.2, gold: 0.2}\n",
        "12: roles: train + tune + gold is 0.9; make the three shares add up to 1",
    ),
    "rows for no slice": (
        "poor-health: 100",
        "poor-helth: 100",
        "15: levers.coverage.rows.poor-helth: there is no such slice; did you mean 'poor-health'?",
    ),
    "a review that is empty": (
        DROP,
        DROP + "  review:\n",
        "12: review: is empty, and would switch nothing on; write `review: {}`, or take it out",
    ),
    "a slice that is to be reviewed twice": (
        DROP,
        DROP + "  review: {slices: [poor-health, poor-health]}\n",
        "12: review.slices: poor-health stands twice; leave it once",
    ),
    "a group of a field that no record has": (
        DROP,
        DROP + "  review:\n    groups:\n      Person: [aeg]\n",
        "14: review.groups.Person: names 'aeg', which no record has; did you mean 'age'?",
    ),
    "a slice called all": (
        SLICES,
        "slices: {all: age > 70, poor-health: fair = 1}",
        "13: slices.all: this name always means every row; give the slice another",
    ),
    "name and folder": (
        "name: clinic",
        "name: hospital",
        "4: name: 'hospital' differs from the folder 'clinic'; make them the same",
    ),
    "another component": (
        "type: assets.DataProduct",
        "type: assets.DataProdct",
        "2: type: unknown type 'assets.DataProdct'; write `type: assets.DataProduct`",
    ),
    "a key twice": (DROP, DROP + DROP, "12: drop: this key stands twice; remove one"),
    "a key twice in a line": (
        "{file: clinic.csv}",
        "{file: a.csv, file: b.csv}",
        "7: file: this key stands twice; remove one",
    ),
}


@pytest.mark.parametrize(("old", "new", "line"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_file_that_contradicts_itself_is_refused_at_its_line(project, refused, old, new, line):
    project.edit(DEFS, old, new)
    assert both(refused) == f"{DEFS}:{line}"


NOT_YAML = {
    "an open brace": (
        CLINIC.replace("clinic.csv}", "clinic.csv").encode(),
        "8",
        "is not YAML (expected ',' or '}', but got ':')",
        "mend that line",
    ),
    "a tab": (
        CLINIC.replace("  drop", "\tdrop").encode(),
        "11",
        "is not YAML (found character '\\t'",
        "mend that line",
    ),
    "a control character": (
        CLINIC.replace("Real", "R\x01al").encode(),
        "5",
        "is not YAML (unacceptable character",
        "mend that line",
    ),
    "two documents": (
        f"{CLINIC}---\na: 1\n".encode(),
        "18",
        "is not YAML (but found another document)",
        "mend that line",
    ),
    "Latin 1": (
        CLINIC.replace("Real", "Réal").encode("latin-1"),
        "5",
        "has bytes that are not UTF-8",
        "save it as UTF-8",
    ),
    "nothing": (
        b"",
        "",
        "is not a product file",
        "write `type: assets.DataProduct` and `attributes:` at its top",
    ),
    "a list": (
        b"- a\n",
        "",
        "is not a product file",
        "write `type: assets.DataProduct` and `attributes:` at its top",
    ),
}


@pytest.mark.parametrize(("content", "number", "problem", "remedy"), NOT_YAML.values(), ids=NOT_YAML)
def test_a_file_that_is_not_yaml_is_refused_at_its_line(project, refused, content, number, problem, remedy):
    (project.root / DEFS).write_bytes(content)
    line = both(refused)
    assert line.startswith(f"{DEFS}:{number}: {problem}" if number else f"{DEFS}: {problem}")
    assert line.endswith(f"; {remedy}")


def test_a_folder_in_the_place_of_the_file(project, refused):
    (project.root / DEFS).unlink()
    (project.root / DEFS).mkdir()
    assert both(refused) == f"{DEFS}: cannot be read (Is a directory); put a readable file there"


def test_a_product_that_is_not_there(project, refused):
    folder = project.root / "assets/products"
    for arguments in (("check", "clnic"), ("run", "clnic"), ("status", "clnic")):
        assert refused(*arguments) == f"{folder}: there is no product 'clnic'; did you mean 'clinic'?"


@pytest.mark.parametrize("arguments", [("check",), ("check", "clinic"), ("run", "clinic")])
def test_outside_of_a_project(project, refused, monkeypatch, arguments):
    monkeypatch.chdir(project.root.parent)
    line = refused(*arguments)
    assert line.startswith(f"{project.root.parent}: no project here: ")
    assert line.endswith("workspace.yaml and assets/; change into the project's folder")


PREDICATES = {
    "does not parse": (
        "fair = = 1",
        "cannot read the predicate 'fair = = 1'",
        "write one SQL condition, text in single quotes: region = 'rural' AND age >= 65",
    ),
    "two statements": (
        "fair = 1; DROP TABLE x",
        "cannot read the predicate 'fair = 1; DROP TABLE x'",
        "write one SQL condition, text in single quotes: region = 'rural' AND age >= 65",
    ),
    "unknown column": (
        "fiar = 1",
        "reads 'fiar', which is no column of the real rows",
        "did you mean 'fair'?",
    ),
    "another type": (
        "fair = 'yes'",
        "cannot evaluate \"fair = 'yes'\" (cannot compare string with numeric type (i64))",
        "compare a column with a value of its own type, text in single quotes",
    ),
    "no condition": ("fair + 1", "'fair + 1' is not a condition", "compare with something: age >= 65"),
    "matches no row": (
        "age > 300",
        "no row of the source satisfies 'age > 300'",
        "mend the predicate, or remove the slice",
    ),
}


@pytest.mark.parametrize(("predicate", "problem", "remedy"), PREDICATES.values(), ids=PREDICATES)
def test_a_slice_that_cannot_be_used_is_refused_at_its_line(project, refused, predicate, problem, remedy):
    project.edit(DEFS, "fair = 1 OR poor = 1", predicate)
    line = both(refused)
    assert line.startswith(f"{DEFS}:13: slices.poor-health: {problem}")
    assert line.endswith(f"; {remedy}")


OUTCOMES = {
    "does not parse": (
        "drugexp >=",
        "cannot read the predicate 'drugexp >='",
        "text in single quotes: region = 'rural' AND age >= 65",
    ),
    "unknown column": ("drugxp >= 2500", "reads the unknown column 'drugxp'", "did you mean 'drugexp'?"),
    "no condition": ("drugexp", "'drugexp' is not a condition", "compare with something: age >= 65"),
}


@pytest.mark.parametrize(("condition", "problem", "remedy"), OUTCOMES.values(), ids=OUTCOMES)
def test_an_outcome_that_cannot_be_made_is_refused_at_its_line(project, refused, condition, problem, remedy):
    project.edit(DEFS, "drugexp >= 2500", condition)
    line = both(refused)
    assert line.startswith(f"{DEFS}:10: outcome.where: {problem}")
    assert line.endswith(remedy)


def test_a_window_that_does_not_exist(refused):
    line = refused("run", "clinic", "--window", "urban")
    assert line == f"{DEFS}: window.values: there is no window 'urban'; did you mean 'rural'?"


def test_a_window_of_a_product_without_windows(project, refused):
    project.edit(DEFS, "  window: {column: msa, values: {metro: 1, rural: 0}}\n", "")
    assert (
        refused("run", "clinic", "--window", "metro") == f"{DEFS}: window: there is no window 'metro'; known are: all"
    )


SYNTHESIZERS = {
    "unknown": (
        "margnals",
        "17: generate.synthesizer: there is no synthesizer 'margnals'",
        "did you mean 'marginals'?",
    ),
    "a setting": (
        "marginals, settings: {epochs: 3}",
        "17: generate.settings: marginals does not take these settings",
        "mend their names",
    ),
    "a setting of SDV's": (
        "ctgan, settings: {epoch: 3}",
        "17: generate.settings: ctgan does not take these settings (unknown: epoch; known: batch_size,",
        "mend their names",
    ),
}


@pytest.mark.parametrize(("chosen", "problem", "remedy"), SYNTHESIZERS.values(), ids=SYNTHESIZERS)
def test_a_synthesizer_that_cannot_be_made_is_refused_before_anything_is(project, refused, chosen, problem, remedy):
    project.edit(DEFS, "synthesizer: marginals", f"synthesizer: {chosen}")
    line = both(refused)
    assert line.startswith(f"{DEFS}:{problem}")
    assert line.endswith(f"; {remedy}")


@pytest.mark.parametrize("text", ["type: [\n", "type: assets.DataProduct\nattributes: {name: other, colour: red}\n"])
def test_another_product_that_is_broken_is_the_one_that_is_named(project, refused, text):
    """Dagster loads the products of a project together."""
    project.write("assets/products/other/defs.yaml", text)
    line = refused("run", "clinic", "--window", "metro")
    assert line.startswith("assets/products/other/defs.yaml:2: ")


@pytest.mark.long
def test_no_stays_text_all_the_way_to_the_release(project, supplychain):
    """YAML 1.1, which Dagster reads, takes Norway's code for false; a product file is YAML 1.2."""
    project.edit(DEFS, "csv}", "csv, missing: [NO, Off]}")
    project.edit(DEFS, "Real people, few enough for a test.", "NO")
    project.edit(DEFS, "{column: msa, values: {metro: 1, rural: 0}}", "{column: country, values: [SE, no]}")
    for suite in ("real", "synthetic"):
        rule = "expect_column_values_to_be_in_set\n    kwargs: {column: country, value_set: [SE, no]}"
        file = f"expectations/clinic/{suite}.yaml"
        project.edit(
            file,
            "expect_column_values_to_be_between\n    kwargs: {column: age, min_value: 65, max_value: 100}",
            rule,
        )
    people = pl.read_csv("clinic.csv").with_columns(
        pl.when(msa=1).then(pl.lit("SE")).otherwise(pl.lit("no")).alias("country")
    )
    people.write_csv("clinic.csv")

    code, out, err = supplychain("run", "clinic", "--window", "no", "--json")
    assert code == 0, err
    assert json.loads(out)[0]["release"]["windows"] == ["no"]
    assert api.load("clinic")["country"].unique().to_list() == ["no"]
    product = find_product("clinic", project.root)
    assert (product.description, product.source.missing, product.windows) == (
        "NO",
        ("NO", "Off"),
        ("SE", "no"),
    )
