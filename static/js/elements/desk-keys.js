// <desk-keys>: walk the list and act on the open thread by single keys, or by name with Ctrl/Cmd+K.
// A key presses, opens or focuses the visible element that bears it in data-key; so the page itself teaches what there is.
// Each agent may put another key in a place of the list under "?"; their account remembers it.
const MODIFIERS = ["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock"];
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

const until = (element) => element.closest("[data-until]")?.dataset.until ?? element.closest("[data-due]")?.dataset.due ?? "";
const shown = (element) => element && element.offsetParent !== null;

class DeskKeys extends HTMLElement {
  connectedCallback() {
    this.chord = "";
    this.on = this.dataset.on !== "no";
    this.map = JSON.parse(this.dataset.places || "{}") ?? {};
    this.controller = new AbortController();
    const { signal } = this.controller;
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    const box = document.getElementById("keys-on");
    if (box) {
      box.checked = this.on;
      box.addEventListener("change", () => this.save({ on: box.checked }), { signal });
    }
    document.getElementById("keys")?.addEventListener("click", (event) => this.remap(event), { signal });
    this.showKeys();
  }

  disconnectedCallback() {
    this.controller.abort();
  }

  async save({ on = this.on, map = this.map }) {
    this.on = on;
    this.map = map;
    const body = new URLSearchParams({ on: on ? "yes" : "no", places: JSON.stringify(map) });
    body.set("csrf_token", document.querySelector('meta[name="csrf-token"]').content);
    const answer = await fetch(this.dataset.save, { method: "POST", body, keepalive: true }).catch(() => null);
    if (answer?.ok) return;
    const why = answer?.status === 422 ? await answer.text() : "";
    this.say(`${why} This could not be kept; it holds until you leave the page.`.trim());
  }

  // The key that stands in the list for what was pressed; nothing when its deed has moved to another key.
  meant(pressed) {
    const { map } = this;
    const moved = Object.keys(map).find((key) => map[key] === pressed);
    return moved ?? (pressed in map ? "" : pressed);
  }

  remap(event) {
    if (event.target.closest("[data-keys-reset]")) {
      this.save({ map: {} });
      this.showKeys("All keys are as they were.");
    }
    const button = event.target.closest("[data-remap]");
    if (!button) return;
    button.querySelector("kbd").textContent = "…";
    this.say(`Press a key for “${button.dataset.name}”, or Esc.`);
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    button.addEventListener("keydown", (pressed) => this.choose(pressed, button), { signal });
    button.addEventListener("blur", () => this.showKeys(), { signal });
  }

