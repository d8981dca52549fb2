"""Great Expectations is the judge; what it says is checked against an oracle that shares no code with it."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.errors import BadInput
from supplychain.gates import judge, kept_rows, read_suite, suite_hash
from supplychain.gates.suite import Rule, Suite
from supplychain.project import find_product
from supplychain.validate.evidence import SCHEMA

ROWS = st.lists(
    st.tuples(st.one_of(st.none(), st.integers(-3, 3)), st.sampled_from(["a", "b", None])),
    min_size=1,
    max_size=40,
)


def suite(*rules):
    return Suite("test", "test.yaml", "0", rules)


def rule(id_, type_, severity="critical", gate="plausibility", **kwargs):
    return Rule(id_, type_, kwargs, severity, gate, "because", 1)


def sql(id_, text, **kwargs):
    columns = sorted(set(pl.sql_expr(text).meta.root_names()))
    return rule(id_, "expect_rows_to_satisfy_sql", rule=text, column_list=columns, **kwargs)


def test_what_a_rule_only_doubts_is_kept_and_counted():
    frame = pl.DataFrame({"x": [1, -1, 2, -2], "c": ["a", "a", "b", "b"]})
    judgement = judge(frame, suite(sql("hard", "x > -2"), sql("soft", "x > 0", severity="info")))
    assert judgement.failing == {"hard": (3,)} and judgement.doubted == {"soft": (1, 3)}
    kept, refused = judgement.split(frame)
    assert kept["x"].to_list() == [1, -1, 2] and refused["_rules"].to_list() == [["hard"]]
    assert [verdict.failed_rows for verdict in judgement.verdicts] == [1, 2]
    assert not judgement.verdicts[1].blocks
    assert kept_rows(frame, judgement.suite).to_list() == [True, True, True, False]


@settings(max_examples=15)
@given(ROWS, st.floats(0, 1))
def test_the_judge_names_the_rows_that_polars_names(rows, mostly):
    frame = pl.DataFrame(rows, schema={"x": pl.Int64, "c": pl.String}, orient="row")
    text = "x >= 0 OR c = 'a'"
    judged = judge(frame, suite(sql("r", text, mostly=mostly)))
    broken = frame.select(~pl.sql_expr(text).fill_null(value=True)).to_series().arg_true().to_list()
    assert list(judged.failing.get("r", ())) == broken
    assert judged.passed == (1 - len(broken) / len(rows) >= mostly)
    kept, refused = judged.split(frame)
    assert refused.drop("_rules", "_values").equals(frame[broken]) and kept.height + refused.height == frame.height


def test_every_rule_comes_back_and_a_row_names_all_it_breaks():
    frame = pl.DataFrame({"age": [70, 200, 300], "sex": ["f", "x", "m"]})
    judged = judge(
        frame,
        suite(
            rule("age", "expect_column_values_to_be_between", column="age", min_value=0, max_value=120),
            rule("sex", "expect_column_values_to_be_in_set", column="sex", value_set=["f", "m"], mostly=0.5),
            rule("rows", "expect_table_row_count_to_be_between", min_value=1, max_value=9),
        ),
    )
    assert [(verdict.rule.id, verdict.passed) for verdict in judged.verdicts] == [
        ("age", False),
        ("sex", True),
        ("rows", True),
    ]
    refused = judged.split(frame)[1]
    assert refused["_rules"].to_list() == [["age", "sex"], ["age"]]
    assert refused["_values"].to_list() == [["age = 200", "sex = x"], ["age = 300"]]


def test_more_than_two_hundred_failing_rows_are_all_named():
    """Great Expectations cuts its lists of values at 200; positions are whole."""
    frame = pl.DataFrame({"x": list(range(1_000))})
    judged = judge(frame, suite(rule("low", "expect_column_values_to_be_between", column="x", min_value=900)))
    assert len(judged.failing["low"]) == 900


def test_a_rule_that_cannot_be_evaluated_is_a_critical_failure_whatever_its_severity():
    judged = judge(
        pl.DataFrame({"x": [1]}),
        suite(rule("typo", "expect_column_values_to_be_between", "info", column="y", min_value=0)),
    )
    assert not judged.passed
    assert "could not be evaluated" in judged.verdicts[0].observed


def test_a_warning_does_not_block():
    judged = judge(
        pl.DataFrame({"x": [1]}),
        suite(rule("w", "expect_column_values_to_be_between", "warning", column="x", min_value=5)),
    )
    assert judged.passed and not judged.verdicts[0].passed


def evidence(*rows):
    full = [
        {"scope": "all", "low": None, "high": None, "reference": None, "n": 10, "seconds": 0.0, **row} for row in rows
    ]
    return pl.DataFrame(full, schema=SCHEMA)


def limit(**kwargs):
    return rule("m", "expect_evidence_to_be_between", gate="privacy", **kwargs)


@pytest.mark.parametrize(
    ("row", "kwargs", "passed"),
    [
        ({"metric": "m", "value": 0.5}, {"min_value": 0.4}, True),
        ({"metric": "m", "value": 0.5}, {"min_value": 0.6}, False),
        ({"metric": "m", "value": 0.5}, {"max_value": 0.4}, False),
        ({"metric": "m", "value": 0.5, "low": 0.3}, {"bound": "low", "max_value": 0.4}, True),
        ({"metric": "m", "value": 0.5, "high": 0.9}, {"bound": "high", "max_value": 0.6}, False),
        ({"metric": "other", "value": 0.5}, {"min_value": 0.4}, False),
        ({"metric": "m", "value": None}, {"min_value": 0.4}, False),
        ({"metric": "m", "value": float("nan")}, {"min_value": 0.4}, False),
        ({"metric": "m", "value": float("inf")}, {"max_value": 0.4}, False),
        ({"metric": "m", "value": 0.5, "scope": "age"}, {"min_value": 0.4}, False),
        ({"metric": "m", "value": 0.5, "scope": "age"}, {"min_value": 0.4, "scope": "*"}, True),
    ],
)
def test_evidence_is_held_against_its_limit(row, kwargs, passed):
    assert judge(evidence(row), suite(limit(metric="m", **kwargs))).passed is passed


def test_with_a_star_the_worst_scope_decides():
    rows = [{"metric": "m", "value": value, "scope": str(value)} for value in (0.1, 0.9)]
    judged = judge(evidence(*rows), suite(limit(metric="m", scope="*", max_value=0.5)))
    assert not judged.passed
    assert judged.verdicts[0].observed == "0.9 0.9"


def test_the_embedded_suites_are_in_order():
    from tests.conftest import REPO

    for name in ("real", "synthetic", "evidence"):
        levers = find_product("drug-spend", REPO).lever_values
        read = read_suite(REPO / f"expectations/drug-spend/{name}.yaml", root=REPO, levers=levers)
        assert len(read.rules) >= 8


def test_no_is_text_in_a_suite(tmp_path):
    """YAML 1.1 would read the country code of Norway as false."""
    file = tmp_path / "real.yaml"
    file.write_text(
        "suite: real\nexpectations:\n  - type: expect_column_values_to_be_in_set\n"
        "    kwargs: {column: country, value_set: [NO, SE]}\n"
        "    meta: {id: country, why: Two countries.}\n"
    )
    read = read_suite(file, columns=["country"])
    assert read.rules[0].kwargs["value_set"] == ["NO", "SE"]
    assert judge(pl.DataFrame({"country": ["NO", "SE"]}), read).passed


def test_an_empty_suite_is_refused(tmp_path):
    (tmp_path / "real.yaml").write_text("suite: real\nexpectations: []\n")
    with pytest.raises(BadInput, match="would pass everything"):
        read_suite(tmp_path / "real.yaml")


LEVER = """
suite: evidence
expectations:
  - type: expect_evidence_to_be_between
    kwargs: {metric: attack.advantage, max_value: levers.risk.attack_advantage}
    meta: {id: hidden, gate: privacy, why: Members stay hidden.}
"""


def test_a_limit_may_be_a_lever_and_turning_it_voids_old_verdicts(tmp_path):
    file = tmp_path / "evidence.yaml"
    file.write_text(LEVER)
    levers = {"levers.risk.attack_advantage": 0.1}
    suite = read_suite(file, levers=levers)
    assert suite.rules[0].kwargs["max_value"] == 0.1
    assert suite.rules[0].limit == "attack.advantage surely at most 0.1"
    assert suite_hash(file, levers=levers) == suite.hash
    assert suite_hash(file, levers={"levers.risk.attack_advantage": 0.2}) != suite.hash


def test_a_limit_that_names_no_lever_is_refused_at_its_line(tmp_path):
    file = tmp_path / "evidence.yaml"
    file.write_text(LEVER.replace("attack_advantage}", "atack_advantage}"))
    with pytest.raises(BadInput) as refused:
        read_suite(file, levers={"levers.risk.attack_advantage": 0.1})
    assert "evidence.yaml:5: max_value: names 'levers.risk.atack_advantage', which is no lever" in str(refused.value)
    assert "did you mean 'levers.risk.attack_advantage'?" in str(refused.value)
