"""The pages of accounts: signing in, one's own account, people and teams in the desk."""

from __future__ import annotations

from app.accounts.routes import account, links, people, security, sessions, setup, teams
from app.accounts.routes.door import bp

__all__ = ["account", "links", "security", "sessions", "setup"]

blueprints = (bp, people.bp, teams.bp)
