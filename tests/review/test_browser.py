"""The desk in a real browser, by keys at speed, with two people, reloads and a server that dies."""

from __future__ import annotations

import json
import re

import pytest

from supplychain.review.files import people as people_of
from supplychain.review.gate import take_verdict
from supplychain.review.lot import Lot
from supplychain.review.verdict import verdict
from tests.review.browser import until
from tests.review.conftest import HOSTILE, make

COUNT = "document.getElementById('count').textContent"


def at_desk(desk, pages, name, width=1200, height=900, at="review", **how):
    page = pages()
    page.size(width, height, **how)
    page.open(desk.links[name])
    page.open(f"http://127.0.0.1:{desk.port}/w/metro/{at}")
    return page


def shown(page):
    return page.ask("document.querySelector('.card').dataset.item")


def test_keys_at_thirty_milliseconds_lose_nothing_and_back_takes_back(reviewed, desk, pages):
    page = at_desk(desk, pages, "ann")
    order = [item.id for item in reviewed.standing.queue("ann")]
    page.press("aaax2aas" + "a" * 30 + "x1")
    until(lambda: len(reviewed.docket.journal.read()) == 38, "every key is an answer")
    records = reviewed.docket.journal.read()
    assert [record.item for record in records] == order[:38], "each to the record that was shown, in order"
    answers = [record.answer for record in records]
    assert answers == ["accept"] * 3 + ["reject"] + ["accept"] * 2 + ["skip"] + ["accept"] * 30 + ["reject"]
    assert [record.reason for record in records if record.reason] == ["impossible-value", "impossible-together"]
    assert all(0 <= record.seconds < 60 for record in records)

    page.press(["Backspace", "Backspace"])
    until(lambda: len(reviewed.docket.journal.read()) == 40, "back is saved")
    records = reviewed.docket.journal.read()
    assert [(record.type, record.item) for record in records[-2:]] == [("undo", order[37]), ("undo", order[36])]
    assert shown(page) == order[36]
    page.press("fxa")
    until(lambda: reviewed.standing.done("ann") == 36, "flagged, and thought again")
    assert [record.type for record in reviewed.docket.journal.read()[-2:]] == ["flag", "decision"]
    until(lambda: page.ask("document.getElementById('saved').textContent") == "saved", "the page says so")
    assert page.ask(COUNT).startswith("36 of")
    assert page.errors == []
    assert {url.split("/")[2] for url in page.requests if url.startswith("http")} == {f"127.0.0.1:{desk.port}"}


@pytest.mark.long
def test_two_reviewers_at_once_and_reloads_in_the_middle(reviewed, desk, pages):
    lot = reviewed.docket.lot
    ann, bob = (at_desk(desk, pages, name) for name in ("ann", "bob"))
    for _ in range(4):
        ann.press("a" * 12)
        bob.press("a" * 12)
        ann.reload()
    until(lambda: reviewed.standing.done("ann") == reviewed.standing.done("bob") == 48, "all of both, and no more", 60)
    mine, theirs = (set(reviewed.standing.reviewers[name].answers) for name in ("ann", "bob"))
    twice = [lot.by_id[item] for item in mine & theirs]
    assert all(item.truth or item.double for item in twice), "nobody judges what the other has on the table"
    assert {item.id for item in lot.items[:20] if item.truth} <= mine & theirs, "each is measured"
    records = reviewed.docket.journal.read()
    assert len({record.key for record in records}) == len(records)
    assert ann.errors == bob.errors == []


@pytest.mark.long
def test_a_server_that_is_killed_loses_no_answer(reviewed, desk, pages):
    page = at_desk(desk, pages, "ann")
    page.press("a" * 5)
    until(lambda: reviewed.standing.done("ann") == 5, "five")
    desk.kill()
    page.press("aax1a")
    until(
        lambda: "not saved yet" in page.ask("document.getElementById('saved').textContent"),
        "the page says that it waits",
    )
    assert reviewed.standing.done("ann") == 5
    desk.start()
    until(lambda: reviewed.standing.done("ann") == 9, "they are sent when it is there again")
    page.press("aa")
    until(lambda: reviewed.standing.done("ann") == 11, "and it goes on, by the old link")
    desk.kill()
    page.press("aa")
    desk.start()
    page.reload()
    until(lambda: reviewed.standing.done("ann") == 13, "a reload sends what was waiting")
    assert [record.answer for record in reviewed.docket.journal.read()].count("reject") == 1


