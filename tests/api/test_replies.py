"""Replies from a mailbox: matched by Message-ID, automatic ones left out, and forgotten with their sender."""

from __future__ import annotations

import mailbox
import shutil
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import pytest

from decision_log import DecisionLog, run_day
from decision_log.importing.replies import read_replies

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def mail(number, to="<q-1@shop>", sender="Pat Lee <PAT@example.com>", at=NOON, **headers):
    message = EmailMessage()
    message["From"], message["Date"] = sender, format_datetime(at)
    message["Message-ID"] = f"<reply-{number}@example.com>"
    message["Subject"] = "Re: lessons"
    if to:
        message["In-Reply-To"] = to
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content(f"SECRET words {number}")
    return message


AUTOMATIC = [
    mail(90, Auto_Submitted="auto-replied"),
    mail(91, Precedence="bulk"),
    mail(92, X_Autoreply="yes"),
    mail(93, X_Vacation="yes"),
    mail(94, Subject="Out of Office: back on Monday"),
    mail(95, sender="MAILER-DAEMON@example.com"),
    mail(96, List_Id="<list.example.com>"),
]


@pytest.fixture(scope="module")
def home_once(tmp_path_factory):
    home = tmp_path_factory.mktemp("mail") / "home"
    with DecisionLog(home=home) as log:
        for number, message_id in ((1, "<q-1@shop>"), (2, "q-2@shop")):
            log.log_decision(
                f"d-{number}", "golf", "email", "Replied", sender="pat@example.com",
                opportunity_id=message_id, timestamp=NOON - timedelta(days=2),
                recorded_at=NOON - timedelta(days=2),
            )  # fmt: skip
        log.log_decision(
            "d-3", "golf", "email", "Wrote", context={"message_id": "<ours@shop>"},
            timestamp=NOON - timedelta(days=2), recorded_at=NOON - timedelta(days=2),
        )  # fmt: skip
    return home


@pytest.fixture
def log(home_once, tmp_path):
    shutil.copytree(home_once, tmp_path / "home")
    with DecisionLog(home=tmp_path / "home") as log:
        (tmp_path / "home" / "inbox").mkdir()
        yield log


def mbox(log, *messages, name="replies.mbox"):
    path = log.settings.home.folder / "inbox" / name
    box = mailbox.mbox(path)
    for message in messages:
        box.add(message)
    box.close()
    return path


def step(log, name="replies.mbox"):
    return next(one for one in run_day(log) if one.name == f"import {name}")


def responses(log):
    rows = {row["decision_id"]: row for row in log.find_decisions()}
    assert {row["state"] for row in rows.values()} == {"open"}
    return {name: row["outcomes"] for name, row in rows.items()}


def test_replies_become_responses_once_and_close_nothing(log):
    messages = [mail(1), mail(2, "<q-2@shop>"), mail(3, "<ours@shop>", sender="kim@else.org")]
    path = mbox(log, *messages)
    done = step(log)
    assert done.done, done.what
    assert responses(log) == {"d-1": 1, "d-2": 1, "d-3": 1}
    assert not path.exists()
    assert (path.parent / "done" / path.name).exists()
    outcome = log.get_decision("d-1")["outcomes"][0]
    assert (outcome["outcome_type"], outcome["response_received"]) == ("response", True)
    assert datetime.fromisoformat(outcome["occurred_at"]) == NOON
    mbox(log, *messages, mail(4))
    assert "1 new responses, 3 already" in step(log).what


@pytest.mark.parametrize("message", AUTOMATIC, ids=lambda message: message["Message-ID"])
def test_an_automatic_reply_is_no_response(tmp_path, message):
    box = mailbox.mbox(tmp_path / "box")
    for one in (message, mail(1)):
        box.add(one)
    box.close()
    assert [reply.id for reply in read_replies(tmp_path / "box")] == ["reply-1@example.com"]


def test_only_the_sender_of_a_decision_answers_it_and_only_after_it_was_made(log):
    mbox(
        log,
        mail(1, sender="me@shop"),
        mail(2, at=NOON - timedelta(days=9)),
        mail(3, "<other@else>"),
        mail(4, at=datetime.now(UTC) + timedelta(days=3)),
    )
    assert step(log).what.startswith("0 new responses")
    assert set(responses(log).values()) == {0}


def test_a_maildir_is_read_and_stays_for_the_next_mails(log):
    path = log.settings.home.folder / "inbox" / "mail"
    box = mailbox.Maildir(path)
    box.add(mail(1))
    assert step(log, "mail").what.startswith("1 new responses, 0 already")
    box.add(mail(2, "<q-2@shop>"))
    assert step(log, "mail").what.startswith("1 new responses, 1 already")


def test_hostile_mails_are_inert(log):
    path = mbox(log, mail(1))
    with path.open("ab") as file:
        file.write(
            b"\nFrom x\nFrom: =?utf-8?q?=ff?= <pat@example.com>\nIn-Reply-To: <q-1@shop>\nDate: nonsense\n\n"
        )
        file.write(
            b"\nFrom y\nIn-Reply-To: " + b"<a@b> " * 40_000 + b"\nDate: Mon, 99\nFrom: \xff\xfe\n\n"
        )
        file.write(
            b"\nFrom z\nFrom: pat@example.com\nReferences: <'; DROP TABLE decisions; --@x> <q-2@shop>\n"
        )
        file.write(
            b"Message-ID: <"
            + b"m" * 5000
            + b">\nDate: Mon, 02 Mar 2026 13:00:00 +0000\n\n"
            + b"\x00" * 99
        )
    assert step(log).done
    assert responses(log) == {"d-1": 1, "d-2": 1, "d-3": 0}


def test_forgetting_takes_a_persons_messages_out_of_mailboxes(log):
    mbox(log, mail(1), mail(2, "<q-2@shop>"), mail(3, "<ours@shop>", sender="kim@else.org"))
    run_day(log)
    forgotten = log.forget(sender="pat@example.com")
    kept = (log.settings.home.folder / "inbox" / "done" / "replies.mbox").read_text()
    assert "SECRET words 3" in kept
    assert "SECRET words 1" not in kept
    assert "pat@example.com" not in kept.lower()
    assert forgotten["found"] == []
