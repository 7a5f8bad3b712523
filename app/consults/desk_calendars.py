"""A host's outside calendars in the desk: linked, chosen, asked now, unlinked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import abort, flash, request

from app.consults.calendars import CalendarLink, calendar_of, kinds
from app.consults.desk_door import bp, wanted_host
from app.consults.hosts import changed
from app.consults.syncing import ask_soon, push_all
from app.lib.access import needs
from app.lib.db import add, db
from app.lib.page import see

SCHEMES = {"http", "https", "webcal"}


def link_of(host_id: int, link_id: int) -> CalendarLink:
    link: CalendarLink = db.get_or_404(CalendarLink, link_id)
    if link.host_id != wanted_host(host_id, edit=True).id:
        abort(404)
    return link


@bp.post("/hosts/<int:host_id>/calendars")
@needs("agent")
def create_link(host_id: int) -> Any:
    """Link a calendar; a job looks at it within seconds."""
    host, kind, url = wanted_host(host_id, edit=True), request.form.get("kind", ""), request.form.get("url", "").strip()
    plug = calendar_of(kind) if kind in {one.kind for one in kinds()} else abort(422)
    if not is_address(url):
        flash("Write the whole address, such as https://dav.example/ruth/", "bad")
        return see("consult_desk.show_host", host_id=host.id, _anchor="calendars")
    secrets = {name: request.form.get(name, "")[:300] for name in ("username", "password")}
    name = request.form.get("name", "").strip()[:200] or str(urlsplit(url).hostname)
    writes = plug.writes and bool(request.form.get("writes"))
    link = CalendarLink(host_id=host.id, kind=kind, name=name, url=url, writes=writes, secrets=secrets)
    link.tentative_is_busy = not request.form.get("tentative_free")
    start_using(add(link))
    flash("Linked. It is being read now.", "good")
    return see("consult_desk.show_host", host_id=host.id, _anchor="calendars")


def is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in SCHEMES and bool(parts.hostname) and len(url) <= 1000 and url.isprintable() and " " not in url
    except ValueError:
        return False


def start_using(link: CalendarLink) -> None:
    ask_soon(link)
    if link.writes:
        push_all(link)


@bp.post("/hosts/<int:host_id>/calendars/<int:link_id>/choice")
@needs("agent")
def choose_calendar(host_id: int, link_id: int) -> Any:
    """Say which of several calendars is meant."""
    link, url = link_of(host_id, link_id), request.form.get("url", "")
    chosen = next((name for name, address in link.choices if address == url), None)
    if chosen is None:
        abort(422)
    link.memory, link.name = {"calendar": url}, chosen
    start_using(link)
    return see("consult_desk.show_host", host_id=host_id, _anchor="calendars")


@bp.post("/hosts/<int:host_id>/calendars/<int:link_id>/reading")
@needs("agent")
def read_now(host_id: int, link_id: int) -> Any:
    """Ask the calendar now, and for everything."""
    link = link_of(host_id, link_id)
    link.memory = {name: value for name, value in link.memory.items() if name == "calendar"}
    ask_soon(link)
    flash("It is being read now.", "good")
    return see("consult_desk.show_host", host_id=host_id, _anchor="calendars")


@bp.post("/hosts/<int:host_id>/calendars/<int:link_id>/removal")
@needs("agent")
def remove_link(host_id: int, link_id: int) -> Any:
    """Unlink the calendar: its busy time goes, what was written there stays."""
    link = link_of(host_id, link_id)
    db.session.delete(link)
    changed([host_id])
    flash("Unlinked.", "good")
    return see("consult_desk.show_host", host_id=host_id, _anchor="calendars")