@pytest.mark.long
def test_to_the_end_by_keys(project, people, desk_of, pages):
    reviewed = make(project, people, "{second: 0.0}", rows=60)
    desk = desk_of(project)
    page = at_desk(desk, pages, "ann")
    whole = len(reviewed.standing.queue("ann"))
    truth = {item.id: item.truth for item in reviewed.docket.lot.items}
    for _ in range(whole):
        before = until(lambda: page.ask("document.querySelector('.card')?.dataset.item"), "a record is there")
        page.press("x2" if truth[before] == "defect" else "a")
        until(lambda before=before: page.ask("document.querySelector('.card')?.dataset.item") != before, "the next one")
    until(lambda: "Done" in page.ask("document.body?.textContent || ''"), "the page says that it is done")
    assert reviewed.standing.done("ann") == whole
    page.open(f"http://127.0.0.1:{desk.port}/w/metro/verdict")
    assert "accept" in page.ask("document.querySelector('.tag').textContent")


@pytest.mark.long
def test_hostile_records_run_nothing(reviewed, desk, pages):
    output = reviewed.chain.ledger.current("clinic", "lot", "metro")
    lot = reviewed.docket.lot
    document = json.loads(lot.to_json())
    for item in document["items"]:
        item["values"] = dict.fromkeys(item["values"], HOSTILE)
    for field in document["fields"]:
        field.update(low=None, high=None, label=HOSTILE, typical=HOSTILE)
    made = Lot.from_json(json.dumps(document).encode(), where="test")
    with reviewed.chain.step("review", "metro") as step:
        step.write_document("lot", made.to_json(), rows=len(made.items), **output.notes)
    page = at_desk(desk, pages, "ann")
    page.press("aaa")
    until(
        lambda: len(reviewed.project.chain().ledger.commits("clinic")) and page.ask(COUNT).startswith("3 of"),
        "it works all the same",
    )
    assert "owned" not in page.ask("document.title")
    assert page.ask("document.querySelectorAll('main script, main img').length") == 0
    assert "<script>" in page.ask("document.querySelector('.value').textContent")


@pytest.mark.long
def test_it_works_without_script_on_a_phone_and_for_a_screen_reader(reviewed, desk, pages):
    page = at_desk(desk, pages, "ann", 390, 844, phone=True)
    assert page.ask("document.documentElement.scrollWidth") <= 390, "nothing to scroll sideways"
    small = page.ask(
        "[...document.querySelectorAll('.buttons > button, .buttons summary')]"
        ".filter(b => b.getBoundingClientRect().height < 44).length"
    )
    assert small == 0, "a thumb finds the buttons"
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    said = {(node.get("role", {}).get("value"), node.get("name", {}).get("value")) for node in tree}
    assert ("heading", "Could this record exist? r001") in said or any(role == "heading" for role, _ in said)
    assert not [name for role, name in said if role in ("button", "checkbox", "progressbar") and not name]
    assert {"main", "banner", "table", "rowheader", "columnheader", "status"} <= {role for role, _ in said}
    page.press("a")
    until(lambda: "Accepted" in page.ask("document.getElementById('news').textContent"), "what happened is said")
    assert page.ask("document.activeElement.tagName") == "H1"
    until(lambda: reviewed.standing.done("ann") == 1, "saved")

    page.script(on=False)
    page.reload_plain()
    before = reviewed.standing.done("ann")
    page.click(".accept")
    until(lambda: reviewed.standing.done("ann") == before + 1, "a form is sent without script")
    page.click(".why summary")
    page.click(".why button[value=impossible-value]")
    until(lambda: reviewed.standing.done("ann") == before + 2, "and a reason too")
    page.click(".undo button")
    until(lambda: reviewed.standing.done("ann") == before + 1, "and back")


def disputed(reviewed, count):
    """Two people who differ on so many rows; their ids in the order in which somebody decides."""
    wrong = [item.id for item in reviewed.docket.lot.items if item.double][:count]
    reviewed.judge("ann")
    reviewed.judge("bob", lambda item: item.id in wrong)
    assert sorted(reviewed.standing.disputed) == sorted(wrong)
    return reviewed.standing.disputed


def words_of(reviewed):
    """What the third person has said and not taken back."""
    return [(name, record.answer, record.reason) for name, record in reviewed.standing.settled.items()]


