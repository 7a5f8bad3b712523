// <desk-composer>: keeps the draft on the server, tells others that one is replying, inserts canned replies and names, and sends in place.
import { newId } from "../lib/new-id.js";
import { drawPart } from "../lib/part.js";
import { visit } from "../lib/visit.js";

const post = (url, values) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const options = { method: "POST", body: new URLSearchParams(values), headers: { "X-CSRFToken": token }, keepalive: true };
  return fetch(url, options).catch(() => null);
};

// What is asked for by the word at the caret: a canned reply, or in a note a colleague.
const SIGNS = { "/": /(?:^|\s)\/((?:\w[\w -]*)?)$/, "@": /(?:^|\s)@([\w.-]*)$/ };

class DeskComposer extends HTMLElement {
  connectedCallback() {
    this.words = this.querySelector("textarea");
    this.canned = this.querySelector("#canned");
    this.words.addEventListener("input", () => {
      this.typed();
      this.look();
    });
    this.addEventListener("keydown", (event) => this.key(event));
    this.querySelector("form").addEventListener("submit", () => this.forget());
    this.left = new AbortController();
    addEventListener("pagehide", () => this.save(), { signal: this.left.signal });
    addEventListener("pageshow", (event) => event.persisted && this.renew(), { signal: this.left.signal });
    this.addEventListener("click", (event) => this.insert(event.target.closest("[data-insert]")));
    this.files = this.querySelector("[type=file]");
    this.files.addEventListener("change", () => this.count());
    this.words.addEventListener("paste", (event) => this.take(event, event.clipboardData.files));
    this.addEventListener("dragover", (event) => event.preventDefault());
    this.addEventListener("drop", (event) => this.take(event, event.dataTransfer.files));
    this.addEventListener("input", (event) => this.find(event.target.closest("[data-find]")));
    this.addEventListener("keydown", (event) => event.key === "Enter" && event.target.closest("[data-find]") && event.preventDefault());
    for (const kind of this.querySelectorAll("[name=kind]")) kind.addEventListener("change", () => this.turn(kind.value));
    this.kept = { reply: this.kind === "reply" ? this.words.value : "", note: this.dataset.note };
    this.now = this.kind;
  }

  disconnectedCallback() {
    this.left.abort();
    this.forget();
  }

  // The form came back with the page: what is sent now is another message.
  renew() {
    this.querySelector("[name=client_id]").value = newId();
  }

  // Pasted and dropped files join those that were picked.
  take(event, files) {
    if (!files.length) return;
    event.preventDefault();
    const all = new DataTransfer();
    for (const file of [...this.files.files, ...files]) all.items.add(file);
    this.files.files = all.files;
    this.count();
  }

  count() {
    const { length } = this.files.files;
    this.querySelector("[data-files]").textContent = length ? `${length} file${length > 1 ? "s" : ""}` : "Files";
  }

  get kind() {
    return this.querySelector("[name=kind]:checked").value;
  }

  // Each kind keeps its own words: nothing written for a colleague can be sent to the customer by a slip.
  turn(kind) {
    this.save();
    this.kept[this.now] = this.words.value;
    this.words.value = this.kept[kind];
    this.now = kind;
    this.close();
    this.words.focus();
  }

  forget() {
    clearTimeout(this.saving);
    this.saving = undefined;
  }

  // What was typed and is not kept yet, under the kind it was typed as.
  save() {
    if (this.saving) post(this.dataset.draft, { kind: this.now, words: this.words.value });
    this.forget();
  }

  typed() {
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.save(), 800);
    if (Date.now() - (this.told ?? 0) < 3000 || !this.words.value.trim()) return;
    this.told = Date.now();
    document.dispatchEvent(new Event("desk:replying"));
    post(this.dataset.presence, { state: "replying", kind: this.kind, visit });
  }

  get options() {
    return [...this.canned.querySelectorAll(".canned__one")];
  }

  asked() {
    const before = this.words.value.slice(0, this.words.selectionStart);
    for (const [sign, pattern] of Object.entries(SIGNS)) {
      const words = pattern.exec(before)?.[1];
      if (words !== undefined && (sign === "/" || this.kind === "note")) return { sign, words };
    }
    return null;
  }

  // The list stands for as long as it is asked for; after Escape, not before the next word.
  look() {
    const asked = this.asked();
    if (!asked) {
      if (this.offered) this.close();
      this.dismissed = false;
    } else if (!this.dismissed) this.offer(asked);
  }

  offer({ sign, words }) {
    this.offered = true;
    if (sign === "@") return this.name(words);
    const drawing = drawPart(`${this.dataset.canned}?q=${encodeURIComponent(words)}`, "canned").then(() => {
      if (!this.offered) this.canned.replaceChildren();
      if (this.drawing === drawing) this.drawing = null;
    });
    this.drawing = drawing;
  }

  name(words) {
    const list = this.querySelector("[data-names]").content.cloneNode(true);
    const wanted = words.toLowerCase().replaceAll(".", " ");
    for (const one of list.querySelectorAll("li")) if (!one.textContent.toLowerCase().includes(wanted)) one.remove();
    this.canned.replaceChildren(...(list.querySelector("li") ? [list] : []));
  }

  close() {
    this.offered = false;
    this.canned.replaceChildren();
  }

  // Arrows walk the list that was asked for, Enter and Tab take from it, Escape closes it; elsewhere these keys are what they are.
  key(event) {
    const { options } = this;
    const at = options.indexOf(event.target);
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.isComposing);
    const here = plain && (at >= 0 || (this.offered && event.target === this.words));
    if (event.key === "Escape" && this.canned.hasChildNodes()) {
      event.stopPropagation();
      this.dismissed = this.offered;
      this.close();
      this.words.focus();
    } else if (here && options.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      (next < 0 ? this.words : options[Math.min(next, options.length - 1)]).focus();
    } else if (here && this.offered && (options.length || this.drawing) && ["Enter", "Tab"].includes(event.key)) {
      event.preventDefault();
      this.pick(at);
    }
  }

  // What is still on its way may be another list than the one that stands.
  async pick(at) {
    await this.drawing;
    this.insert(this.options[Math.max(at, 0)]);
  }

  // Among the scripts of the playbook; Enter there must not send what stands in the composer.
  find(field) {
    if (field) drawPart(`${field.dataset.find}?q=${encodeURIComponent(field.value)}`, "plays");
  }

  insert(button) {
    if (!button) return;
    const caret = this.words.selectionStart;
    const asked = this.asked();
    const start = asked ? caret - asked.words.length - 1 : caret;
    this.words.setRangeText(button.dataset.insert, start, caret, "end");
    // What is sent with them counts as their use.
    if (button.dataset.canned) this.querySelector("[name=canned]").value += ` ${button.dataset.canned}`;
    this.close();
    this.words.focus();
    this.typed();
  }
}

customElements.define("desk-composer", DeskComposer);
