"""Words: short enough to read, and nothing in them that belongs to a client or opens a door."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.help.lint.sheet import ADVICE, Finding, Sheet
from app.lib import markdown

LONGEST_SENTENCE, LONGEST_PARAGRAPH, HARDEST = 34, 120, 10.0
SENTENCE = re.compile(r"[.!?](?=\s|$)")
WORD = re.compile(r"[A-Za-zÀ-ÿ][\w'’-]*")
VOWELS = re.compile(r"[aeiouy]+")
NOT_PROSE = re.compile(r"^\s*(?:[|#>]|!!!|\?\?\?|///|===|\[|<|[-*+]\s|\d+[.)]\s|:\s)|^ {4}")
MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
PHONE = re.compile(r"(?<![\w.])\+?1?[ .-]?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)")
BIRTH = re.compile(r"\b(?:born|birth|dob|d\.o\.b\.)\b[^.\n]{0,20}\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}", re.I)
SECRET = re.compile(
    r"\b(?:sk_live_\w{8,}|AKIA[0-9A-Z]{16}|ghp_\w{20,}|xox[bap]-[\w-]{10,}|eyJ[\w-]{15,}\.[\w-]{15,}\.[\w-]+)|-----BEGIN [A-Z ]*PRIVATE KEY"
)


def rules(sheet: Sheet) -> Iterator[Finding]:
    yield from private(sheet)
    yield from long_ones(sheet)
    grade = grade_of(" ".join(text for _, text in prose(sheet)))
    if grade > HARDEST:
        words = f"The text reads like grade {grade:.0f}; {HARDEST:.0f} is the most. Shorten sentences."
        yield sheet.at(sheet.document.body_line, words, ADVICE)


def private(sheet: Sheet) -> Iterator[Finding]:
    """Addresses, numbers, dates of birth and keys of real people and systems. Examples use example domains and 555."""
    for number, line in enumerate(sheet.document.body.split("\n"), sheet.document.body_line):
        for domain in MAIL.findall(line):
            if not domain.lower().endswith((".example", "example.com", "example.org", "example.net")):
                yield sheet.at(number, f"An e-mail address at {domain}: use one that ends in .example, or a link to the contact page.")
        if any("555" not in phone for phone in PHONE.findall(line)):
            yield sheet.at(number, "This looks like somebody's phone number.")
        if BIRTH.search(line):
            yield sheet.at(number, "This looks like somebody's date of birth.")
        if SECRET.search(line):
            yield sheet.at(number, "This looks like a key or a password.")


def prose(sheet: Sheet) -> Iterator[tuple[int, str]]:
    """(first line, words) of each paragraph."""
    start, gathered = 0, list[str]()
    for number, line in [*sheet.lines, (0, "")]:
        if line.strip() and not NOT_PROSE.match(line):
            start = start or number
            gathered.append(line)
        elif gathered:
            yield start, markdown.plain_text(" ".join(gathered))
            start, gathered = 0, []


def long_ones(sheet: Sheet) -> Iterator[Finding]:
    for line, text in prose(sheet):
        if (count := len(WORD.findall(text))) > LONGEST_PARAGRAPH:
            yield sheet.at(line, f"This paragraph has {count} words; {LONGEST_PARAGRAPH} are the most.", ADVICE)
        for sentence in SENTENCE.split(text):
            if (count := len(WORD.findall(sentence))) > LONGEST_SENTENCE:
                begin = " ".join(sentence.split()[:5])
                yield sheet.at(line, f"The sentence “{begin} …” has {count} words; {LONGEST_SENTENCE} are the most.", ADVICE)


def grade_of(text: str) -> float:
    """Flesch-Kincaid grade level (Kincaid and others, 1975), with vowel groups as syllables; 0 for a short text."""
    words = WORD.findall(text)
    sentences = max(len([piece for piece in SENTENCE.split(text) if piece.strip()]), 1)
    if len(words) < 60:
        return 0.0
    syllables = sum(max(len(VOWELS.findall(word.lower().removesuffix("e"))), 1) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59
