// The chat beside the page: a dialog that loads the same rooms as /chat shows as pages. `wake` is called by the link that opens it.
// Links to /chat and forms inside it stay inside; everything else is an ordinary link. What was open is open again on the next page.
import { htmxReady } from "../lib/htmx.js";
import "./chat-composer.js";
import "./chat-thread.js";
import "./live-stream.js";

const KEY = "chat-panel";
const HEADERS = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "chat-room" };
const AWAY = "We cannot be reached right now. Your words are kept.";
const BROKEN = "Something went wrong on our side. Please try again in a moment.";
const STALE = "This chat was open for a long time. Your words are kept: please send them again.";
// Before the first room is here, and when none comes: there is always a way out.
const NO_ROOM = `<div class="chat__head"><div class="chat__who"><h2 class="chat__title">Chat</h2></div>
<button class="button button--quiet" type="button" data-chat-close>Close</button></div>`;
// Where the page has no room beside it, the panel is a sheet over the page: css/parts/chat-room.css.
const small = matchMedia("(width < 60rem)");

const remember = (state) => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // storage is off: the next page begins closed
  }
};
const remembered = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
};

class Panel {
  constructor(link) {
    this.link = link;
    this.box = document.createElement("dialog");
    this.box.className = `chat chat--panel${link.dataset.side === "left" ? " chat--left" : ""}`;
    this.box.id = KEY;
    this.box.setAttribute("aria-label", "Chat");
    this.room = document.createElement("div");
    this.room.id = "chat-room";
    this.room.className = "chat__room";
    this.room.innerHTML = NO_ROOM;
    this.box.append(this.room);
    document.body.append(this.box);
    this.box.addEventListener("click", (event) => this.clicked(event));
    this.box.addEventListener("submit", (event) => this.sent(event));
    this.box.addEventListener("close", () => this.closed());
    // Before the page hears it: a key that closes a menu does not close the panel around it.
    document.addEventListener("keydown", (event) => this.key(event), true);
    this.box.addEventListener("chat:unread", (event) => this.count(event.detail));
    this.box.addEventListener("chat:again", (event) => this.again(event));
    small.addEventListener("change", () => this.box.open && this.show());
  }

  get first() {
    const url = new URL(this.link.href);
    url.searchParams.set("title", document.title.split(" · ")[0]);
    const step = document.querySelector("[data-checkout-step]")?.dataset.checkoutStep;
    if (step) url.searchParams.set("step", step);
    url.searchParams.set("resume", "1");
    return url.href;
  }

  async open(link, again) {
    this.link = link;
    const was = remembered();
    const quiet = again && (small.matches || !was.open);
    if (!quiet) this.show();
    if (!this.url) await this.load(again ? was.url || this.first : this.first);
    if (!again) this.focus();
  }

  show() {
    if (this.box.open) {
      this.box.removeEventListener("close", this.closed);
      this.moving = true;
      this.box.close();
    }
    if (small.matches) this.box.showModal();
    // Not by show(), which takes the focus from the page: whoever opened it is led in by focus().
    else this.box.open = true;
    document.documentElement.classList.toggle("chat-open", true);
    this.count(0);
    this.keep();
    this.box.querySelector("chat-thread")?.looked();
  }

  closed() {
    if (this.moving) {
      this.moving = false;
      return;
    }
    document.documentElement.classList.toggle("chat-open", false);
    this.keep();
    document.querySelector(".bubble")?.focus();
  }

  keep() {
    remember({ open: this.box.open, url: this.url });
  }

  focus() {
    const wanted = this.room.querySelector("[data-focus]");
    if (wanted) return wanted.focus();
    const words = this.room.querySelector("#composer-words, .chat__scroll :is(input:not([type=hidden]), textarea)");
    const title = this.room.querySelector(".chat__title");
    if (title) title.tabIndex = -1;
    (small.matches || !words ? title : words)?.focus();
  }

