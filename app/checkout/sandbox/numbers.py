"""The documented test numbers. Nothing else is taken, so that nobody's real card ends up in a sandbox."""

from __future__ import annotations

from dataclasses import dataclass

SUCCESS = "4242424242424242"
CHALLENGE = "4000002500003155"


@dataclass(frozen=True, kw_only=True)
class Card:
    """A test card: what happens when it is used now (`failure` empty: it works), and what happens at later charges."""

    brand: str
    about: str
    failure: str = ""
    challenge: bool = False
    later_failure: str = ""
    disputed: bool = False


@dataclass(frozen=True, kw_only=True)
class Account:
    """A test bank account: how the debit ends after its days of processing."""

    about: str
    failure: str = ""


CARDS: dict[str, Card] = {
    SUCCESS: Card(brand="Visa", about="pays"),
    "5555555555554444": Card(brand="Mastercard", about="pays"),
    "378282246310005": Card(brand="American Express", about="pays"),
    CHALLENGE: Card(brand="Visa", about="pays after the bank asks", challenge=True),
    "4000000000000002": Card(brand="Visa", about="is declined", failure="The card was declined."),
    "4000000000009995": Card(brand="Visa", about="has insufficient funds", failure="The card has insufficient funds."),
    "4000000000000069": Card(brand="Visa", about="has expired", failure="The card has expired."),
    "4000000000000127": Card(brand="Visa", about="has a wrong security code", failure="The security code is wrong."),
    "4000000000000119": Card(
        brand="Visa", about="meets an error at the bank", failure="The bank could not process the card. Nothing was taken."
    ),
    "4000000000000341": Card(brand="Visa", about="pays now, fails at later payments", later_failure="The card was declined."),
    "4000000000000259": Card(brand="Visa", about="pays, then is disputed", disputed=True),
}
ROUTING = "110000000"
ACCOUNTS: dict[str, Account] = {
    "000123456789": Account(about="pays after a few days"),
    "000222222227": Account(about="fails: insufficient funds", failure="The account has insufficient funds."),
    "000111111113": Account(about="fails: account closed", failure="The account is closed."),
}


def digits(typed: str) -> str:
    return "".join(ch for ch in typed if ch.isascii() and ch.isdecimal())
