"""The blind test, in a real browser: who may see real people's rows, what is written down, and what it says."""

from __future__ import annotations

import json
import re

import pytest

from supplychain.define import find_gaps, land, make_plan
from supplychain.errors import BadInput
from supplychain.review.blind import REAL
from supplychain.review.gate import take_verdict
from tests.review.browser import until
from tests.review.conftest import GENERATE, PRODUCT, Script, make

ROWS = 40
SHOWN = "document.querySelector('form.tell input[name=item]')?.value"


@pytest.fixture
def blind(project, people):
    """A product that allows the blind test, of as few rows as may be."""
    return make(project, people, f"{{blind: {{rows: {ROWS}, margin: 0.3}}}}")


def records(reviewed, kind):
    return [record for record in reviewed.docket.blind_journal.read() if record.type == kind]


def at_test(desk, pages):
    page = pages()
    page.size(1200, 900)
    page.open(desk.links["eve"])
    page.open(f"http://127.0.0.1:{desk.port}/w/metro/blind")
    return page


def test_only_a_real_viewer_sees_real_rows_and_each_is_written_down_before(blind, desk_of):
    desk, test = desk_of(blind.project), blind.docket.blind
    assert sum(truth == REAL for truth, _ in test.rows.values()) == ROWS // 2
    for name in ("ann", "carl", "dora"):
        other = Script(desk.links[name])
        assert "Blind test" not in other.text
        assert "real-viewer" in other.get("/w/metro/blind") and other.status == 403
        assert other.post("/w/metro/blind", item="b001", answer="real", confidence="1") and other.status == 403
    assert blind.docket.blind_journal.read() == [], "nobody has seen a row"

    eve = Script(desk.links["eve"])
    assert "Blind test" in eve.text
    eve.get("/w/metro/review")
    assert eve.status == 403, "and a real-viewer is no reviewer by that"
    eve.get("/w/metro/blind")
    eve.get("/w/metro/blind")
    first = next(iter(test.rows))
    assert eve.field("item") == first
    (opened,) = records(blind, "opened")
    assert (opened.item, opened.note, opened.reviewer) == (first, f"shown: {test.rows[first][0]}", "eve")
    assert opened.item_content == test.item(first).content, "of exactly what was shown"

    sent = {"csrf": eve.field("csrf"), "test": eve.field("test"), "item": first, "shown": eve.field("shown")}
    for wrong in ({"answer": "real"}, {"answer": "real", "confidence": "5"}, {"answer": "maybe", "confidence": "1"}):
        eve.post("/w/metro/blind", **sent, **wrong)
        assert eve.status == 400, wrong
    eve.post("/w/metro/blind", **{**sent, "csrf": "x"}, answer="real", confidence="4")
    assert eve.status == 403 and not records(blind, "told")
    for _ in range(2):
        eve.post("/w/metro/blind", **sent, answer="real", confidence="4")
    assert [(each.answer, each.confidence) for each in records(blind, "told")] == [("real", 4)], "twice is once"


def test_a_product_that_does_not_allow_it_shows_no_real_row(reviewed, desk):
    eve = Script(desk.links["eve"])
    assert "Blind test" not in eve.text
    assert "review.blind" in eve.get("/w/metro/blind") and eve.status == 404


def test_it_holds_no_real_row_itself_so_that_who_is_erased_is_not_shown(blind):
    under, ledger, store = blind.docket, blind.chain.ledger, blind.chain.store
    output = ledger.current("clinic", "blind", "metro")
    assert set(json.loads(store.read(output.path))["items"][0]) == {"id", "truth", "row"}
    real = next(name for name, (truth, _) in under.blind.rows.items() if truth == REAL)
    tune = store.read_table(ledger.current("clinic", "tune", "metro").table)
    row = tune.row(under.blind.rows[real][1], named=True)
    assert under.blind.item(real).values["age"] == str(row["age"])
    store.remove(ledger.current("clinic", "tune", "metro").path)  # as an erasure leaves it
    with pytest.raises(Exception, match="are there no more; run the window again"):
        under.blind.item(real)


