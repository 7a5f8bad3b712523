"""Files of a conversation: for whoever may read the entry, for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from app.accounts.models import Person
from app.conversations.models import Attachment, Conversation
from app.lib import uploads
from app.lib.db import db, unit_of_work

Browsers = Callable[[Person], FlaskClient]


@pytest.fixture
def sent(talk: Conversation, ada: Person) -> Attachment:
    with unit_of_work():
        upload = uploads.judge(b"the plan of the house", "plan.txt").kept("pending:ada")
        entry = talk.say(ada, "", uploads=[upload])
    assert entry.kind == "file" and entry.keywords == "plan.txt" and talk.last_line == "plan.txt"
    return entry.attachments[0]


def path(talk: Conversation, attachment: Attachment) -> str:
    return f"/conversations/{talk.reference}/files/{attachment.id}"


def test_both_sides_have_the_file_as_a_download(
    talk: Conversation, sent: Attachment, ada: Person, grace: Person, client_of: Browsers
) -> None:
    for who in (ada, grace):
        answer = client_of(who).get(path(talk, sent))
        assert answer.data == b"the plan of the house" and answer.headers["Content-Disposition"].startswith("attachment")
        answer.close()


def test_strangers_do_not_even_learn_that_it_is_there(
    talk: Conversation, sent: Attachment, eve: Person, client: FlaskClient, client_of: Browsers
) -> None:
    with unit_of_work():
        other = Conversation.open(eve, "chat")
    for browser in (client, client_of(eve)):
        assert browser.get(path(talk, sent)).status_code == 404
        assert browser.get(path(other, sent)).status_code == 404


def test_a_file_of_a_note_is_for_people_who_work_here(talk: Conversation, ada: Person, grace: Person, client_of: Browsers) -> None:
    with unit_of_work():
        upload = uploads.judge(b"internal", "internal.txt").kept("pending:grace")
        attachment = talk.note(grace, "see file", uploads=[upload]).attachments[0]
    assert client_of(ada).get(path(talk, attachment)).status_code == 404
    answer = client_of(grace).get(path(talk, attachment))
    assert answer.status_code == 200
    answer.close()


def test_a_file_that_was_taken_back_is_gone(talk: Conversation, sent: Attachment, ada: Person, client_of: Browsers) -> None:
    file, address = sent.upload.file, path(talk, sent)
    with unit_of_work():
        entry = talk.entry(sent.entry_id)
        assert entry is not None
        talk.delete(ada, entry)
    assert client_of(ada).get(address).status_code == 404
    assert not file.exists() and db.session.get(Attachment, sent.id) is None


def test_as_many_files_as_are_offered_may_each_be_as_large_as_one_may_be(
    app: Flask, talk: Conversation, ada: Person, client_of: Browsers
) -> None:
    browser, most = client_of(ada), app.config["SETTINGS"].max_upload_mb * 1024 * 1024

    def sent(address: str, *files: bytes) -> int:
        given = [FileStorage(BytesIO(content), f"{number}.txt") for number, content in enumerate(files)]
        boundary, body = encode_multipart(MultiDict([("words", "All of it"), *(("files", one) for one in given)]))
        kind = f'multipart/form-data; boundary="{boundary}"'
        return browser.post(f"/chat/{talk.reference}/{address}", data=body, content_type=kind).status_code

    assert sent("entries", *[b"words " * (most // 14)] * 3) == 303
    assert sent("address", b"words " * (most // 14)) == 422
    assert sent("address", *[b"words " * (most // 14)] * 3) == 413