  async load(url, options = {}) {
    this.room.setAttribute("aria-busy", "true");
    try {
      const [answer] = await Promise.all([fetch(url, { ...options, headers: HEADERS }), htmxReady()]);
      await this.came(answer, await answer.text(), url);
    } catch {
      this.complain(AWAY, () => this.load(url, options).then(() => this.focus()));
    }
    for (const button of this.room.querySelectorAll("[data-chat-close]")) button.hidden = false;
    this.room.removeAttribute("aria-busy");
    this.keep();
  }

  async came(answer, html, url) {
    const sheet = document.createElement("template");
    sheet.innerHTML = html;
    if (sheet.content.querySelector(".chat__head")) {
      this.room.innerHTML = html;
      htmx.process(this.room);
      if (answer.ok) this.url = new URL(answer.url).pathname;
    } else if (answer.ok && answer.redirected) location.assign(answer.url);
    // What was open on the page before is not theirs any more: they signed out, or it is gone.
    else if (!this.url && answer.status === 404 && url !== this.first) await this.load(this.first);
    else if (answer.status === 400 && (await this.renewed())) this.complain(STALE);
    else this.complain((answer.status < 500 && sheet.content.querySelector("[role=alert]")?.textContent.trim()) || BROKEN);
  }

  // The forms get the token of today: the cookie of theirs has run out.
  async renewed() {
    const sheet = new DOMParser().parseFromString(await (await fetch(this.first, { headers: HEADERS })).text(), "text/html");
    const token = sheet.querySelector("[name=csrf_token]")?.value;
    for (const field of this.room.querySelectorAll("[name=csrf_token]")) field.value = token ?? field.value;
    return Boolean(token);
  }

  // What is there stays: nobody loses their words, or the way out, to an error.
  complain(words, again) {
    this.room.querySelector(".chat__lost")?.remove();
    const lost = Object.assign(document.createElement("div"), { className: "chat__lost", role: "alert" });
    lost.append(Object.assign(document.createElement("p"), { textContent: words }));
    if (again || !this.url) {
      const button = Object.assign(document.createElement("button"), { className: "button", type: "button", textContent: "Try again" });
      button.addEventListener("click", again ?? (() => this.load(this.first).then(() => this.focus())));
      lost.append(button);
    }
    const composer = this.room.querySelector("chat-composer, form.composer");
    if (composer) composer.before(lost);
    else this.room.append(lost);
    lost.scrollIntoView({ block: "nearest" });
  }

  again(event) {
    event.preventDefault();
    const inside = this.room.contains(document.activeElement);
    this.load(this.url).then(() => inside && this.focus());
  }

  clicked(event) {
    const link = event.target.closest("a[href]");
    if (event.target.closest("[data-chat-close]")) this.box.close();
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || link.target) return;
    if (link.origin !== location.origin || !/^\/chat(\/|$)/.test(link.pathname)) return;
    event.preventDefault();
    this.load(link.href).then(() => this.focus());
  }

  sent(event) {
    if (event.defaultPrevented || event.target.method === "dialog") return;
    event.preventDefault();
    const form = event.target;
    this.load(form.action, { method: "POST", body: new FormData(form, event.submitter) }).then(() => this.focus());
  }

  key(event) {
    const here = this.box.contains(document.activeElement) || document.activeElement === document.body;
    if (event.key !== "Escape" || event.defaultPrevented || !this.box.open || !here) return;
    // As a sheet the browser itself would close it.
    if (this.box.querySelector("details.menu[open]")) event.preventDefault();
    else this.box.close();
  }

  count(unread) {
    const bubble = document.querySelector(".bubble");
    if (!bubble) return;
    bubble.querySelector(".badge")?.remove();
    if (unread && !this.box.open) bubble.insertAdjacentHTML("beforeend", `<span class="badge badge--count">${unread}<span class="visually-hidden"> new</span></span>`);
  }
}

let panel;
export const wake = (link, again) => {
  panel ??= new Panel(link);
  return panel.open(link, again);
};
