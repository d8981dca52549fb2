"""Bad input in a suite: one line with file, line, rule and remedy; nothing is dropped without a word."""

from __future__ import annotations

import pytest

from supplychain.errors import BadInput
from supplychain.gates import judge, read_suite
from tests.bad_input import refuser

REAL, SYNTHETIC, EVIDENCE = (f"expectations/clinic/{name}.yaml" for name in ("real", "synthetic", "evidence"))
BETWEEN = "expect_column_values_to_be_between"
AGE = "{column: age, min_value: 65, max_value: 100}"
SQL = "rule: vegood + good + fair + poor <= 1"
MEASURED = "expect_evidence_to_be_between"
OTHER_FILE = f"put {MEASURED} into evidence.yaml, other rules into real.yaml or synthetic.yaml"
SHAPE = "write {type, kwargs, severity, meta: {id, gate, why}}"


@pytest.fixture
def refused(project, supplychain):
    return refuser(project, supplychain)


TYPES_AND_ARGUMENTS = {
    "type": (
        REAL,
        BETWEEN,
        BETWEEN.replace("between", "betwen"),
        "8: age: unknown expectation 'expect_column_values_to_be_betwen'",
        f"did you mean '{BETWEEN}'?",
    ),
    "type, of candidates": (
        SYNTHETIC,
        BETWEEN,
        "expect_colum_values_to_be_between",
        "8: age: unknown expectation 'expect_colum_values_to_be_between'",
        f"did you mean '{BETWEEN}'?",
    ),
    "type, of evidence": (
        EVIDENCE,
        MEASURED,
        "expect_evidence_between",
        "4: marginals: unknown expectation 'expect_evidence_between'",
        f"did you mean '{MEASURED}'?",
    ),
    "argument": (
        REAL,
        "min_value",
        "min_val",
        f"8: age: {BETWEEN} takes no argument 'min_val'",
        "did you mean 'min_value'?",
    ),
    "argument, of evidence": (
        EVIDENCE,
        "min_value",
        "minvalue",
        f"4: marginals: {MEASURED} takes no argument 'minvalue'",
        "did you mean 'min_value'?",
    ),
    "argument missing": (
        REAL,
        "column: age, ",
        "",
        f"8: age: column does not fit {BETWEEN} (field required)",
        "mend kwargs.column",
    ),
    "argument's type": (
        REAL,
        "min_value: 65",
        "min_value: old",
        f"8: age: min_value does not fit {BETWEEN} (value is not a valid float)",
        "mend kwargs.min_value",
    ),
    "argument's range": (
        REAL,
        "mostly: 0.98",
        "mostly: 98",
        "4: one-health-status: mostly does not fit expect_rows_to_satisfy_sql "
        "(ensure this value is less than or equal to 1.0)",
        "mend kwargs.mostly",
    ),
    "argument's choice": (
        EVIDENCE,
        "bound: low",
        "bound: lower",
        f"8: no-copies: bound does not fit {MEASURED} (unexpected value; permitted: 'surely', 'value', 'low', 'high')",
        "mend kwargs.bound",
    ),
    "no limit": (
        REAL,
        AGE,
        "{column: age}",
        f"8: age: kwargs does not fit {BETWEEN} (min_value and max_value cannot both be None)",
        "mend its kwargs",
    ),
    "no limit, of evidence": (
        EVIDENCE,
        "marginal.mean, min_value: 0.8",
        "marginal.mean",
        "4: marginals: has no limit, and would pass everything",
        "add min_value or max_value",
    ),
    "limits that nothing meets": (
        EVIDENCE,
        "min_value: 0.8}",
        "min_value: 0.8, max_value: 0.7}",
        "4: marginals: wants at least 0.8 and at most 0.7: nothing can meet that",
        "mend min_value or max_value",
    ),
    "limit that no share meets": (
        EVIDENCE,
        "min_value: 0.8}",
        "min_value: 80}",
        "4: marginals: wants marginal.mean beyond 80, and it lies between 0 and 1",
        "mend min_value or max_value",
    ),
    "strict limits that nothing meets": (
        REAL,
        AGE,
        "{column: age, min_value: 65, max_value: 65, strict_min: true}",
        "8: age: wants more than 65 and less than 65: nothing can meet that",
        "mend min_value or max_value",
    ),
    "no value allowed": (
        REAL,
        f"{BETWEEN}\n    kwargs: {AGE}",
        "expect_column_values_to_be_in_set\n    kwargs: {column: age, value_set: []}",
        "8: age: allows no value: nothing can meet that",
        "fill value_set",
    ),
    "metric": (
        EVIDENCE,
        "marginal.mean",
        "marginal.means",
        "4: marginals: nobody measures 'marginal.means'",
        "did you mean 'marginal.mean'?",
    ),
    "column": (REAL, "column: age", "column: aeg", "8: age: unknown column 'aeg'", "did you mean 'age'?"),
    "column, of candidates": (
        SYNTHETIC,
        "column: age",
        "column: aeg",
        "8: age: unknown column 'aeg'",
        "did you mean 'age'?",
    ),
    "column, dropped": (
        REAL,
        "column: age",
        "column: drugexp",
        "8: age: unknown column 'drugexp'",
        "known are: age, black, educyr, fair, female, firmsz, good, hi_empunion, high_spend, hisp, "
        "income, lowincome, marry, midincome, msa, multlc, poor, poverty, priolist, private, ssiratio, "
        "totchr, vegood",
    ),
    "column in SQL": (
        REAL,
        "vegood +",
        "vegod +",
        "4: one-health-status: unknown column 'vegod'",
        "did you mean 'vegood'?",
    ),
    "SQL": (
        REAL,
        SQL,
        "rule: vegood <= = 1",
        "4: one-health-status: cannot read the rule 'vegood <= = 1' (unable to parse 'vegood <= = 1' as Expr)",
        "write one SQL condition",
    ),
    "SQL without a condition": (
        REAL,
        SQL,
        "rule: vegood + good",
        "4: one-health-status: the rule 'vegood + good' is not a condition",
        "write one SQL condition, such as age >= 65",
    ),
    "SQL about nothing": (
        REAL,
        SQL,
        "rule: 1 = 1",
        "4: one-health-status: the rule '1 = 1' reads no column",
        "write one SQL condition, such as age >= 65",
    ),
    "no SQL": (REAL, f"{SQL}, ", "", "4: one-health-status: has no kwargs.rule", "write a SQL condition"),
    "severity": (
        REAL,
        "severity: critical",
        "severity: critcal",
        "4: one-health-status: unknown severity 'critcal'",
        "did you mean 'critical'?",
    ),
    "severity, no text": (
        REAL,
        "severity: critical",
        "severity: 1",
        "4: one-health-status: unknown severity 1",
        "known are: critical, info, warning",
    ),
    "gate": (
        EVIDENCE,
        "gate: fidelity",
        "gate: fidelty",
        "4: marginals: unknown gate 'fidelty'",
        "did you mean 'fidelity'?",
    ),
    "gate missing": (
        EVIDENCE,
        "gate: fidelity, ",
        "",
        "4: marginals: unknown gate 'none'",
        "known are: bias, confidence, coverage, drift, fidelity, plausibility, privacy, utility",
    ),
    "two of an id": (
        REAL,
        "id: age",
        "id: one-health-status",
        "8: one-health-status: repeats the expectation of line 4",
        "remove one, or give each an id and arguments of its own",
    ),
    "two of the same": (
        EVIDENCE,
        "metric: discriminator.auc, max_value: 0.8",
        "metric: marginal.mean, min_value: 0.8",
        "12: discriminator: repeats the expectation of line 4",
        "remove one, or give each an id and arguments of its own",
    ),
    "rows among evidence": (
        EVIDENCE,
        f"{MEASURED}\n    kwargs: {{metric: marginal.mean, min_value: 0.8}}",
        f"{BETWEEN}\n    kwargs: {AGE}",
        f"4: marginals: {BETWEEN} cannot judge what evidence.yaml is about",
        OTHER_FILE,
    ),
    "evidence among rows": (
        REAL,
        f"{BETWEEN}\n    kwargs: {AGE}",
        f"{MEASURED}\n    kwargs: {{metric: marginal.mean, min_value: 0.8}}",
        f"8: age: {MEASURED} cannot judge what real.yaml is about",
        OTHER_FILE,
    ),
    "key": (
        REAL,
        "severity: critical",
        "severty: critical",
        "4: severty: unknown key",
        "did you mean 'severity'?",
    ),
    "key of meta": (
        REAL,
        "id: age, why",
        "id: age, becuse",
        "8: meta.becuse: unknown key",
        "known are: gate, id, why",
    ),
    "key of the suite": (
        REAL,
        "suite: real",
        "suite: real\nexpectation: []",
        "3: expectation: unknown key",
        "did you mean 'expectations'?",
    ),
    "no reason": (
        REAL,
        ", why: People aged 65 and over.",
        "",
        "8: meta.why: is missing",
        "every expectation has an id and a reason",
    ),
    "no id": (REAL, "id: age, ", "", "8: meta.id: is missing", "every expectation has an id and a reason"),
    "arguments in a list": (REAL, AGE, "[age, 65]", "8: kwargs and meta are mappings", SHAPE),
    "name": (
        REAL,
        "suite: real",
        "suite: rael",
        "2: suite: 'rael' differs from the file's name",
        "write `suite: real`",
    ),
    "a key twice": (
        REAL,
        "    meta: {id: age",
        "    severity: warning\n    meta: {id: age",
        "11: severity: this key stands twice",
        "remove one",
    ),
}


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "remedy"), TYPES_AND_ARGUMENTS.values(), ids=TYPES_AND_ARGUMENTS
)
def test_what_is_misspelt_or_missing_in_a_suite(project, refused, file, old, new, where, remedy):
    text = (project.root / file).read_text()
    project.write(file, text.replace(old, new, 1))
    assert project.root.joinpath(file).read_text() != text
    assert refused("check", "clinic") == f"{file}:{where}; {remedy}"


