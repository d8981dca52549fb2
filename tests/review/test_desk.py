"""The desk over HTTP, as a page without script uses it, and as somebody who means harm would."""

from __future__ import annotations

import json
import re
import time

from supplychain.review.lot import DEFECT
from supplychain.review.people import People
from tests.review.conftest import HOSTILE, Script


def test_a_review_without_script_from_first_record_to_approval(reviewed, desk):
    ann = Script(desk.links["ann"])
    lot = reviewed.docket.lot
    assert ann.status == 200 and f"Review {len(lot.active(lot.plan.n))} records" in ann.text
    ann.get("/w/metro/review")
    first = ann.field("item")
    ann.post("/w/metro/answer", **_hidden(ann), answer="accept")
    assert ann.status == 200 and ann.field("item") != first
    ann.post("/w/metro/answer", **_hidden(ann), reason="impossible-together", note="both cannot be", fields="age")
    record = reviewed.standing.records[-1]
    assert (record.answer, record.reason, record.note, record.fields) == (
        "reject",
        "impossible-together",
        "both cannot be",
        ("age",),
    )
    ann.post("/w/metro/undo", csrf=ann.field("csrf"), lot=ann.field("lot"))
    assert ann.field("item") == record.item and reviewed.standing.done("ann") == 1
    ann.post("/w/metro/answer", **_hidden(ann), answer="flag")
    assert ann.field("item") == record.item and reviewed.standing.records[-1].type == "flag"
    first_flag = record.item
    ann.post("/w/metro/answer", **_hidden(ann), answer="skip")
    assert ann.field("item") != record.item
    assert [each.type for each in reviewed.docket.journal.read()] == [
        "decision",
        "decision",
        "undo",
        "flag",
        "decision",
    ]

    sent = _hidden(ann)
    ann.post("/w/metro/answer", **sent, answer="accept")
    ann.post("/w/metro/answer", **sent, answer="accept")
    assert reviewed.standing.done("ann") == 2, "a form that is sent twice counts once"

    truth = {item.id: item.truth for item in reviewed.docket.lot.items}
    for name in ("ann", "bob"):
        judge_all(Script(desk.links[name]), truth, wrong={"bob": True}.get(name, False))
    ann.get("/w/metro/verdict")
    assert "third person" in ann.text and "Planted defects found" not in ann.text
    carl = Script(desk.links["carl"])
    carl.get("/w/metro/adjudicate")
    assert "Two answers differ" in carl.text and not re.search(r"\b(ann|bob)\b", carl.text.split("<main")[1])
    while "Two answers differ" in carl.text:
        carl.post("/w/metro/adjudicate", **_hidden(carl), answer="accept")
    back = {name: carl.field(name) for name in ("csrf", "lot", "key")}
    for _ in range(2):  # sent twice is once
        carl.post("/w/metro/adjudicate", **back, answer="undo")
        assert "1 to decide" in carl.text and reviewed.standing.records[-1].role == "adjudicator"
    sent = _hidden(carl)
    for _ in range(2):
        carl.post("/w/metro/adjudicate", **sent, answer="accept")
        assert carl.status == 200 and "Nothing is disputed" in carl.text
    dora = Script(desk.links["dora"])
    dora.get("/w/metro/verdict")
    assert ">accept<" in dora.text and re.search(r"\d+ of 40", dora.text)
    assert "rejected" in dora.text
    assert "somebody asks for another look" in dora.text and re.search(rf"<summary>{first_flag} .*by ann", dora.text)


def test_a_dispute_that_is_put_off_comes_again_after_the_others(reviewed, desk):
    wrong = [item.id for item in reviewed.docket.lot.items if item.double][:3]
    reviewed.judge("ann")
    reviewed.judge("bob", lambda item: item.id in wrong)
    carl, before = Script(desk.links["carl"]), reviewed.docket.journal.read()
    carl.get("/w/metro/adjudicate")
    shown = []
    for _ in range(4):
        shown.append(carl.field("item"))
        carl.post("/w/metro/adjudicate", **_hidden(carl), answer="skip")
    assert shown == [*wrong, wrong[0]] and carl.field("item") == wrong[1]
    assert reviewed.docket.journal.read() == before, "nothing was said of them"
    carl.post("/w/metro/adjudicate", **_hidden(carl), answer="accept")
    assert carl.field("item") == wrong[2], "what was put off does not come at once"
    carl.post("/w/metro/adjudicate", **_hidden(carl), answer="accept")
    assert carl.field("item") == wrong[0] and ">Skip<" not in carl.text, "there is no other one"
    carl.post("/w/metro/adjudicate", **{name: carl.field(name) for name in ("csrf", "lot")}, answer="undo")
    assert carl.field("item") == wrong[2], "what was taken back is shown again"


def _hidden(page):
    return {name: page.field(name) for name in ("csrf", "lot", "item", "key", "shown")}


