// <count-moments data-url="…" data-offer="…" data-step="you">: tells our own server, and nobody else, that a step was entered or left,
// and which of the modules beside it ([data-module], [data-moment]) were seen and used. Nothing typed is ever sent.
const LEAST = 1000; // a glance counts after a second

customElements.define(
  "count-moments",
  class extends HTMLElement {
    connectedCallback() {
      this.began = Date.now();
      this.queue = [];
      this.told = new Set();
      this.tell("entered");
      document.addEventListener("click", this);
      document.addEventListener("submit", this);
      addEventListener("pagehide", this);
      this.watch();
    }

    watch() {
      const timers = new Map();
      const observer = new IntersectionObserver(
        (entries) => {
          for (const { target, isIntersecting } of entries) {
            clearTimeout(timers.get(target));
            if (isIntersecting) timers.set(target, setTimeout(() => this.tell("seen", target.dataset.module), LEAST));
          }
        },
        { threshold: 0.4 },
      );
      for (const module of document.querySelectorAll("[data-module]")) observer.observe(module);
    }

    handleEvent(event) {
      if (event.type === "submit") this.sent = true;
      else if (event.type === "pagehide") this.leave();
      else this.clicked(event.target);
    }

    clicked(target) {
      const moment = target.closest?.("[data-moment]")?.dataset.moment;
      const module = target.closest?.("[data-module] :is(a, button, summary)")?.closest("[data-module]")?.dataset.module;
      if (moment) this.tell("used", moment);
      if (module) this.tell("used", module);
    }

    leave() {
      if (!this.sent) this.tell("left", "", Math.round((Date.now() - this.began) / 1000));
      this.flush();
    }

    tell(name, detail = "", value = 0) {
      if (this.told.has(name + detail)) return;
      this.told.add(name + detail);
      this.queue.push({ name, detail, value });
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.flush(), 1500);
    }

    flush() {
      clearTimeout(this.timer);
      if (!this.queue.length) return;
      const body = new FormData();
      body.set("csrf_token", document.querySelector('meta[name="csrf-token"]').content);
      body.set("offer", this.dataset.offer);
      body.set("step", this.dataset.step);
      body.set("moments", JSON.stringify(this.queue.splice(0, 20)));
      fetch(this.dataset.url, { method: "POST", body, keepalive: true }).catch(() => {});
    }
  },
);
