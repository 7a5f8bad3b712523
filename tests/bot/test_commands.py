"""The bot on the command line: guesses in the order of the questions, honest figures, and clear words for a broken file."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app.bot import commands, minds, rehearsal
from app.lib.intents import Brain, SemanticBrain
from app.lib.meaning import is_possible
from app.lib.meaning.importing import import_model
from tests.lib.tiny_model import Tiny

TRAIN = """sentence,label
I want to book a call,book
book an appointment,book
make an appointment,book
schedule a call,book
can I book a time,book
I want my money back,refund
refund my payment,refund
how do I get a refund,refund
return my money please,refund
refund the invoice,refund
"""


class Desk:
    """A folder with files and the command line beside it."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.run = app.test_cli_runner().invoke
        self.folder = folder

    def file(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def predict(self, train: str | bytes, asked: str | bytes, *more: str) -> Result:
        files = ["--train", self.file("train.csv", train), "--in", self.file("in.csv", asked), "--out", str(self.folder / "out.csv")]
        return self.run(args=["bot", "predict", *files, *more])

    def out(self) -> list[dict[str, str]]:
        with (self.folder / "out.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def desk(app: Flask, tmp_path: Path) -> Desk:
    return Desk(app, tmp_path)


def test_every_question_gets_its_row_in_order(desk: Desk) -> None:
    asked = ["Refund, please!", "book a call", "", "book a call", 'she said "refund"\nand left']
    with (desk.folder / "asked.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["sentence", "label"], *([one, "x"] for one in asked)])
    done = desk.predict(TRAIN, (desk.folder / "asked.csv").read_bytes())
    assert done.exit_code == 0, done.output
    assert [row["sentence"] for row in desk.out()] == asked
    assert [row["predicted_label"] for row in desk.out() if row["sentence"]] == ["refund", "book", "book", "refund"]
    assert list(desk.out()[0]) == ["sentence", "predicted_label", "confidence", "top3"]
    assert all(set(row["top3"].split("|")) == {"book", "refund"} for row in desk.out())
    sure = [float(row["confidence"]) for row in desk.out()]
    assert sure[1] == sure[3] > sure[2] == 0


def test_without_an_imported_model_the_default_tier_answers_and_says_so(desk: Desk) -> None:
    done = desk.predict(TRAIN, "sentence\nrefund\n", "--tier", "semantic")
    assert done.exit_code == 0 and "default tier answers" in done.output
    assert desk.out()[0]["predicted_label"] == "refund"


@pytest.mark.parametrize(
    "train",
    [
        ("\ufeff" + TRAIN).encode(),
        TRAIN.replace("my payment", "the café").encode("latin-1"),
        TRAIN.replace("\n", "\r\n"),
        "label,other,Sentence \nrefund,1,give back my refund\n\nrefund\nbook,2,book a call\n",
        TRAIN + TRAIN + ",book\nno label,\n",
        "sentence,label\nrefund my payment,refund\n",
        "sentence,label\n" + "refund " * 50_000 + ",refund\n",
        TRAIN + "refund\x00,refund\n",
    ],
)
def test_files_from_any_spreadsheet_can_be_learned_from(desk: Desk, train: str | bytes) -> None:
    done = desk.predict(train, "sentence\na refund\n")
    assert done.exit_code == 0, done.output
    assert desk.out()[0]["predicted_label"] == "refund"


@pytest.mark.parametrize(
    ("train", "asked", "said"),
    [
        ("", "sentence\nx\n", "train.csv has no column 'sentence'"),
        ("sentence,intent\nx,y\n", "sentence\nx\n", "train.csv has no column 'label'"),
        ("sentence,label\n", "sentence\nx\n", "train.csv has no row"),
        ("sentence,label\n,book\n?!,book\n", "sentence\nx\n", "no example"),
        (TRAIN, "", "in.csv has no column 'sentence'"),
        (TRAIN, "text\nx\n", "Its first line must name: sentence."),
        (b"\x89PNG\x00\xff\xfe", "sentence\nx\n", "has no column"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(desk: Desk, train: str | bytes, asked: str, said: str) -> None:
    done = desk.predict(train, asked)
    assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
    assert said in done.output


def test_no_question_gives_an_empty_answer(desk: Desk) -> None:
    assert desk.predict(TRAIN, "sentence\n").exit_code == 0
    assert desk.out() == []


def test_a_place_that_cannot_be_written_is_said(desk: Desk) -> None:
    done = desk.predict(TRAIN, "sentence\nx\n", "--out", str(desk.folder / "nowhere" / "out.csv"))
    assert done.exit_code == 1 and "cannot be written" in done.output


def test_eval_measures_own_and_foreign_questions(desk: Desk) -> None:
    test = "sentence,label\nbook a call now,book\nrefund my money,refund\nzebras on jupiter,foreign\n"
    done = desk.run(args=["bot", "eval", "--train", desk.file("train.csv", TRAIN), "--test", desk.file("test.csv", test)])
    assert done.exit_code == 0, done.output
    for line in ("labels 2", "in scope 2", "out of scope 1", "accuracy 1.000", "out-of-scope recall 1.000", "AUROC 1.000"):
        assert line in done.output.splitlines()


def test_eval_asks_the_examples_themselves_when_there_is_no_other_file(desk: Desk) -> None:
    done = desk.run(args=["bot", "eval", "--train", desk.file("train.csv", TRAIN)])
    assert done.exit_code == 0, done.output
    assert "in scope 10" in done.output and "out-of-scope" not in done.output


def test_eval_of_one_label_does_not_break(desk: Desk) -> None:
    done = desk.run(args=["bot", "eval", "--train", desk.file("train.csv", "sentence,label\nhello,hi\n")])
    assert done.exit_code == 0 and "in scope 0" in done.output


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a small model that the import takes for the known one."""
    if not is_possible():
        pytest.skip("numpy is not installed: the extra `semantic`")
    model = Tiny(tmp_path / "model")
    monkeypatch.setattr(commands, "import_model", partial(import_model, pinned=model.pinned))
    return tmp_path / "model"


def test_an_imported_model_answers_in_the_semantic_tier_and_in_the_chat(desk: Desk, app: Flask, tiny: Path) -> None:
    done = desk.run(args=["bot", "import-model", str(tiny)])
    assert done.exit_code == 0 and "The semantic tier is on" in done.output, done.output
    assert isinstance(minds.brain(), SemanticBrain)
    done = desk.predict(TRAIN, "sentence\nrefund my money\nbook a call\n\n", "--tier", "semantic")
    assert done.exit_code == 0 and "default tier" not in done.output
    assert [row["predicted_label"] for row in desk.out()] == ["refund", "book"]
    measured = desk.run(args=["bot", "eval", "--train", desk.file("train.csv", TRAIN), "--tier", "semantic"])
    assert measured.exit_code == 0 and "in scope 10" in measured.output
    minds.model_path().unlink()
    assert isinstance(minds.brain(), Brain)


def test_another_model_is_refused_in_plain_words(desk: Desk, tmp_path: Path) -> None:
    if not is_possible():
        pytest.skip("numpy is not installed: the extra `semantic`")
    Tiny(tmp_path / "model")
    done = desk.run(args=["bot", "import-model", str(tmp_path / "model")])
    assert done.exit_code == 1 and "is not that of all-MiniLM-L6-v2" in done.output
    assert not minds.model_path().exists()


def test_the_firms_rehearsals_go_as_written(desk: Desk) -> None:
    done = desk.run(args=["bot", "test"])
    assert done.exit_code == 0 and int(done.output.split()[0]) >= 12, done.output


def test_a_rehearsal_that_goes_otherwise_is_named_with_its_line(
    desk: Desk, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong.txt").write_text("# Hours\n> when are you open\n< never\n= source intent:prices\n= person asked\n= weak\n")
    (tmp_path / "odd.txt").write_text("when are you open\n= mood good\n")
    monkeypatch.setattr(rehearsal, "paths", lambda: sorted(tmp_path.glob("*.txt")))
    done = desk.run(args=["bot", "test"])
    assert done.exit_code == 1 and "2 conversations, 7 faults" in done.output, done.output
    for line in ("wrong.txt:3", "wrong.txt:4", "wrong.txt:5", "wrong.txt:6", "odd.txt:1", "odd.txt:2", "wants nothing"):
        assert line in done.output
    assert len(list(rehearsal.problems())) == 7