FILES = {
    "missing": (None, ": there is no such file; create it"),
    "empty": (b"", ": is not a suite; write `suite:` and a list `expectations:` at its top"),
    "no list": (b"suite: real\n", ": is not a suite; write `suite:` and a list `expectations:` at its top"),
    "an empty list": (
        b"suite: real\nexpectations: []\n",
        ":2: expectations: is empty, and would pass everything; add at least one expectation",
    ),
    "words": (b"suite: real\nexpectations: [age]\n", f":2: is not an expectation; {SHAPE}"),
    "no YAML": (
        b"suite: real\nexpectations:\n  - type: [a\n",
        ":4: is not YAML (expected ',' or ']', but got '<stream end>'); mend that line",
    ),
    "Latin 1": ("suite: réal\n".encode("latin-1"), ":1: has bytes that are not UTF-8; save it as UTF-8"),
}


@pytest.mark.parametrize(("content", "line"), FILES.values(), ids=FILES)
def test_a_suite_file_that_says_nothing(project, refused, content, line):
    if content is None:
        (project.root / REAL).unlink()
    else:
        (project.root / REAL).write_bytes(content)
    assert refused("check", "clinic") == f"{REAL}{line}"


@pytest.mark.parametrize("suite", [REAL, SYNTHETIC, EVIDENCE])
def test_each_suite_is_wanted(project, refused, suite):
    (project.root / suite).unlink()
    assert refused("check", "clinic") == f"{suite}: there is no such file; create it"


