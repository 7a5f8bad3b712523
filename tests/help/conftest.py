"""A page of the firm of the test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.places import Place

Get = Callable[[str], str]


@pytest.fixture
def get(place: Place) -> Get:
    """Gives the text of a page that must answer 200."""

    def fetch(address: str) -> str:
        response = place.client().get(address)
        assert response.status_code == 200, (address, response.status_code)
        return response.get_data(as_text=True)

    return fetch
