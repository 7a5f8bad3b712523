// <desk-presence>: the desk is open. Renews the lease, says what is being looked at, draws lists anew when something moved,
// shows typing and seen marks, marks as read what a visible tab shows, and tells when somebody waits (desk:ring).
import { askPart, drawPart } from "../lib/part.js";
import { visit } from "../lib/visit.js";

const RENEW = 20000;
const SLACK = 0.5; // seconds between an entry's time and its commit
const token = () => document.querySelector('meta[name="csrf-token"]').content;
const post = (url, values = {}) =>
  fetch(url, { method: "POST", body: new URLSearchParams(values), headers: { "X-CSRFToken": token() }, keepalive: true }).catch(() => null);

class DeskPresence extends HTMLElement {
  connectedCallback() {
    this.controller = new AbortController();
    const { signal } = this.controller;
    this.timer = setInterval(() => this.renew(), RENEW);
    this.clock = setInterval(() => this.expire(), 1000);
    document.addEventListener("live:event", (event) => this.heard(event.detail), { signal });
    document.addEventListener("live:frame", () => this.grew(), { signal });
    document.addEventListener("desk:replying", () => (this.replied = Date.now()), { signal });
    document.addEventListener("visibilitychange", () => this.turned(), { signal });
    addEventListener("pagehide", () => this.leave(), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.renew(), { signal });
    // A mark that moved while the page was on its way is in no frame.
    document.addEventListener("live:open", () => this.renew(), { signal });
    this.rooms = new Map();
    this.title = document.title;
    this.waiting = 0;
    this.moved = this.lastMove;
    this.toEnd();
    this.renew();
    this.read();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    clearInterval(this.clock);
    clearTimeout(this.looking);
    this.controller.abort();
  }

  get me() {
    return Number(document.getElementById("list")?.dataset.me);
  }

  get log() {
    return document.querySelector("[data-read]");
  }

  async renew() {
    this.lease();
    if (!this.dataset.looking || document.hidden) return;
    // As a note: the visitor sees typing when somebody types, not when a lease is renewed.
    const state = Date.now() - (this.replied ?? 0) < RENEW ? "replying" : "viewing";
    const answer = await post(this.dataset.looking, { state, kind: "note", visit });
    if (!answer?.ok) return;
    document.getElementById(this.dataset.others).innerHTML = await answer.text();
    this.seen(Number(answer.headers.get("Desk-Seen")));
  }

  // I am here, in this thread or in none; and where is everybody else?
  async lease() {
    const answer = await post(this.dataset.lease, { room: document.hidden ? "" : (this.dataset.room ?? ""), visit });
    if (!answer?.ok) return;
    const { others, moved } = await answer.json();
    this.rooms = new Map(others.map((one) => [`${one.person}:${one.room}`, one]));
    this.showRooms();
    // A sign that got lost, or came before this page listened.
    if (moved + SLACK > Number(document.getElementById("rows")?.dataset.drawn)) this.draw();
  }

  // Another tab is before this one, or this one again.
  turned() {
    this.read();
    this.renew();
  }

  leave() {
    const { leave, room } = this.dataset;
    if (room) post(leave, { room, visit });
  }

  // Somebody left a thread, or only turned a page: soon it is known which. Another window of mine may still be there.
  left({ left, room, within }) {
    const mine = left === this.me;
    if (mine && Number(this.dataset.room) === room && !document.hidden) this.renew();
    else if (!mine) this.looking ??= setTimeout(() => this.lookAgain(), within * 1000 + 500);
  }

  lookAgain() {
    this.looking = undefined;
    this.renew();
  }

  // A ring and a name on each row whose thread a colleague has open.
  showRooms() {
    for (const sign of document.querySelectorAll(".talk__here")) sign.remove();
    for (const { name, room } of this.rooms.values()) {
      const sign = Object.assign(document.createElement("span"), { className: "talk__here", textContent: `${name} is here` });
      document.querySelector(`#row-${room} .talk__foot`)?.append(sign);
    }
  }

