"""Who may come to the desk, as what, and until when."""

from __future__ import annotations

import json
import threading

import pytest

from supplychain.errors import BadInput, StoreFault
from supplychain.review.people import People


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--reviewer", "ann", "--approver", " "), "--approver: is empty; name somebody"),
        (("--port", "99999"), "'--port': Input should be less than or equal to 65535"),
    ],
)
def test_a_desk_that_cannot_be_opened_invites_nobody(reviewed, supplychain, arguments, line):
    code, _, err = supplychain(
        "review", "serve", "clinic", *(("--port", "0") if "--port" not in arguments else ()), *arguments
    )
    assert code == 64 and line in err and "Traceback" not in err
    assert "Nobody yet" in supplychain("review", "people", "clinic")[1]


def test_a_link_is_one_persons_and_ends_with_the_next(tmp_path):
    people = People(tmp_path / "people.json")
    first = people.invite("ann", "reviewer")
    assert people.by_token(first).name == "ann" and people.by_token("x") is None
    assert first not in people.path.read_text() and people.path.stat().st_mode & 0o077 == 0
    second = people.invite("ann", "approver")
    assert people.by_token(first) is None and people.by_token(second).roles == ("approver", "reviewer")
    with pytest.raises(BadInput, match="roles are"):
        people.invite("ann", "king")


def test_a_link_ends_by_its_day_or_by_hand(tmp_path):
    people = People(tmp_path / "people.json")
    token, short = people.invite("ann", "reviewer", days=2), people.invite("bob", "reviewer", days=0)
    ann = people.by_token(token)
    assert 86_400 < ann.seconds_left <= 2 * 86_400 and ann.end.endswith(" UTC") and not ann.has_ended
    assert people.by_token(short).has_ended, "who it was is still known, to say so"
    with pytest.raises(BadInput, match="is nobody at the desk; did you mean 'ann'"):
        people.end("anne")
    assert people.end("ann").has_ended and people.by_token(token).has_ended
    again = people.invite("ann", "approver")
    assert people.by_token(again).seconds_left > 13 * 86_400, "fourteen days where nobody says otherwise"
    document = json.loads(people.path.read_text())
    people.path.write_text(json.dumps([{k: v for k, v in each.items() if k != "until"} for each in document]))
    assert people.by_token(again).has_ended, "a file of before, whose links had no end"


def test_a_role_is_taken_away_and_the_last_one_ends_the_link(tmp_path, supplychain, reviewed):
    people = People(tmp_path / "people.json")
    token = people.invite("ann", "reviewer", "approver")
    people.invite("bob", "reviewer")
    assert people.take_away("ann", "approver").roles == ("reviewer",)
    assert people.by_token(token).roles == ("reviewer",) and not people.by_token(token).has_ended
    with pytest.raises(BadInput, match=r"approver: is no role of theirs \(ann is reviewer\)"):
        people.take_away("ann", "approver")
    people.take_away("ann", "reviewer")
    assert people.by_token(token).roles == () and people.by_token(token).has_ended
    assert [person.roles for person in people.all()] == [(), ("reviewer",)], "nobody else's"
    assert people.by_token(people.invite("ann", "adjudicator")).roles == ("adjudicator",), "and none comes back"
    code, _, err = supplychain("review", "people", "clinic", "--role", "approver")
    assert code == 64 and "--role: says not whose" in err


def test_what_is_given_and_taken_is_in_a_log_that_nobody_edits(tmp_path):
    people = People(tmp_path / "people.json")
    people.invite("ann", "reviewer", "approver")
    people.take_away("ann", "approver")
    with pytest.raises(BadInput):
        people.take_away("ann", "approver")
    people.end("ann")
    people.end("ann")
    people.take_away("ann")
    assert people.take_away("ann").roles == (), "there is none left, and nothing to write down"
    told = [(record.type, record.reviewer, record.role) for record in people.log.read()]
    assert told == [
        ("invite", "ann", "reviewer, approver"),
        ("take", "ann", "approver"),
        ("end", "ann", "reviewer"),
        ("take", "ann", "reviewer"),
    ]
    assert all("by " in record.note and record.at for record in people.log.read())
    token = people.all()[0].token
    assert token not in people.log.path.read_text(), "nobody comes in by the log"
    lines = people.log.path.read_text().splitlines(keepends=True)
    people.log.path.write_text("".join([lines[0], *lines[2:]]))
    with pytest.raises(StoreFault, match="does not follow"):
        people.invite("ann", "approver")
    assert people.all()[0].roles == (), "a log that was edited gives nobody a role"


def test_what_two_take_away_at_once_is_gone(tmp_path):
    people = People(tmp_path / "people.json")
    names = [f"p{number}" for number in range(12)]
    for name in names:
        people.invite(name, "reviewer", "approver")
    threads = [threading.Thread(target=people.take_away, args=(name, "approver")) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {person.name: person.roles for person in people.all()} == dict.fromkeys(names, ("reviewer",))
    assert len(people.log.read()) == 24
