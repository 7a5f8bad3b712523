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
      select.addEventListener("change", () => this.show(select.value, "replace"));
      const asked = new URLSearchParams(location.search).has("tz");
      const own = remembered() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
      if (!asked && own && own !== select.value && !this.closest("dialog[data-zoned]")) this.show(own, "abort");
    }

    // What is done unasked gives way to whatever the reader does meanwhile ("abort"): their time would be taken, and the list be back.
    show(zone, sync) {
      const select = this.querySelector("select");
      if (![...select.options].some((option) => option.value === zone)) select.add(new Option(zone, zone));
      select.value = zone;
      this.closest("dialog")?.setAttribute("data-zoned", "");
      try {
        sessionStorage.setItem(KEY, zone);
      } catch {
        // storage is off: it holds for this page
      }
      this.submit(sync);
    }

    // Sent before htmx knows the form, it would lead the whole page away.
    async submit(sync) {
      const form = this.querySelector("form");
      form.dataset.hxSync = `#booking:${sync}`;
      (await htmxReady().catch(() => null))?.process(form);
      if (form.isConnected) form.requestSubmit();
    }
  },
);