@pytest.mark.long
def test_by_keys_to_the_end_with_no_word_before_it(blind, desk_of, pages):
    desk, truth = desk_of(blind.project), {name: kind for name, (kind, _) in blind.docket.blind.rows.items()}
    page = at_test(desk, pages)
    order = list(truth)
    page.press("r")
    assert page.ask("document.activeElement.name") == "confidence", "how sure is asked, and not guessed"
    page.press("1r2s3r4s2r")
    until(lambda: len(records(blind, "told")) == 5, "five at 30 ms a key")
    told = records(blind, "told")
    assert [(record.item, record.confidence) for record in told] == list(zip(order, (1, 2, 3, 4, 2), strict=False))
    assert [record.answer for record in told] == ["real", "synthetic", "real", "synthetic", "real"]
    until(lambda: page.ask(SHOWN) == order[5], "the sixth is shown")
    page.reload()
    assert page.ask(SHOWN) == order[5]
    assert len(records(blind, "opened")) == 6, "a row that is shown twice is one row"

    desk.kill()
    page.press("4r")
    until(lambda: "not saved" in page.ask("document.getElementById('saved').textContent"), "the page says so")
    desk.start()
    until(lambda: len(records(blind, "told")) == 6, "and sends it when the desk is there again")
    for place in range(6, ROWS):
        until(lambda place=place: page.ask(SHOWN) == order[place], f"record {place + 1}")
        text = page.ask("document.querySelector('main').textContent").lower()
        assert not any(word in text for word in ("right", "auc", "told apart", "alike")), "no feedback before the end"
        page.press("4" + ("r" if truth[order[place]] == REAL else "s"))
    until(lambda: "blind test is done" in page.ask("document.body.textContent"), "the end")
    opened = records(blind, "opened")
    assert {record.item: record.note for record in opened} == {name: f"shown: {truth[name]}" for name in order}
    assert len(opened) == len(records(blind, "told")) == ROWS
    verdicts = page.ask("[...document.querySelectorAll('tbody tr')].map(row => row.textContent)")
    assert [row.startswith(name) for row, name in zip(verdicts, ("everybody", "eve"), strict=True)] == [True, True]
    assert all("told apart" in row for row in verdicts)
    assert "Told apart" in page.ask("document.querySelector('main p').textContent")
    assert page.errors == [] or all("net::ERR_C" in error or "Failed to fetch" in error for error in page.errors)

    commit = take_verdict(blind.chain, "metro")
    assert blind.chain.store.read(commit.output("blind_log").path) == blind.docket.blind_journal.content()
    measured = {row.scope: row for row in commit.evidence if row.metric == "blind.accuracy"}
    assert set(measured) == {"all", "eve"} and measured["eve"].n == ROWS and measured["eve"].low > 0.5


@pytest.mark.long
def test_on_a_phone_for_a_screen_reader_and_without_script(blind, desk_of, pages):
    page = at_test(desk_of(blind.project), pages)
    page.size(390, 844, phone=True, dark=True)
    page.reload()
    assert page.ask("document.documentElement.scrollWidth") <= 390, "nothing to scroll sideways"
    small = "[...document.querySelectorAll('.sure label, .buttons button')].map(e => e.getBoundingClientRect().height)"
    assert min(page.ask(small)) >= 44, "a thumb finds them"
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    said = {(node.get("role", {}).get("value"), node.get("name", {}).get("value")) for node in tree}
    assert {("group", "How sure are you?"), ("progressbar", "Records told")} <= said
    assert sum(role == "radio" and bool(name) for role, name in said) == 4
    assert not [name for role, name in said if role in ("button", "radio", "checkbox", "progressbar") and not name]

    page.script(on=False)
    page.reload_plain()
    page.click(".sure label:nth-of-type(3) input")
    page.click("button[value=synthetic]")
    until(lambda: len(records(blind, "told")) == 1, "a form is sent without script")
    told = records(blind, "told")[0]
    assert (told.answer, told.confidence) == ("synthetic", 3)


def test_more_rows_than_there_are_is_refused_before_anything_is_generated(project, supplychain):
    project.edit(PRODUCT, GENERATE, GENERATE + "  review:\n    blind: {rows: 2000}\n")
    line = r"assets/products/clinic/defs.yaml:\d+: review.blind.rows: wants 1,000 rows of each kind, and of this window"
    code, _, err = supplychain("check", "clinic")
    assert code == 64 and re.search(line + r" there are \d+ of role tune; write \d+ or fewer", " ".join(err.split()))
    chain = project.chain()
    with pytest.raises(BadInput, match=line):
        land(chain, "metro")
    assert chain.ledger.commits("clinic") == [], "the first step says so, and leaves nothing"

    project.edit(PRODUCT, "blind: {rows: 2000}", "blind: {rows: 520}")
    chain = project.chain()
    land(chain, "metro")
    find_gaps(chain, "metro")
    project.edit(PRODUCT, "{all: 400, poor-health: 100}", "{all: 150, poor-health: 50}")
    chain = project.chain()
    with pytest.raises(BadInput, match=r"wants 260 rows of each kind, .* there are 200 planned; write 400 or fewer"):
        make_plan(chain, "metro")
    assert chain.ledger.find("clinic", "plan", "metro") is None


def test_fewer_accepted_rows_than_planned_lose_no_run_for_the_blind_test(project, people):
    reviewed = make(project, people, "{blind: {rows: 400}}", rows=150)
    truths = [truth for truth, _ in reviewed.docket.blind.rows.values()]
    assert (len(truths), truths.count(REAL)) == (300, 150), "as many as there are, still half and half"
    assert reviewed.chain.ledger.find("clinic", "blind", "metro")[1].rows == 300
    assert len(reviewed.docket.lot.items) > 150, "and the lot is frozen as ever"
