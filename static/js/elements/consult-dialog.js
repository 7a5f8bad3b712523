// <consult-dialog><dialog>…<div id="booking"></div></dialog></consult-dialog>: links to /book and /book/<type> open in the dialog.
// Whatever goes wrong, the link stays a link.
import { htmxReady } from "../lib/htmx.js";

const OURS = /^\/book(\/[\w-]+)?$/;

customElements.define(
  "consult-dialog",
  class extends HTMLElement {
    connectedCallback() {
      document.addEventListener("click", this);
    }

    disconnectedCallback() {
      document.removeEventListener("click", this);
    }

    handleEvent(event) {
      const link = event.target.closest?.("a[href]");
      if (!link || this.contains(link) || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (link.origin !== location.origin || !OURS.test(link.pathname)) return;
      event.preventDefault();
      this.open(link.href);
    }

    async open(href) {
      const dialog = this.querySelector("dialog");
      const body = this.querySelector("#booking");
      body.innerHTML = '<p class="skeleton"></p><p class="skeleton"></p><p class="skeleton skeleton--short"></p>';
      dialog.showModal();
      // A handler that gives false would undo every press of a button inside.
      dialog.onclick = (click) => {
        if (click.target === dialog) dialog.close();
      };
      const htmx = await htmxReady().catch(() => location.assign(href));
      await htmx?.ajax("GET", href, { target: body, swap: "innerHTML", headers: { "HX-Target": "div#booking" } });
      if (!body.querySelector("#booking-title")) location.assign(href);
    }
  },
);