def test_disputes_are_decided_by_keys(reviewed, desk, pages):
    one, two, three, four = disputed(reviewed, 4)
    page = at_desk(desk, pages, "carl", at="adjudicate")
    page.press("ax2b")
    until(lambda: reviewed.standing.records[-1].type == "undo", "three keys at speed, and back")
    assert words_of(reviewed) == [(one, "accept", "")], "what was said of the second is taken back"
    until(lambda: page.ask("document.querySelector('[name=item]').value") == two, "and it is shown again")
    assert page.ask("document.activeElement.tagName") == "H1"
    shown = "document.querySelector('[name=item]').value"
    for key, then in (("s", three), (" ", four), ("s", two)):
        page.press([key])
        until(lambda then=then: page.ask(shown) == then, "one that is put off comes again after the others")
    page.press(["x", "Escape", "h", "1", "f"])
    assert page.ask("document.getElementById('help').open")
    assert len(words_of(reviewed)) == 1, (
        "who put off or thought again has said nothing, and none of the other keys is one here"
    )
    page.press("x1")
    until(lambda: len(words_of(reviewed)) == 2, "rejected, and why")
    assert words_of(reviewed)[1] == (two, "reject", "impossible-together")
    until(lambda: page.ask("document.querySelector('[name=item]').value") == three, "the next one")
    page.ask("document.getElementById('keys').checked = false")
    page.press("aaa")
    page.click("button.accept")
    until(lambda: page.ask("document.querySelector('[name=item]').value") == four, "a press, where keys are off")
    page.press("aa")
    assert len(words_of(reviewed)) == 3, "they stay off on the next page"

    page.script(on=False)
    page.reload_plain()
    page.click("button.accept")
    until(lambda: reviewed.standing.disputed == [], "without script the same page is plain forms")
    page.click(".undo button")
    until(lambda: reviewed.standing.disputed == [four], "back too, when nothing is left")
    assert [record.seconds >= 0 for record in reviewed.standing.settled.values()] == [True] * 3
    assert page.errors == []


@pytest.mark.long
def test_two_approvals_are_of_two_people(project, people, desk_of, pages):
    reviewed = make(project, people, "{approvals: 2, second: 0.0}", rows=60)
    reviewed.judge("ann")
    desk = desk_of(project)
    token = people_of(reviewed.chain).invite("fred", "approver")
    desk.links["fred"] = f"http://127.0.0.1:{desk.port}/enter?token={token}"
    dora, fred = (at_desk(desk, pages, name, at="verdict") for name in ("dora", "fred"))
    assert "awaits approval: 0 of 2" in dora.ask("document.querySelector('main p').textContent")
    form = dora.ask("new URLSearchParams(new FormData(document.querySelector('main form'))).toString()")
    dora.click("main form button.accept")
    until(lambda: "Approval: 1 of 2" in dora.ask("document.body.textContent"), "the first approval")
    assert dora.ask("document.querySelector('main form')") is None, "she is not asked again"
    again = f"fetch(location.href, {{method: 'POST', body: new URLSearchParams('{form}')}})"
    assert dora.ask(f"{again}.then((answer) => answer.status)") == 409, "and cannot be the second one"
    found = verdict(reviewed.docket.lot, reviewed.docket.journal.read())
    assert (found.approved, found.final, found.releases) == (("dora",), False, False)
    assert not take_verdict(reviewed.chain, "metro").gates[-1].passed, "nothing is released by one"

    fred.click("main form button.accept")
    until(lambda: "Approval: 2 of 2" in fred.ask("document.body.textContent"), "the second person's")
    found = verdict(reviewed.docket.lot, reviewed.docket.journal.read())
    assert (found.approved, found.releases) == (("dora", "fred"), True)
    assert all(gate.passed for gate in take_verdict(reviewed.chain, "metro").gates)
    assert len(reviewed.docket.journal.read()) == len(reviewed.standing.reviewers["ann"].answers) + 2


def test_contrast_of_every_colour():
    """Text against its ground at 4.5 to 1 or more, in light and dark (WCAG 2.2, 1.4.3)."""
    from supplychain.review.desk.shared import HERE

    css = (HERE / "static" / "desk.css").read_text()
    for block in re.findall(r":root \{([^}]*)\}", css):
        colours = dict(re.findall(r"--([\w-]+): (#\w+)", block))
        for ink in ("ink", "quiet", "accent", "good", "bad", "warn"):
            for ground in ("paper", "ground"):
                assert _contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground, block[:40])
        assert _contrast(colours["warn"], colours["warn-ground"]) >= 4.5


def _contrast(one, other):
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