def judge_all(page, truth, window="metro", *, wrong=False):
    """Everything that waits, through the interface that a page with script uses."""
    page.get(f"/w/{window}/review")
    if "Done: nothing waits" in page.text:
        return
    csrf = page.field("csrf")
    errors = 2 if wrong else 0
    import urllib.request

    while True:
        page.get(f"/w/{window}/cards?have=")
        lot, cards = (json.loads(page.text)[name] for name in ("lot", "cards"))
        if not cards:
            return
        events = []
        for card in cards:
            reject = truth[card["id"]] == DEFECT
            if errors and not truth[card["id"]]:
                reject, errors = True, errors - 1
            answer = {"answer": "reject", "reason": "impossible-value"} if reject else {"answer": "accept"}
            events.append(
                {"type": "decision", "item": card["id"], "seconds": 5, "key": f"s{card['id']}", "lot": lot, **answer}
            )
        body = json.dumps(events).encode()
        headers = {"x-csrf": csrf, "content-type": "application/json"}
        page._send(urllib.request.Request(f"{page.base}/w/{window}/events", body, headers))
        assert page.status == 200, page.text


def test_nobody_comes_in_or_does_what_is_not_theirs(reviewed, desk):
    stranger = Script(f"http://127.0.0.1:{desk.port}/enter?token=guess")
    assert stranger.status == 403 and not stranger.jar
    for path in ("/", "/w/metro/review", "/w/metro/cards", "/w/metro/verdict", "/w/metro/adjudicate", "/w/metro/blind"):
        stranger.get(path)
        assert stranger.status == 403, path
    ann = Script(desk.links["ann"])
    cookie = next(iter(ann.jar))
    assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "lax"
    assert "token" not in ann.text
    ann.get("/w/metro/adjudicate")
    assert ann.status == 403
    ann.get("/w/metro/blind")
    assert ann.status == 403
    ann.get("/w/metro/review")
    good = _hidden(ann)
    for wrong, status in (({"csrf": ""}, 403), ({"csrf": "x" * 32}, 403), ({"item": "r999"}, 400)):
        ann.post("/w/metro/answer", **{**good, **wrong}, answer="accept")
        assert ann.status == status, wrong
    ann.post("/w/metro/answer", **good, answer="reject", reason="no such reason")
    assert ann.status == 400
    ann.post("/w/metro/answer", **good, answer="accept", note="x" * 2_000_000)
    assert ann.status in (413, 0), "refused before it is read: the line may be cut while it is still being sent"
    ann.get("/w/../../etc/passwd")
    assert ann.status == 404
    ann.get("/static/../app.py")
    assert ann.status == 404
    ann.get("/", Host="evil.example")
    assert ann.status == 400, "a name that somebody else points at this machine"
    assert reviewed.docket.journal.read() == []
    people = People(reviewed.project.home / "reviews" / "people.json")
    people.invite("ann")
    ann.get("/")
    assert ann.status == 403, "a new link ends the old one"


def test_a_link_that_has_ended_says_so_in_one_line(reviewed, desk, supplychain):
    ann = Script(desk.links["ann"])
    assert 13 * 86_400 < next(iter(ann.jar)).expires - time.time() <= 14 * 86_400, "the browser forgets it then too"
    ann.get("/w/metro/review")
    sent = _hidden(ann)
    code, out, _ = supplychain("review", "people", "clinic")
    assert code == 0 and "good until" in out and "ended" not in out
    code, out, _ = supplychain("review", "people", "clinic", "--end", "ann", "--json")
    assert {each["name"] for each in json.loads(out) if each["has_ended"]} == {"ann"}
    for ask in (
        lambda: ann.get("/"),
        lambda: ann.get("/w/metro/cards"),
        lambda: ann.post("/w/metro/answer", **sent, answer="accept"),
        lambda: Script(desk.links["ann"]).text,
    ):
        assert re.search(r"ann, your link ended \(20\d\d-\d\d-\d\d \d\d:\d\d UTC\)\. Ask whoever runs", ask())
    assert ann.status == 403 and reviewed.docket.journal.read() == []
    assert "Review 1" in Script(desk.links["bob"]).text, "nobody else's has"


def test_a_link_whose_day_has_ended_is_refused_by_a_page_that_says_what_to_do(reviewed, desk):
    ann = Script(desk.links["ann"])
    ann.get("/w/metro/review")
    sent = _hidden(ann)
    file = reviewed.project.home / "reviews" / "people.json"
    there = json.loads(file.read_text())
    for each in there:
        each["until"] = "2020-02-29T10:00:00+00:00" if each["name"] == "ann" else each["until"]
    file.write_text(json.dumps(there))  # as a link is when its days are over
    late = Script(desk.links["ann"])
    assert late.status == 403 and not late.jar, "nobody is let in"
    for page in (late.text, ann.get("/"), ann.post("/w/metro/answer", **sent, answer="accept")):
        assert "<h1>" in page and "ann, your link ended (2020-02-29 10:00 UTC)" in page
        assert "Ask whoever runs the desk for a new one: `supplychain review serve` prints it." in page
    assert "your link ended" in json.loads(ann.get("/w/metro/cards?have="))["error"] and ann.status == 403
    assert reviewed.docket.journal.read() == []
    token = People(file).invite("ann")
    again = Script(f"http://127.0.0.1:{desk.port}/enter?token={token}")
    assert again.status == 200 and "Review 1" in again.text, "the new link, with the role as it was"