  choose(event, button) {
    // What only comes with another key is no answer yet.
    if (event.key === "Tab" || MODIFIERS.includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return this.showKeys("Nothing was changed.");
    const { remap, name } = button.dataset;
    const other = [...document.querySelectorAll("[data-remap]")].find((one) => one !== button && (this.map[one.dataset.remap] ?? one.dataset.remap) === event.key);
    if (event.key.length > 1 || "g?".includes(event.key)) return this.showKeys("That key cannot be used.");
    if (other) return this.showKeys(`${event.key} is already “${other.dataset.name}”.`);
    this.save({ map: { ...this.map, [remap]: event.key } });
    this.showKeys(`${event.key} is now “${name}”.`);
  }

  showKeys(words = "") {
    this.asking?.abort();
    const { map } = this;
    for (const button of document.querySelectorAll("[data-remap]")) button.querySelector("kbd").textContent = map[button.dataset.remap] ?? button.dataset.remap;
    if (words) this.say(words);
  }

  say(words) {
    const line = document.getElementById("keys-said");
    if (line) line.textContent = words;
  }

  key(event) {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "k") return this.stop(event, () => this.palette());
    if (command && event.key === "Enter") return this.stop(event, () => document.querySelector(".replybox__send")?.click());
    if (event.key === "Escape" && event.target.id === "words") return event.target.blur();
    if (command || event.altKey || !this.on || event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
    this.single(event);
  }

  single(event) {
    const key = this.chord ? `${this.chord} ${event.key}` : this.meant(event.key);
    this.chord = "";
    if (key === "g") this.chord = "g";
    else if (key === "j" || key === "k") this.stop(event, () => this.walk(key === "j" ? 1 : -1));
    else if (key === "o") this.stop(event, () => this.chosen()?.click());
    else if (key === "[" || key === "]") this.stop(event, () => this.step(key === "]" ? 1 : -1)?.click());
    else if (key === "x") this.stop(event, () => this.chosen()?.closest(".talk").querySelector("input").click());
    else if (key === "p") this.stop(event, () => document.querySelector(".pane__to-person")?.click());
    else if (key === "g m") this.stop(event, () => location.assign(this.view("mine")));
    else if (key === "?") this.stop(event, () => document.getElementById("keys")?.showModal());
    else this.press(event, key);
  }

  press(event, key) {
    const there = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter((one) => shown(one) || shown(one.closest("details")));
    // What can be undone longest was done last.
    if (key === "z") there.sort((one, other) => (until(one) < until(other) ? 1 : -1));
    const [target] = there;
    if (target) this.stop(event, () => this.use(target));
  }

  use(target) {
    const menu = target.closest("details.menu");
    if (menu && target.tagName !== "SUMMARY") menu.open = true;
    if (target.tagName === "SUMMARY") {
      menu.open = true;
      menu.querySelector("button, input:not([type=hidden]), select, textarea")?.focus();
    } else if (target.matches("input[type=radio]")) {
      target.click();
      document.getElementById("words")?.focus();
    } else if (target.matches("input")) target.focus();
    else target.click();
  }

  links() {
    return [...this.querySelectorAll(".talk__link")];
  }

  chosen() {
    return this.links().find((link) => link === document.activeElement) ?? this.querySelector(".talk__link[aria-current]");
  }

  step(step) {
    const links = this.links();
    const now = links.indexOf(this.chosen());
    return links[Math.max(0, Math.min(links.length - 1, now + step))];
  }

  walk(step) {
    this.step(step)?.focus();
  }

  view(slug) {
    return [...document.querySelectorAll(".views a")].find((link) => link.pathname.endsWith(`/${slug}`))?.href ?? "/desk/";
  }

  palette() {
    const dialog = document.getElementById("palette") ?? this.makePalette();
    dialog.showModal();
    dialog.querySelector("input").value = "";
    this.fillPalette(dialog);
    dialog.querySelector("input").focus();
  }

  makePalette() {
    const dialog = document.getElementById("palette-template").content.firstElementChild.cloneNode(true);
    document.body.append(dialog);
    dialog.querySelector("input").addEventListener("input", () => this.fillPalette(dialog));
    dialog.querySelector("input").addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.stop(event, () => dialog.querySelector("li button")?.click());
    });
    return dialog;
  }

  fillPalette(dialog) {
    const words = dialog.querySelector("input").value.toLowerCase().split(/\s+/);
    const list = dialog.querySelector("ul");
    list.replaceChildren();
    for (const { name, key, element } of this.deeds()) {
      if (!words.every((word) => name.toLowerCase().includes(word))) continue;
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      if (key) button.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      button.addEventListener("click", () => {
        dialog.close();
        this.use(element);
      });
      item.append(button);
      list.append(item);
    }
    dialog.querySelector("[role=status]").textContent = list.children.length ? "" : "Nothing here goes by that name.";
  }

  deeds() {
    const found = document.querySelectorAll(".undo button, .deeds button, .deeds summary, .side-nav a, .views a, .replybox__kind input");
    return [...found].map((element) => ({
      name: (element.closest("label") ?? element).textContent.trim().replace(/\s+/g, " "),
      key: this.map[element.dataset.key] ?? element.dataset.key,
      element,
    }));
  }

  stop(event, then) {
    event.preventDefault();
    then();
  }
}

customElements.define("desk-keys", DeskKeys);
