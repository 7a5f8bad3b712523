// <desk-presence>: the desk is open. Renews the lease, says what is being looked at, draws lists anew when something moved,
// shows typing and seen marks, marks as read what a visible tab shows, and rings when somebody waits.
import { drawPart } from "../lib/part.js";

const RENEW = 20000;
const token = () => document.querySelector('meta[name="csrf-token"]').content;
const post = (url, values = {}) =>
  fetch(url, { method: "POST", body: new URLSearchParams(values), headers: { "X-CSRFToken": token() } }).catch(() => null);

class DeskPresence extends HTMLElement {
  connectedCallback() {
    this.controller = new AbortController();
    const { signal } = this.controller;
    this.timer = setInterval(() => this.renew(), RENEW);
    document.addEventListener("live:event", (event) => this.heard(event.detail), { signal });
    document.addEventListener("live:frame", () => this.grew(), { signal });
    document.addEventListener("desk:replying", () => (this.replied = Date.now()), { signal });
    document.addEventListener("visibilitychange", () => this.read(), { signal });
    // A mark that moved while the page was on its way is in no frame.
    document.addEventListener("live:open", () => this.renew(), { signal });
    this.title = document.title;
    this.waiting = 0;
    this.toEnd();
    this.renew();
    this.read();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.controller.abort();
  }

  get log() {
    return document.querySelector("[data-read]");
  }

  async renew() {
    post(this.dataset.lease);
    if (!this.dataset.looking || document.hidden) return;
    // As a note: the visitor sees typing when somebody types, not when a lease is renewed.
    const state = Date.now() - (this.replied ?? 0) < RENEW ? "replying" : "viewing";
    const answer = await post(this.dataset.looking, { state, kind: "note" });
    if (!answer?.ok) return;
    document.getElementById(this.dataset.others).innerHTML = await answer.text();
    this.seen(Number(answer.headers.get("Desk-Seen")));
  }

  heard(event) {
    if (event.moved) this.lists(event);
    if (event.what === "address" && this.dataset.looking?.includes(`/${event.moved}/`)) drawPart(location.href, "person");
    if (event.typing && event.voice === "customer") this.typing(event.typing);
    if (event.seen) this.seen(event.seen);
    if (event.here && event.here !== Number(document.getElementById("list")?.dataset.me)) this.renew();
    if (event.mentioned) this.ring(`${event.by} mentioned you`);
  }

  lists(event) {
    clearTimeout(this.drawing);
    this.drawing = setTimeout(() => this.draw(), 300);
    if (event.what === "message" && event.voice === "customer" && document.hidden) this.ring();
  }

  async draw() {
    const here = document.querySelector(".views a[aria-current]")?.href;
    const rows = document.getElementById("rows");
    if (!here || !rows || rows.querySelector(":checked") || document.activeElement?.id === "desk-search") return;
    const focus = document.activeElement?.closest?.(".talk")?.id;
    const top = rows.scrollTop;
    const asked = location.pathname.includes("/views/") ? location.search : "";
    if (!(await drawPart(here + asked, "list"))) return;
    for (const link of document.querySelectorAll(".talk__link")) if (link.pathname === location.pathname) link.setAttribute("aria-current", "true");
    document.getElementById("rows").scrollTop = top;
    if (focus) document.querySelector(`#${focus} .talk__link`)?.focus();
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

  grew() {
    const line = document.querySelector(".seen");
    if (line) line.textContent = "";
    const typing = document.querySelector(".typing-line");
    if (typing) typing.textContent = "";
    this.toEnd();
    this.read();
    this.freshen();
  }

  // What the agent has now seen is no news to the composer.
  freshen() {
    const seen = document.querySelector("#composer [name=seen]");
    const last = this.log?.lastElementChild?.dataset.seq;
    if (seen && last && !document.hidden) seen.value = Math.max(Number(seen.value), Number(last));
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
    this.waiting += 1;
    document.title = `(${this.waiting}) ${this.title}`;
    if (localStorage.getItem("desk-sound") === "on") new Audio(this.dataset.sound).play().catch(() => null);
  }
}

customElements.define("desk-presence", DeskPresence);
