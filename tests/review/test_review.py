"""The lot, the log and the verdict, on real people's survey and rows made from it."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import polars as pl
import pytest

from supplychain.errors import BadInput, StoreFault
from supplychain.merge import blend
from supplychain.project import find_product
from supplychain.review.exchange import exported, imported
from supplychain.review.files import people as people_of
from supplychain.review.files import waiting
from supplychain.review.freeze import freeze
from supplychain.review.gate import take_verdict
from supplychain.review.journal import Journal, Record
from supplychain.review.lot import DEFECT, GOOD, RANDOM, SEEDED, TARGETED
from supplychain.review.suggest import accept, suggestions
from supplychain.review.verdict import advanced, verdict
from supplychain.review.waiting import under_review
from tests.review.conftest import PRODUCT, Reviewed, make, tables


def test_a_lot_is_frozen_whole_and_is_the_same_again(reviewed):
    lot = reviewed.docket.lot
    strata = [item.stratum for item in lot.active(lot.plan.n)]
    assert strata.count(RANDOM) == lot.plan.n == 127 and lot.plan.c == 3
    assert strata.count(TARGETED) == 24 and strata.count(SEEDED) == 40
    assert [item.truth for item in lot.seeded].count(DEFECT) == [item.truth for item in lot.seeded].count(GOOD) == 20
    assert [item.order for item in lot.drawn] == list(range(lot.most))
    assert len({item.id for item in lot.items}) == len(lot.items)
    first = [item.stratum for item in lot.items[:60]]
    assert len(set(first)) == 3, "strata are mixed"
    assert freeze(reviewed.chain, "metro").output("lot").content == lot.content
    reviewed.chain.ledger._seen.clear()
    chain = reviewed.project.chain()
    from supplychain.review.freeze import drawn

    real, accepted = (
        chain.store.read_table(chain.ledger.current("clinic", name, "metro").table) for name in ("real", "accepted")
    )
    assert replace(drawn(chain, "metro", accepted, real), accepted=lot.accepted).to_json() == lot.to_json()
    other = drawn(chain, "metro", accepted.head(800), real)
    assert other.seed != lot.seed, "other rows, other chance"


def test_rows_that_a_rule_doubts_are_shown_and_the_reason_is_the_rule(reviewed):
    project, before = reviewed.project, reviewed.docket.lot
    doubt = """
  - type: expect_rows_to_satisfy_sql
    kwargs: {rule: age < 90 OR poor = 0}
    severity: info
    meta: {id: ninety-and-poorly, why: Few of that age and health are at home to answer a survey.}
