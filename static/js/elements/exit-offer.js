// <exit-offer data-url="…" data-step="plan">: asks once whether it can help, when somebody is about to leave: the pointer leaves at the
// top, or a phone comes back from another app. It is fetched once a field was touched; it waits for fifteen seconds on the page, and never asks while paying. The server says
// whether there is anything to show, and holds some visits out to compare with.
const WAIT = 15000;
const QUIET = 30 * 86400000;
const KEY = "exit-asked";

const asked = () => {
  try {
    return sessionStorage.getItem(KEY) || Date.now() - Number(localStorage.getItem(KEY) ?? 0) < QUIET;
  } catch {
    return false;
  }
};
const remember = () => {
  try {
    sessionStorage.setItem(KEY, "1");
    localStorage.setItem(KEY, String(Date.now()));
  } catch {
    // storage is off: the server remembers the visit
  }
};

customElements.define(
  "exit-offer",
  class extends HTMLElement {
    connectedCallback() {
      if (asked()) return;
      this.began = Date.now() - performance.now();
      document.addEventListener("submit", this);
      document.documentElement.addEventListener("mouseleave", this);
      document.addEventListener("visibilitychange", this);
    }

    disconnectedCallback() {
      document.removeEventListener("submit", this);
      document.documentElement.removeEventListener("mouseleave", this);
      document.removeEventListener("visibilitychange", this);
    }

    handleEvent(event) {
      if (event.type === "submit") this.busy = true;
      else if (event.type === "mouseleave") event.clientY <= 0 && this.ask();
      else if (document.hidden) this.away = Date.now();
      else if (this.away && Date.now() - this.away > 1000 && matchMedia("(pointer: coarse)").matches) this.ask();
    }

    async ask() {
      if (this.busy || Date.now() - this.began < WAIT || document.querySelector("dialog[open]")) return;
      this.disconnectedCallback();
      remember();
      const answer = await this.post("", { step: this.dataset.step }).catch(() => null);
      if (answer?.status !== 200 || this.busy) return;
      this.innerHTML = await answer.text();
      const dialog = this.querySelector("dialog");
      const before = document.activeElement;
      dialog.addEventListener("click", (click) => {
        const choice = click.target.closest("[data-choice]")?.dataset.choice ?? (click.target === dialog ? "stay" : "");
        if (!choice) return;
        this.post("/choice", { choice });
        dialog.close();
      });
      dialog.addEventListener("close", () => before?.focus?.());
      dialog.showModal();
    }

    post(path, fields) {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.set(name, value);
      body.set("csrf_token", document.querySelector('meta[name="csrf-token"]').content);
      return fetch(this.dataset.url + path, { method: "POST", body, keepalive: true });
    }
  },
);
