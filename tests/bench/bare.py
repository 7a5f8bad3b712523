"""The yardstick: the least a Flask page can cost."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/")
def page() -> str:
    return "<!doctype html><title>bare</title><p>Hello"
