// <live-stream data-url="/chat/7/live" data-since="/chat/7/since" data-seq="12">…</live-stream>: keeps a part of the page live.
// Frames come over a socket. Each may carry its number; after a gap, after every greeting of the server, now and then, and every few
// seconds while there is no socket, it asks `data-since`/<number> for what is missing. Without data-since it only listens.
// Tells: live:open, live:frame {seq}, live:event (the server's JSON), live:gap, live:away, live:refused. data-state: open, away, refused.
import "../lib/once.js";

const LONGEST_PAUSE = 30000;
const PATIENCE = 10000;
const POLL = [3000, 10000];
const CHECK = [30000, 60000];
const GONE = [401, 403, 404, 410];

const between = (low, high) => low + Math.random() * (high - low);
const numberOf = (html) => Math.max(-1, ...[...html.matchAll(/<hx-partial [^>]*?data-seq="(\d+)"/g)].map((found) => Number(found[1])));

customElements.define(
  "live-stream",
  class extends HTMLElement {
    connectedCallback() {
      this.seq ??= Number(this.dataset.seq ?? 0);
      this.tries = 0;
      this.work = Promise.resolve();
      this.left = new AbortController();
      const wake = { signal: this.left.signal };
      addEventListener("online", () => this.connect(), wake);
      addEventListener("pageshow", (event) => event.persisted && this.connect(), wake);
      addEventListener("pagehide", () => this.hangUp(), wake);
      document.addEventListener("visibilitychange", () => document.hidden || this.wake(), wake);
      this.connect();
      this.rest(POLL);
    }

    disconnectedCallback() {
      this.left.abort();
      clearTimeout(this.timer);
      this.hangUp();
    }

    get open() {
      return this.socket?.readyState === WebSocket.OPEN;
    }

    connect() {
      this.hangUp();
      if (this.dataset.state === "refused") return;
      const socket = new WebSocket(new URL(this.dataset.url, location.href).href.replace(/^http/, "ws"));
      this.socket = socket;
      const impatient = setTimeout(() => socket.close(), PATIENCE);
      socket.onopen = () => clearTimeout(impatient);
      socket.onmessage = ({ data }) => this.inTurn(() => this.hear(data));
      socket.onclose = () => {
        clearTimeout(impatient);
        if (socket === this.socket) this.away();
      };
    }

    hangUp() {
      clearTimeout(this.retry);
      const socket = this.socket;
      this.socket = undefined;
      socket?.close();
    }

    wake() {
      if (this.open) this.inTurn(() => this.catchUp());
      else this.connect();
    }

    // No socket: try again after a while that grows to half a minute, never give up, and ask in the meantime.
    away() {
      if (this.dataset.state !== "away") {
        this.say("away");
        this.rest(POLL);
      }
      this.tries += 1;
      this.retry = setTimeout(() => this.connect(), between(1000, Math.min(LONGEST_PAUSE, 1000 * 2 ** this.tries)));
    }

    rest(pause) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.check(), between(...pause));
    }

    async check() {
      const listening = this.open;
      const before = this.seq;
      if (!document.hidden || !listening) await this.inTurn(() => this.catchUp());
      if (!this.isConnected || this.dataset.state === "refused") return;
      // The socket should have brought that: it is a dead one.
      if (listening && this.seq > before && this.open) this.connect();
      else this.rest(this.open ? CHECK : POLL);
    }

    // Everything that changes the page happens one after the other.
    inTurn(step) {
      this.work = this.work.then(step).catch((error) => console.debug("live:", error.message));
      return this.work;
    }

    async hear(data) {
      if (data.startsWith("{")) return this.event(JSON.parse(data));
      const seq = numberOf(data);
      if (await this.isNext(seq)) await this.show(data, seq);
    }

    async event(event) {
      if (event.live === "ready") {
        this.tries = 0;
        this.say("open");
        this.rest(CHECK);
        if (event.within) await new Promise((done) => setTimeout(done, between(0, event.within * 1000)));
        return this.catchUp();
      }
      if (event.seq === undefined || (await this.isNext(event.seq))) this.dispatch("event", event);
    }

    // Whether a frame may be shown. After a gap the answer is no: what is missing comes in order, this frame among it.
    async isNext(seq) {
      if (seq < 0 || !("since" in this.dataset)) return true;
      if (seq > this.seq + 1) {
        this.dispatch("gap", { seq });
        await this.catchUp();
        return false;
      }
      const next = seq >= this.seq;
      this.seq = Math.max(this.seq, seq);
      return next;
    }

    async catchUp() {
      if (!this.dataset.since || this.dataset.state === "refused") return;
      for (let more = true; more; ) {
        const answer = await fetch(`${this.dataset.since.replace(/\/$/, "")}/${this.seq}`, {
          headers: { "HX-Request": "true" },
          signal: AbortSignal.timeout(PATIENCE),
        });
        if (GONE.includes(answer.status)) return this.refused();
        if (!answer.ok) throw new Error(`${answer.status} from ${answer.url}`);
        const html = await answer.text();
        for (const part of html.split(/(?=<hx-partial )/)) if (part.trim()) await this.show(part, numberOf(part));
        const reached = Number(answer.headers.get("Live-Seq") ?? numberOf(html));
        more = answer.headers.has("Live-More") && reached > this.seq;
        this.seq = Math.max(this.seq, reached);
      }
    }

    async show(html, seq) {
      if (!this.isConnected) return;
      await window.htmx.swap({ sourceElement: this, target: this, swap: "none", text: html, transition: false });
      this.dispatch("frame", { seq });
    }

    refused() {
      this.say("refused");
      clearTimeout(this.timer);
      this.hangUp();
    }

    say(state) {
      this.dataset.state = state;
      this.dispatch(state);
    }

    dispatch(name, detail) {
      this.dispatchEvent(new CustomEvent(`live:${name}`, { detail, bubbles: true }));
    }
  },
);