def test_a_role_that_is_taken_away_is_gone_at_once_at_an_open_desk(reviewed, desk, supplychain):
    ann, dora = (Script(desk.links[name]) for name in ("ann", "dora"))
    ann.get("/w/metro/review")
    sent = _hidden(ann)
    People(reviewed.project.home / "reviews" / "people.json").invite("bob", "adjudicator")
    assert supplychain("review", "people", "clinic", "--end", "dora", "--role", "reviewer")[0] == 64
    code, out, _ = supplychain("review", "people", "clinic", "--end", "ann", "--role", "reviewer", "--json")
    assert code == 0 and {each["name"]: each["roles"] for each in json.loads(out)}["ann"] == []
    ann.post("/w/metro/answer", **sent, answer="accept")
    assert ann.status == 403 and reviewed.docket.journal.read() == [], "an open page cannot answer any more"
    assert dora.get("/") and dora.status == 200


def test_a_person_of_two_roles_keeps_the_other_one(reviewed, desk, supplychain):
    token = People(reviewed.project.home / "reviews" / "people.json").invite("zoe", "reviewer", "adjudicator")
    zoe = Script(f"http://127.0.0.1:{desk.port}/enter?token={token}")
    assert zoe.get("/w/metro/adjudicate") and zoe.status == 200
    assert supplychain("review", "people", "clinic", "--end", "zoe", "--role", "adjudicator")[0] == 0
    assert "This is for the role adjudicator; you are reviewer." in zoe.get("/w/metro/adjudicate")
    assert zoe.status == 403 and zoe.get("/w/metro/review") and zoe.status == 200


def test_a_person_who_is_removed_is_out_at_once_and_comes_back_with_nothing(reviewed, desk, supplychain):
    file = reviewed.project.home / "reviews" / "people.json"
    token = People(file).invite("zoe", "reviewer", "adjudicator", "approver")
    zoe = Script(f"http://127.0.0.1:{desk.port}/enter?token={token}")
    assert zoe.get("/w/metro/adjudicate") and zoe.status == 200
    assert supplychain("review", "people", "clinic", "--remove", "zoe", "--end", "zoe")[0] == 64
    assert supplychain("review", "people", "clinic", "--remove", "zoe")[0] == 0
    assert "zoe, your link ended" in zoe.get("/w/metro/review") and zoe.status == 403
    again = Script(f"http://127.0.0.1:{desk.port}/enter?token={People(file).invite('zoe', 'reviewer')}")
    assert again.get("/w/metro/review") and again.status == 200
    assert again.get("/w/metro/adjudicate") and again.status == 403, "what was taken does not come back with a link"
    code, out, _ = supplychain("review", "people", "clinic", "--log", "--json")
    told = [(each["what"], each["roles"]) for each in json.loads(out) if each["person"] == "zoe"]
    assert code == 0 and told[1:] == [("take", "adjudicator, approver, reviewer"), ("invite", "reviewer")]
    assert " take " in supplychain("review", "people", "clinic", "--log")[1]


def test_pages_load_nothing_from_elsewhere_and_are_not_framed(desk):
    ann = Script(desk.links["ann"])
    for path in ("/", "/w/metro/review", "/static/desk.js"):
        ann.get(path)
        policy = ann.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert ann.headers["x-content-type-options"] == "nosniff" and ann.headers["cache-control"] == "no-store"
        assert not re.findall(r"(?:src|href|action)=\"(?:https?:)?//", ann.text)
        assert " style=" not in ann.text and "<script>" not in ann.text


def test_a_second_reviewer_is_not_told_the_first_answer_nor_the_stratum(reviewed, desk):
    ann, bob = (Script(desk.links[name]) for name in ("ann", "bob"))
    truth = {item.id: item.truth for item in reviewed.docket.lot.items}
    judge_all(ann, truth, wrong=False)
    bob.get("/w/metro/cards?have=")
    doubles = {item.id for item in reviewed.docket.lot.active(127) if item.double}
    cards = json.loads(bob.text)["cards"]
    assert cards and all(truth[card["id"]] or card["id"] in doubles for card in cards)
    for word in ("ann", "seeded", "targeted", "suspect", "planted"):
        assert not re.search(rf"\b{word}\b", bob.text), word


def test_a_hostile_record_is_text(project, people):
    from starlette.responses import HTMLResponse

    from supplychain.review.desk.pages import card_context
    from supplychain.review.desk.shared import Shared
    from supplychain.review.lot import Field, Item
    from tests.review.conftest import make

    reviewed = make(project, people, "{second: 0.0}", rows=40)
    lot = reviewed.docket.lot
    field = Field(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    context = card_context(
        type(lot)(**{**lot.__dict__, "fields": (field,), "items": ()}),
        Item(HOSTILE, "random", {HOSTILE: HOSTILE}),
        "/w/x",
        "c",
    )
    page = Shared(reviewed.chain).page("card.html", card=context)
    assert isinstance(page, HTMLResponse)
    text = page.body.decode()
    assert "<script>" not in text and "<img" not in text and "&lt;script&gt;" in text and "{{7*7}}" in text
