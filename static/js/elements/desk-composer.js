// <desk-composer>: keeps the draft on the server, tells others that one is replying, inserts canned replies, and sends in place.
import { newId } from "../lib/new-id.js";
import { drawPart } from "../lib/part.js";
import { visit } from "../lib/visit.js";

const post = (url, values) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const options = { method: "POST", body: new URLSearchParams(values), headers: { "X-CSRFToken": token }, keepalive: true };
  return fetch(url, options).catch(() => null);
};

class DeskComposer extends HTMLElement {
  connectedCallback() {
    this.words = this.querySelector("textarea");
    this.words.addEventListener("input", () => this.typed());
    this.words.addEventListener("keydown", (event) => this.slash(event));
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

  slash(event) {
    const atStart = this.words.selectionStart === 0 || /\s$/.test(this.words.value.slice(0, this.words.selectionStart));
    if (event.key === "/" && atStart) setTimeout(() => this.offer(""), 0);
    else if (event.key === "Escape") this.querySelector("#canned").replaceChildren();
    else if (this.querySelector("#canned li")) setTimeout(() => this.offer(this.asked()), 0);
  }

  asked() {
    return /\/([\w -]*)$/.exec(this.words.value.slice(0, this.words.selectionStart))?.[1] ?? "";
  }

  offer(words) {
    drawPart(`${this.dataset.canned}?q=${encodeURIComponent(words)}`, "canned");
  }

  // Among the scripts of the playbook; Enter there must not send what stands in the composer.
  find(field) {
    if (field) drawPart(`${field.dataset.find}?q=${encodeURIComponent(field.value)}`, "plays");
  }

  insert(button) {
    if (!button) return;
    const before = this.words.value.slice(0, this.words.selectionStart).replace(/\/[\w -]*$/, "");
    const after = this.words.value.slice(this.words.selectionStart);
    this.words.value = before + button.dataset.insert + after;
    this.querySelector("#canned").replaceChildren();
    this.words.focus();
    this.words.setSelectionRange(before.length + button.dataset.insert.length, before.length + button.dataset.insert.length);
    this.typed();
  }
}

customElements.define("desk-composer", DeskComposer);