@pytest.mark.parametrize("name", ["type", "argument", "metric", "column, of candidates"])
def test_a_run_is_refused_before_it_makes_anything(project, refused, name):
    """The suites of the last steps too are read before the first step."""
    file, old, new, where, remedy = TYPES_AND_ARGUMENTS[name]
    project.edit(file, old, new)
    assert refused("run", "clinic", "--window", "metro") == f"{file}:{where}; {remedy}"


def test_no_stays_text_in_a_suite_and_is_judged_as_text(project, supplychain, people):
    rule = "expect_column_values_to_be_in_set\n    kwargs: {column: country, value_set: [NO, Off]}"
    project.edit(REAL, f"{BETWEEN}\n    kwargs: {AGE}", rule)
    frame = people.with_columns(country=people["msa"].replace_strict({1: "NO", 0: "Off"}))
    frame.write_csv(project.root / "clinic.csv")
    assert supplychain("check", "clinic")[::2] == (0, "")
    suite = read_suite(project.root / REAL, columns=frame.columns)
    assert suite.rules[1].kwargs["value_set"] == ["NO", "Off"]
    assert judge(frame, suite).verdicts[1].observed == "0 of 10,391 rows"


def test_a_condition_on_one_column_is_judged_row_by_row(project, people):
    """Great Expectations wants two columns of such a rule, and a person should not have to know."""
    project.edit(REAL, f"{SQL}, mostly: 0.98", "rule: vegood = 0")
    suite = read_suite(project.root / REAL, columns=people.columns)
    judgement = judge(people, suite)
    assert judgement.failing["one-health-status"] == tuple((people["vegood"] == 1).arg_true())
    assert not judgement.passed


def test_a_condition_on_another_type_is_refused_by_the_gate_in_one_line(project, supplychain):
    """What a column holds is known only when it is read: the rule cannot be evaluated, and that blocks."""
    project.edit(REAL, SQL, "rule: vegood = 'yes'")
    code, _, err = supplychain("run", "clinic", "--window", "metro")
    assert code == 3
    assert err == (
        "supplychain: product clinic: window metro: gate plausibility of real refused: "
        "one-health-status found could not be evaluated: cannot compare string with numeric type (i64), "
        "wanted vegood = 'yes', mostly 0.98, set by expectations/clinic/real.yaml:4 "
        "(A person gives one answer.)\n"
    )
    assert not (project.home / "releases").exists()


def test_an_unreadable_suite_is_bad_input_in_the_library_too(project):
    with pytest.raises(BadInput, match=r"expectations/clinic/other\.yaml: there is no such file; create it"):
        read_suite(project.root / "expectations/clinic/other.yaml", root=project.root)
