// <hold-timer data-until="…">: how long a time is still kept; says so aloud two minutes before the end and at the end.
customElements.define(
  "hold-timer",
  class extends HTMLElement {
    connectedCallback() {
      this.until = new Date(this.dataset.until).getTime();
      this.timer = setInterval(() => this.show(), 1000);
      this.show();
    }

    disconnectedCallback() {
      clearInterval(this.timer);
    }

    show() {
      const left = Math.max(0, Math.round((this.until - Date.now()) / 1000));
      const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      this.querySelector("[data-left]").textContent = left ? `Kept for you for ${clock}.` : "No longer kept for you. If nobody took it meanwhile, you can still book it.";
      this.toggleAttribute("data-soon", left > 0 && left <= 120);
      if (left === 120) this.tell("This time is kept for two more minutes.");
      if (left === 0) {
        this.tell("This time is no longer kept for you.");
        clearInterval(this.timer);
        this.querySelector("form")?.remove();
      }
    }

    tell(words) {
      this.querySelector("[data-tell]").textContent = words;
    }
  },
);
