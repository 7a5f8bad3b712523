// <chat-thread data-marks data-pages>: keeps the newest words in sight, says what a visible tab has read, shows who is writing,
// takes away links whose time is over, and tells the page we are on.
const TYPING = 5000;
const NEAR = 90;

customElements.define(
  "chat-thread",
  class extends HTMLElement {
    connectedCallback() {
      this.left = new AbortController();
      const { signal } = this.left;
      this.title = "";
      this.pageTitle = document.title;
      this.read = this.last;
      this.moved = this.lastMove;
      this.atEnd = true;
      this.scroll?.addEventListener("scroll", () => this.scrolled(), { signal, passive: true });
      this.addEventListener("live:frame", () => this.grew(), { signal });
      this.addEventListener("live:event", (event) => this.heard(event.detail), { signal });
      this.addEventListener("chat:sent", () => this.toEnd(), { signal });
      this.newer?.addEventListener("click", () => this.toEnd(), { signal });
      this.scroll?.addEventListener("load", () => this.atEnd && this.toEnd(), { signal, capture: true });
      document.addEventListener("visibilitychange", () => this.looked(), { signal });
      this.timer = setInterval(() => this.expire(), 15000);
      if (!location.pathname.startsWith("/chat")) this.tellPage();
      requestAnimationFrame(() => this.toEnd());
      this.looked();
    }

    disconnectedCallback() {
      this.left.abort();
      clearInterval(this.timer);
      document.title = this.pageTitle;
    }

    get scroll() {
      return this.querySelector(".chat__scroll");
    }

    get newer() {
      return this.querySelector(".chat__newer");
    }

    get last() {
      return Math.max(0, ...[...this.querySelectorAll("[data-seq]")].map((entry) => Number(entry.dataset.seq) || 0));
    }

    get lastMove() {
      return Math.max(0, ...[...this.querySelectorAll("[data-again]")].map((event) => Number(event.dataset.seq)));
    }

    get visible() {
      return !document.hidden && this.checkVisibility();
    }

    post(url, values) {
      const token = this.querySelector("[name=csrf_token]")?.value;
      return fetch(url, { method: "POST", body: new URLSearchParams(values), headers: { "X-CSRFToken": token } }).catch(() => null);
    }

    scrolled() {
      this.atEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR;
      if (this.atEnd && this.newer) this.newer.hidden = true;
    }

    toEnd() {
      if (this.scroll) this.scroll.scrollTop = this.scroll.scrollHeight;
    }

    grew() {
      if (this.lastMove > this.moved) return this.again();
      const entry = this.querySelector("#chat-thread")?.lastElementChild;
      if (entry && entry.dataset.voice !== "customer") this.stopTyping();
      if (this.atEnd) this.toEnd();
      else if (this.newer) this.newer.hidden = false;
      this.looked();
    }

    // Words came from, or went to, another conversation: what is here now is asked for anew. What is being typed is kept.
    again() {
      this.moved = this.lastMove;
      if (this.dispatchEvent(new CustomEvent("chat:again", { bubbles: true, cancelable: true }))) location.reload();
    }

    heard(event) {
      const line = this.querySelector("#chat-typing");
      if (!line || !event.typing || event.voice === "customer") return;
      line.replaceChildren(this.dots(), `${event.typing} is writing`);
      line.hidden = false;
      if (this.atEnd) this.toEnd();
      clearTimeout(this.fading);
      this.fading = setTimeout(() => this.stopTyping(), TYPING);
    }

    dots() {
      const dots = document.createElement("span");
      dots.className = "typing";
      dots.setAttribute("aria-hidden", "true");
      dots.append(...[1, 2, 3].map(() => document.createElement("i")));
      return dots;
    }

    stopTyping() {
      clearTimeout(this.fading);
      const line = this.querySelector("#chat-typing");
      if (line) line.hidden = true;
    }

    // What a visible tab shows has been read; what it does not is counted.
    looked() {
      const last = this.last;
      if (this.visible) {
        if (last > this.read || this.told === undefined) this.post(this.dataset.marks, { seq: last });
        this.read = this.told = last;
      }
      const news = [...this.querySelectorAll(".message:not(.message--mine)")].filter((one) => Number(one.dataset.seq) > this.read).length;
      document.title = news && document.hidden ? `(${news}) ${this.pageTitle}` : this.pageTitle;
      this.dispatchEvent(new CustomEvent("chat:unread", { detail: news, bubbles: true }));
    }

    expire() {
      const now = Date.now();
      for (const tools of this.querySelectorAll("[data-until]")) if (Date.parse(tools.dataset.until) < now) tools.remove();
    }

    tellPage() {
      const step = document.querySelector("[data-checkout-step]")?.dataset.checkoutStep ?? "";
      this.post(this.dataset.pages, { page: location.pathname, title: this.pageTitle.split(" · ")[0], step });
    }
  },
);
