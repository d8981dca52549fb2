"""Another run makes other rows: the lot of those is awaited, and what is sent about the older one is not taken."""

from __future__ import annotations

import json

import pytest

from supplychain.errors import GateRefused
from supplychain.review.files import awaited
from supplychain.review.files import people as people_of
from supplychain.review.freeze import freeze
from supplychain.review.gate import take_verdict
from supplychain.review.waiting import under_review
from tests.review.browser import until
from tests.review.conftest import Script, tables
from tests.review.test_desk import _hidden

NEWER = 850


def status(supplychain):
    (row,) = json.loads(supplychain("review", "status", "clinic", "--json")[1])
    return row


def test_status_tells_which_lot_is_awaited_and_which_is_superseded(reviewed, people, supplychain):
    first = reviewed.docket.lot.content
    reviewed.judge("ann", most=20)
    assert (status(supplychain)["outcome"], status(supplychain)["lot"]) == ("awaiting", first[:16])
    tables(reviewed.chain, people, NEWER)  # a run that made other rows, and stopped before its review gate
    told = status(supplychain)
    assert told["outcome"] == "superseded" and told["waits for"].startswith("a run to its review gate")
    assert list(under_review(reviewed.chain.product, reviewed.chain.root, reviewed.chain.store)) == [], "no run starts"
    with pytest.raises(GateRefused, match=rf"lot {first[:16]} is superseded.*run `supplychain run clinic"):
        take_verdict(reviewed.chain, "metro")
    code, _, err = supplychain("review", "verdict", "clinic", "--window", "metro")
    assert code == 3 and "is superseded" in err

    freeze(reviewed.chain, "metro")
    now = awaited(reviewed.chain, "metro").lot
    told = status(supplychain)
    assert (told["outcome"], told["lot"], told["judged"]) == ("awaiting", now.content[:16], 0)
    assert told["superseded"] == {first[:16]: 20}
    assert f"lot {first[:16]} is superseded, its 20 answers" in supplychain("review", "status", "clinic")[1]


def test_a_lot_that_came_to_its_verdict_is_not_told_as_superseded(reviewed, people, supplychain):
    for name in ("ann", "bob"):
        reviewed.judge(name)
    take_verdict(reviewed.chain, "metro")
    tables(reviewed.chain, people, NEWER)
    freeze(reviewed.chain, "metro")
    assert status(supplychain)["superseded"] == {}


def test_an_open_desk_serves_the_new_lot_and_refuses_answers_to_the_old(reviewed, people, desk):
    old = reviewed.docket
    one = next(item.id for item in old.lot.items if item.double)
    reviewed.judge("ann")
    reviewed.judge("bob", lambda item: item.id == one)  # one dispute, and all else is done
    ann, carl = (Script(desk.links[name]) for name in ("ann", "carl"))
    carl.get("/w/metro/adjudicate")
    forms = {carl: ("/w/metro/adjudicate", {**_hidden(carl), "answer": "accept"})}
    ann.get("/w/metro/review")
    forms[ann] = ("/w/metro/undo", {"csrf": ann.field("csrf"), "lot": ann.field("lot")})
    before = old.journal.read()
    tables(reviewed.chain, people, NEWER)
    for path in ("/w/metro/review", "/w/metro/verdict"):
        assert "is superseded" in ann.get(path) and ann.status == 410, path
    assert "superseded" in ann.get("/") and 'class="button' not in ann.text

    freeze(reviewed.chain, "metro")
    new = reviewed.docket
    for page, (path, sent) in forms.items():
        assert "superseded" in page.post(path, **sent) and page.status == 410, path
    ann.get("/w/metro/review")
    sent = {**_hidden(ann), "answer": "accept"}
    assert sent["lot"] == new.lot.content
    for wrong in (old.lot.content, ""):
        ann.post("/w/metro/answer", **{**sent, "lot": wrong})
        assert ann.status == 410, "the record has the same name in both"
    token = desk.links["dora"].partition("token=")[2]
    dora = Script(desk.links["dora"])
    csrf = people_of(reviewed.chain).by_token(token).csrf(token)
    assert "superseded" in dora.post("/w/metro/verdict", csrf=csrf, lot=old.lot.content) and dora.status == 410
    assert new.journal.read() == [] and old.journal.read() == before
    ann.post("/w/metro/answer", **sent)
    assert [record.lot for record in new.journal.read()] == [new.lot.content]


def judging(desk, pages):
    """A browser on the page where ann judges."""
    page = pages()
    page.open(desk.links["ann"])
    page.open(f"http://127.0.0.1:{desk.port}/w/metro/review")
    return page


def test_an_open_page_notices_at_the_next_key(reviewed, people, desk, pages):
    page = judging(desk, pages)
    page.press("aa")
    until(lambda: reviewed.standing.done("ann") == 2, "two answers to the old lot")
    old = reviewed.docket
    tables(reviewed.chain, people, NEWER)
    freeze(reviewed.chain, "metro")
    page.press("aaaa")
    until(lambda: "superseded" in page.ask("document.querySelector('main h1').textContent"), "the page says so")
    assert "not taken" in page.ask("document.getElementById('desk').textContent")
    page.press("aa")
    assert reviewed.docket.lot.content != old.lot.content
    assert reviewed.docket.journal.read() == [] and len(old.journal.read()) == 2
    page.click("#desk a")
    until(lambda: "Review " in page.ask("document.body.textContent"), "the way to the lot that waits")
    assert page.errors == [] or all("410" in error for error in page.errors)


def test_a_page_that_is_looked_at_again_says_that_its_lot_is_superseded(reviewed, people, desk, pages):
    page = judging(desk, pages)
    page.press("a")
    until(lambda: reviewed.standing.done("ann") == 1, "an answer to the old lot")
    again = "document.dispatchEvent(new Event('visibilitychange'))"
    page.ask(again)
    tables(reviewed.chain, people, NEWER)
    freeze(reviewed.chain, "metro")
    assert "superseded" not in page.ask("document.querySelector('main h1').textContent"), "nobody has asked yet"
    page.ask(again)
    until(lambda: "superseded" in page.ask("document.querySelector('main h1').textContent"), "without a key")
    assert "not taken" not in page.ask("document.getElementById('desk').textContent"), "nothing was lost"


def test_answers_that_a_page_could_not_send_to_an_older_lot_are_said_to_be_lost(reviewed, people, desk, pages):
    page = judging(desk, pages)
    older = json.dumps([{"key": "k", "lot": "0" * 64, "item": "r1", "type": "decision", "answer": "accept"}])
    store = "Object.keys(localStorage)"
    page.ask(f"localStorage.setItem('supplychain clinic metro ann', {json.dumps(older)})")
    page.open(f"http://127.0.0.1:{desk.port}/w/metro/review")
    told = "document.querySelector('[role=alert]')?.textContent"
    until(lambda: "not taken: 1" in str(page.ask(told)), "the page says so")
    page.press("a")
    until(lambda: reviewed.standing.done("ann") == 1, "work goes on")
    assert page.ask(store) == ["supplychain clinic metro ann"], "one place a person and window"
    page.open(f"http://127.0.0.1:{desk.port}/w/metro/review")
    assert page.ask(told) is None, "said once"