  heard(event) {
    if (event.left !== undefined) return this.left(event);
    if (event.room !== undefined && event.person !== this.me) {
      this.rooms.set(`${event.person}:${event.room}`, event);
      this.showRooms();
    }
    if (event.moved) this.lists(event);
    if (event.what === "address" && !document.getElementById("person-note")?.value && this.dataset.looking?.includes(`/${event.moved}/`)) drawPart(location.href, "person");
    if (event.typing && event.voice === "customer") this.typing(event.typing);
    if (event.seen) this.seen(event.seen);
    if (event.here && event.here !== this.me) this.renew();
    if (event.mentioned) this.ring();
  }

  lists(event) {
    clearTimeout(this.drawing);
    this.drawing = setTimeout(() => this.draw(), 300);
    const mine = event.owner === "queue" || event.assignee === this.me;
    if (mine && event.voice === "customer" && ["message", "file"].includes(event.what) && !this.sees(event.moved)) this.ring();
  }

  async draw() {
    const rows = document.getElementById("rows");
    if (!rows || rows.querySelector(":checked") || document.activeElement?.id === "desk-search") return;
    const focus = document.activeElement?.closest?.(".talk")?.id;
    const top = rows.scrollTop;
    if (!(await drawPart(rows.dataset.again, "list"))) return;
    this.showRooms();
    for (const link of document.querySelectorAll(".talk__link")) if (link.pathname === location.pathname) link.setAttribute("aria-current", "true");
    document.getElementById("rows").scrollTop = top;
    if (focus) document.querySelector(`#${focus} .talk__link`)?.focus();
  }

  // Whether this conversation is open in a tab that somebody looks at.
  sees(number) {
    return !document.hidden && Boolean(this.dataset.looking?.includes(`/${number}/`));
  }

  typing(name) {
    const line = document.querySelector(".typing-line");
    if (!line) return;
    line.textContent = `${name} is writing …`;
    clearTimeout(this.fading);
    this.fading = setTimeout(() => (line.textContent = ""), 5000);
  }

  seen(seq) {
    const last = this.log?.lastElementChild;
    const line = document.querySelector(".seen");
    if (line && last?.dataset.voice === "agent" && Number(last.dataset.seq) <= seq) line.textContent = "Seen";
  }

  get lastMove() {
    return Math.max(0, ...[...(this.log?.querySelectorAll("[data-again]") ?? [])].map((event) => Number(event.dataset.seq)));
  }

  // Words came from, or went to, another conversation: the messages are drawn anew, and what stands in the composer is not touched.
  async again() {
    this.moved = this.lastMove;
    const html = await askPart(location.href, document.getElementById("thread"));
    if (html === null) return;
    const shown = new DOMParser().parseFromString(html, "text/html").getElementById(this.log.id);
    this.log.replaceChildren(...(shown?.childNodes ?? this.log.childNodes));
    htmx.process(this.log);
    this.grew();
  }

  grew() {
    if (this.lastMove > this.moved) this.again();
    const line = document.querySelector(".seen");
    if (line) line.textContent = "";
    const typing = document.querySelector(".typing-line");
    if (typing) typing.textContent = "";
    for (const tools of document.querySelectorAll(`.message__tools[hidden][data-author="${this.me}"]`)) tools.hidden = false;
    this.toEnd();
    this.read();
    this.freshen();
  }

  // What can no longer be undone or changed is not offered, but never taken from under somebody's fingers.
  expire() {
    const now = Date.now();
    for (const offer of document.querySelectorAll("[data-until]")) if (Date.parse(offer.dataset.until) < now && !offer.contains(document.activeElement)) offer.remove();
  }

  // What the agent has now seen is no news to the composer and the macros.
  freshen() {
    const last = this.log?.lastElementChild?.dataset.seq;
    if (!last || document.hidden) return;
    for (const seen of document.querySelectorAll("[name=seen]")) seen.value = Math.max(Number(seen.value), Number(last));
  }

  toEnd() {
    const scroll = document.getElementById("scroll");
    if (scroll) scroll.scrollTop = scroll.scrollHeight;
  }

  read() {
    if (document.hidden) return;
    this.waiting = 0;
    document.title = this.title;
    const seq = this.log?.lastElementChild?.dataset.seq;
    if (seq && seq !== this.told) {
      this.told = seq;
      post(this.log.dataset.read, { seq });
    }
  }

  ring() {
    document.dispatchEvent(new Event("desk:ring"));
    if (!document.hidden) return;
    this.waiting += 1;
    document.title = `(${this.waiting}) ${this.title}`;
  }
}

customElements.define("desk-presence", DeskPresence);