"""
    file = project.root / "expectations/clinic/synthetic.yaml"
    file.write_text(file.read_text() + doubt)
    chain = project.chain()
    freeze(chain, "metro")
    lot = Reviewed(project, chain).docket.lot
    why = "doubted by ninety-and-poorly"
    shown = [item for item in lot.items if item.stratum == TARGETED and item.why == why]
    accepted = chain.store.read_table(chain.ledger.current("clinic", "accepted", "metro").table)
    doubted = accepted.filter((pl.col("age") >= 90) & (pl.col("poor") == 1))
    assert 0 < len(shown) <= doubted.height and {item.row for item in shown} <= set(doubted["_row"])
    assert not [item for item in before.items if item.why == why]


def test_no_row_of_a_lot_is_a_real_persons(reviewed):
    lot = reviewed.docket.lot
    chain = reviewed.chain
    accepted = chain.store.read_table(chain.ledger.current("clinic", "accepted", "metro").table)
    keys = {(batch, row) for batch, row in accepted.select("_batch", "_row").iter_rows()}
    for item in lot.items:
        assert item.truth == DEFECT or (item.batch, item.row) in keys
    assert not [field for field in lot.fields if field.name in ("person", "drugexp", "_entity")]


def test_the_log_holds_who_appends_at_once_and_shows_every_change(tmp_path):
    journal = Journal(tmp_path / "log.jsonl")
    threads = [
        threading.Thread(
            target=lambda who=who: [
                journal.append([Record("flag", "lot", reviewer=who, key=f"{who}{n}")]) for n in range(12)
            ]
        )
        for who in "abc"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = journal.read()
    assert len(records) == 36
    assert journal.append([Record("flag", "lot", reviewer="a", key="a3")]) == [], "sent twice counts once"
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + b'{"type": "fl')  # a process that was killed in the middle of a line
    assert len(journal.read()) == 36
    journal.append([Record("flag", "lot", reviewer="d")])
    assert [record.reviewer for record in journal.read()][-1] == "d"
    lines = journal.path.read_bytes().splitlines(keepends=True)
    for broken in (
        [*lines[:5], *lines[6:]],
        [*lines[:5], lines[6], lines[5], *lines[7:]],
        [lines[0].replace(b'"reviewer": "', b'"reviewer": "x'), *lines[1:]],
    ):
        journal.path.write_bytes(b"".join(broken))
        with pytest.raises(StoreFault, match=r"log\.jsonl:\d+"):
            journal.read()


def test_a_review_accepts_and_is_in_the_lineage_log(reviewed):
    under = reviewed.docket
    assert take_verdict(reviewed.chain, "metro").gates[0].blocks
    reviewed.judge("ann")
    found = advanced(under.lot, under.journal)
    assert found.outcome == "awaiting" and "second reviewer" in found.words
    wrong = [item.id for item in under.lot.active(under.lot.plan.n) if item.double][:2]
    reviewed.judge("bob", lambda item: item.id in wrong)
    assert reviewed.standing.disputed == sorted(wrong, key=reviewed.standing.disputed.index)
    assert "third person" in advanced(under.lot, under.journal).words
    for item in reviewed.standing.disputed:
        under.journal.append(
            [Record("adjudicate", under.lot.content, item, reviewer="carl", role="adjudicator", answer="accept")]
        )
    found = advanced(under.lot, under.journal)
    assert (found.outcome, found.releases, found.called.count) == ("accept", True, 0)
    assert found.sensitivity.share == 1 and found.agreement.n == sum(
        item.double for item in under.lot.active(under.lot.plan.n)
    )
    assert found.agreement.raw.value < 1

    commit = take_verdict(reviewed.chain, "metro")
    assert {gate.rule: gate.passed for gate in commit.gates} == {"verdict": True, "pace": True}
    assert commit.output("review").content == __import__("hashlib").sha256(under.journal.path.read_bytes()).hexdigest()
    assert reviewed.chain.store.read(commit.output("review").path) == under.journal.path.read_bytes()
    hours = [cost.quantity for cost in commit.costs if cost.unit == "h"]
    assert hours == [pytest.approx(sum(record.seconds for record in under.journal.read()) / 3600, abs=1e-3)]
    again = take_verdict(reviewed.chain, "metro")
    assert not [cost for cost in again.costs if cost.unit == "h"], "minutes are paid for once"


def test_rows_that_people_reject_are_kept_with_reason_and_name_and_left_out_of_the_blend(reviewed):
    lot = reviewed.docket.lot
    bad = [item for item in lot.active(lot.plan.n) if item.stratum == TARGETED and not item.double][:2]
    bad += [item for item in lot.active(lot.plan.n) if item.stratum == RANDOM and not item.double][:2]
    reviewed.judge("ann", lambda item: item in bad)
    reviewed.judge("bob")
    commit = take_verdict(reviewed.chain, "metro")
    assert commit.gates[0].passed, commit.gates[0].observed
    rejected = reviewed.chain.store.read_table(commit.output("rejected").table)
    assert set(rejected["_row"]) == {item.row for item in bad}
    assert rejected["_rules"].to_list() == [["review:impossible-value"]] * 4
    assert rejected["_values"].to_list() == [["by ann"]] * 4
    again = reviewed.chain.store.read_table(take_verdict(reviewed.chain, "metro").output("rejected").table)
    assert again.equals(rejected), "taking the verdict twice rejects nothing twice"
    from supplychain.merge.blend import refused_by_people

    with reviewed.chain.step("merge", "metro") as step:
        without = refused_by_people(step)
        kept = step.read("accepted").join(without, on=["_batch", "_row"], how="anti")
    assert kept.height == 900 - 4 and not set(kept["_row"]) & {item.row for item in bad}


def test_a_bad_window_is_rejected_and_nothing_is_blended(reviewed):
    lot = reviewed.docket.lot
    bad = {item.id for item in lot.drawn[:12]}
    for name in ("ann", "bob"):
        reviewed.judge(name, lambda item: item.id in bad)
    found = advanced(lot, reviewed.docket.journal)
    assert (found.outcome, found.final, found.releases) == ("reject", True, False)
    assert found.rate.low > 0.02
    commit = take_verdict(reviewed.chain, "metro")
    assert commit.gates[0].blocks and "12 of 127" in commit.gates[0].observed


def test_a_reviewer_who_does_not_look_voids_the_session_and_not_the_data(reviewed):
    under = reviewed.docket
    reviewed.judge("sleepy", lambda item: item.truth == DEFECT)  # accepts everything
    found = verdict(under.lot, under.journal.read())
    assert found.outcome == "awaiting" and "answers of sleepy are void" in found.words and found.judged == 0
    assert reviewed.standing.queue("sleepy") == []
    reviewed.judge("angry", lambda item: item.truth == GOOD)
    assert "angry are void" in verdict(under.lot, under.journal.read()).words, "who rejects all good rows is void too"
    for name in ("ann", "bob"):
        reviewed.judge(name)
    assert verdict(under.lot, under.journal.read()).outcome == "accept"


def test_a_doubt_extends_the_plan_by_rows_that_were_frozen_before(reviewed):
    under, lot = reviewed.docket, reviewed.docket.lot
    missed = {item.id for item in lot.seeded if item.truth == DEFECT and item.id < lot.seeded[12].id}
    bad = {item.id for item in lot.drawn[:3]}
    for name in ("ann", "bob"):
        reviewed.judge(name, lambda item: item.id in bad or item.id in sorted(missed)[:3])
    found = advanced(lot, under.journal)
    assert found.outcome == "awaiting" and found.sensitivity.share < 0.9
    assert reviewed.standing.n > lot.plan.n, "three defects of 127, and reviewers who miss some: not enough to tell"
    for name in ("ann", "bob"):
        reviewed.judge(name, lambda item: item.id in bad)
    assert advanced(lot, under.journal).outcome in ("accept", "reject")
    assert [record.type for record in under.journal.read()].count("extend") >= 1


def test_undo_appends_and_gives_the_record_back(reviewed):
    under = reviewed.docket
    first = reviewed.standing.queue("ann")[0]
    reviewed.judge("ann", most=1)
    under.journal.append([Record("undo", under.lot.content, first.id, reviewer="ann")])
    assert reviewed.standing.queue("ann")[0] == first
    assert [record.type for record in under.journal.read()] == ["decision", "undo"]
    skip = Record("decision", under.lot.content, first.id, first.content, "ann", "reviewer", "skip")
    under.journal.append([skip])
    assert reviewed.standing.queue("ann")[-1] == first, "what was skipped comes again, last"


def test_a_third_persons_word_is_taken_back_by_that_person_alone(reviewed):
    under, one = reviewed.docket, next(item.id for item in reviewed.docket.lot.items if item.double)
    reviewed.judge("ann")
    reviewed.judge("carl", lambda item: item.id == one)  # who decides elsewhere judges here
    word = Record("adjudicate", under.lot.content, one, reviewer="dora", role="adjudicator", answer="accept")
    under.journal.append([word])
    standing, done = reviewed.standing, reviewed.standing.done("carl")
    assert standing.disputed == [] and (standing.last_word("dora"), standing.last_word("carl")) == (one, None)
    under.journal.append([replace(word, type="undo", answer="")])
    assert reviewed.standing.disputed == [one] and reviewed.standing.last_word("dora") is None
    under.journal.append([replace(word, reviewer="carl", answer="reject")])
    under.journal.append([replace(word, reviewer="carl", type="undo", answer="")])
    assert reviewed.standing.done("carl") == done, "the own answer as a reviewer is not taken back by it"


def test_high_risk_wants_two_approvals_of_the_answers_as_they_are(project, people):
    reviewed = make(project, people, "{approvals: 2}")
    under = reviewed.docket
    for name in ("ann", "bob"):
        reviewed.judge(name)
    approve = Record("approve", under.lot.content, reviewer="dora", role="approver", answer="accept")
    under.journal.append([approve])
    found = advanced(under.lot, under.journal)
    assert (found.outcome, found.final, found.approved) == ("accept", False, ("dora",))
    assert [gate.passed for gate in take_verdict(reviewed.chain, "metro").gates] == [True, True, False]
    under.journal.append([approve])
    assert not advanced(under.lot, under.journal).final, "one person cannot approve twice"
    under.journal.append([replace(approve, reviewer="emil")])
    assert advanced(under.lot, under.journal).releases
    under.journal.append([Record("undo", under.lot.content, under.lot.items[0].id, reviewer="ann")])
    assert advanced(under.lot, under.journal).approved == (), "an approval is of the answers that were there"


def test_the_sequential_plan_ends_early(project, people):
    reviewed = make(project, people, "{plan: {mode: sequential}, second: 0.0}")
    under = reviewed.docket
    while advanced(under.lot, under.journal).outcome == "awaiting":
        assert reviewed.judge("ann", most=10), advanced(under.lot, under.journal).words
    found = advanced(under.lot, under.journal)
    assert found.outcome == "accept" and 50 < found.called.n < under.lot.plan.n


def test_the_product_file_says_when_people_are_asked(project):
    project.edit(PRODUCT, "risk: {unmet: 0}", "risk: {unmet: 0, human_review: high}")
    with pytest.raises(BadInput, match=r"human_review: is high, and there is no section review"):
        project.chain()
    project.edit(PRODUCT, "  generate: {synth", "  review: {plan: {aql: 0.1, ltpd: 0.05}}\n  generate: {synth")
    with pytest.raises(BadInput, match=r"review.plan.ltpd: is 0.05, not above aql 0.1"):
        project.chain()
    project.edit(PRODUCT, "{plan: {aql: 0.1, ltpd: 0.05}}", "{}")
    assert project.chain().product.approvals == 2


def test_reviewing_changes_no_seed(project):
    before = project.chain().product.recipe_hash
    project.edit(PRODUCT, "  generate: {synth", "  review: {}\n  generate: {synth")
    assert project.chain().product.recipe_hash == before


def test_other_tools_take_a_lot_in_and_give_it_back(reviewed, tmp_path):
    under = reviewed.docket
    tasks = list(exported(under, "ann"))
    assert len(tasks) == len(reviewed.standing.queue("ann"))
    text = json.dumps(tasks)
    assert not any(word in text for word in ("stratum", "seeded", "defect", "targeted", '"truth"'))
    mark = f"@{under.lot.content[:16]}"
    assert all(task["id"].endswith(mark) for task in tasks)
    truth = {f"{item.id}{mark}": item.truth for item in under.lot.items}
    back = [
        {
            "id": task["id"],
            "meta": task["meta"],
            "answer": "reject" if truth[task["id"]] == DEFECT else "accept",
            "accept": ["impossible-value"],
        }
        for task in tasks
    ]
    lines = [json.dumps(line) for line in back]
    with pytest.raises(BadInput, match=r"f:3: 'nonsense' is no reason"):
        imported(
            under,
            [*lines[:2], json.dumps({**back[2], "answer": "reject", "reason": "nonsense", "accept": []})],
            where="f",
        )
    assert reviewed.standing.done("ann") == 0, "all of them or none"
    assert imported(under, lines, where="f") == len(lines)
    assert imported(under, lines, where="f") == 0, "twice is once"
    assert reviewed.standing.reviewers["ann"].sensitivity.share == 1
    with pytest.raises(BadInput, match="another lot"):
        imported(under, [json.dumps({**back[0], "meta": {"lot": "x"}})], where="f", reviewer="bob")


def test_an_answer_of_another_tool_says_of_which_lot_it_is(reviewed, people):
    (task, other), old = list(exported(reviewed.docket, "ann"))[:2], reviewed.docket
    tables(reviewed.chain, people, 850)
    freeze(reviewed.chain, "metro")
    new, name = reviewed.docket, task["id"].partition("@")[0]
    kept = {"answer": "accept", "reviewer": "ann"}  # a tool that gives back the ids alone
    with pytest.raises(BadInput, match=r"f:1: is about a record of another lot"):
        imported(new, [json.dumps({"id": task["id"], **kept})], where="f")
    with pytest.raises(BadInput, match=r"f:1: is about a record of another lot"):
        imported(new, [json.dumps({"id": name, "meta": {"lot": old.lot.content}, **kept})], where="f")
    with pytest.raises(BadInput, match=r"f:1: does not say of which lot; give `id` or `meta` back"):
        imported(new, [json.dumps({"id": name, **kept})], where="f")
    assert new.journal.read() == []
    lines = [{"id": task["id"]}, {"id": other["id"].partition("@")[0], "meta": {"lot": old.lot.content}}]
    assert imported(old, [json.dumps({**line, **kept}) for line in lines], where="f") == 2, "by either of them"


def test_reasons_that_repeat_become_a_rule_that_a_person_accepts(reviewed):
    chain, lot = reviewed.chain, reviewed.docket.lot
    accepted = chain.store.read_table(chain.ledger.current("clinic", "accepted", "metro").table)
    odd = accepted.filter((pl.col("poverty") == 1) & (pl.col("income") > 30))
    rows = set(odd["_row"])
    for name in ("ann", "bob"):
        reviewed.judge(name, lambda item: item.truth == "" and item.row in rows)
    found = verdict(lot, reviewed.docket.journal.read())
    assert len(found.rejected) >= 3
    made = suggestions(chain, "metro", found)
    assert len(made) == 1 and "poverty" in made[0].rule and made[0].real <= 0.005 and made[0].refused >= 3
    before = chain.suite_file("synthetic").read_text()
    file = accept(chain, made[0])
    assert file == "expectations/clinic/synthetic.yaml"
    assert chain.suite_file("synthetic").read_text().startswith(before.rstrip("\n"))
    rule = next(rule for rule in chain.suite("synthetic").rules if rule.id == made[0].id)
    assert accepted.filter(~pl.sql_expr(rule.kwargs["rule"])).height >= made[0].refused
    with pytest.raises(BadInput, match="cannot take"):
        accept(chain, made[0])


def test_the_terminal_tells_nobody_how_they_do_before_the_end(reviewed, supplychain):
    bad = {item.id for item in reviewed.docket.lot.items if item.stratum == "random"}
    reviewed.judge("ann", lambda item: item.id in bad, most=60)
    code, out, _ = supplychain("review", "verdict", "clinic", "--window", "metro")
    assert code == 3 and "ann" in out and "defects found" not in out, "whoever still judges is not to know"
    for name in ("ann", "bob"):
        reviewed.judge(name, lambda item: item.id in bad)
    code, out, _ = supplychain("review", "verdict", "clinic", "--window", "metro")
    assert code == 3 and "defects found" in out and "Nothing of these rows is released" in out


def test_who_answers_faster_than_anybody_reads_is_flagged_and_counts(reviewed):
    reviewed.judge("ann")
    under = reviewed.docket
    lines = [
        replace(record, reviewer="bob", seconds=0.4, key=f"bob {record.item}")
        for record in under.journal.read()
        if under.lot.by_id[record.item].double or under.lot.by_id[record.item].stratum == SEEDED
    ]
    under.journal.append(lines)
    found = advanced(under.lot, under.journal)
    assert {each.name: (each.pace, each.hasty) for each in found.reviewers} == {"ann": (6.0, False), "bob": (0.4, True)}
    assert found.releases and found.hasty == {"bob": 0.4}
    commit = take_verdict(reviewed.chain, "metro")
    pace = next(gate for gate in commit.gates if gate.rule == "pace")
    assert (pace.passed, pace.blocks, pace.severity, pace.observed) == (False, False, "warning", "ann 6.0 s, bob 0.4 s")
    assert "1 s or more" in pace.limit and pace.figures == {"ann": 6.0, "bob": 0.4}
    measured = {row.scope: (row.value, row.n) for row in commit.evidence if row.metric == "review.pace"}
    assert measured == {"ann": (6.0, reviewed.standing.done("ann")), "bob": (0.4, len(lines))}
    timeless = [replace(record, seconds=0.0) for record in under.journal.read() if record.reviewer == "bob"]
    assert not verdict(under.lot, timeless).hasty, "of answers without a time, as from another tool, nothing is known"


def test_windows_that_come_while_the_desk_is_open_are_under_review(project, people):
    project.edit(PRODUCT, "window: {column: msa, values: {metro: 1, rural: 0}}", "window: {column: msa}")
    project.edit(PRODUCT, "  generate: {synth", "  review: {}\n  generate: {synth")
    before = project.chain()
    assert waiting(before) == []
    made = replace(before, product=before.product.with_windows(["metro"]))
    tables(made, people)
    freeze(made, "metro")
    assert waiting(before) == ["metro"], "a desk is open for days"
    product = find_product("clinic", project.root)
    assert [name for name, _ in under_review(product, project.root, made.store)] == ["metro"], "and for a sensor"


def test_a_tiny_window_is_looked_at_whole(project, people):
    reviewed = make(project, people, "{}", rows=30)
    lot = reviewed.docket.lot
    assert lot.plan.lot == 30 and lot.plan.n <= 30 and len(lot.seeded) == 40
    for name in ("ann", "bob"):
        reviewed.judge(name)
    assert advanced(lot, reviewed.docket.journal).outcome == "accept"


def test_blend_refuses_what_nobody_has_judged(reviewed):
    from supplychain.errors import GateRefused
    from supplychain.merge.blend import _require_review

    content = reviewed.chain.ledger.current("clinic", "accepted", "metro").content
    with pytest.raises(GateRefused, match="nobody has been asked"):
        _require_review(reviewed.chain, "metro", content)
    take_verdict(reviewed.chain, "metro")
    with pytest.raises(GateRefused, match="awaits review"):
        _require_review(reviewed.chain, "metro", content)
    for name in ("ann", "bob"):
        reviewed.judge(name)
    take_verdict(reviewed.chain, "metro")
    _require_review(reviewed.chain, "metro", content)
    assert blend and people_of
