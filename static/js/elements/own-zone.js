// <own-zone><form><select name="tz">…</select></form></own-zone>: shows times in the reader's own zone, once, unless they chose another.
import { htmxReady } from "../lib/htmx.js";

const KEY = "zone";
const remembered = () => {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
};

customElements.define(
  "own-zone",
  class extends HTMLElement {
    connectedCallback() {
      const select = this.querySelector("select");
      select.addEventListener("change", () => this.show(select.value));
      const asked = new URLSearchParams(location.search).has("tz");
      const own = remembered() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
      if (!asked && own && own !== select.value && !this.closest("dialog[data-zoned]")) this.show(own);
    }

    show(zone) {
      const select = this.querySelector("select");
      if (![...select.options].some((option) => option.value === zone)) select.add(new Option(zone, zone));
      select.value = zone;
      this.closest("dialog")?.setAttribute("data-zoned", "");
      try {
        sessionStorage.setItem(KEY, zone);
      } catch {
        // storage is off: it holds for this page
      }
      this.submit();
    }

    // In the dialog the form has just been swapped in: sent before htmx knows it, it would lead the whole page away.
    async submit() {
      const form = this.querySelector("form");
      if (this.closest("dialog")) (await htmxReady().catch(() => null))?.process(form);
      form.requestSubmit();
    }
  },
);
