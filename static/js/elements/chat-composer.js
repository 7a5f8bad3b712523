// <chat-composer data-draft="FD-1042" data-typing="…"><form>…</form></chat-composer>: Enter sends, files by drag, paste and picker,
// what is typed survives a reload, and a message that could not be sent waits with a Retry under the same id.
import { newId } from "../lib/new-id.js";

const TYPING = 3000;
const LONGEST_PAUSE = 30000;
const HEADERS = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "chat-thread" };
const coarse = matchMedia("(pointer: coarse)");

const stored = (key, value) => {
  try {
    if (value === undefined) return localStorage.getItem(key) ?? "";
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // storage is off: what is typed lasts for this page
  }
  return "";
};

customElements.define(
  "chat-composer",
  class extends HTMLElement {
    connectedCallback() {
      this.left = new AbortController();
      const { signal } = this.left;
      this.form = this.querySelector("form");
      this.words = this.querySelector("textarea");
      this.picker = this.querySelector("[type=file]");
      this.isNew = this.dataset.draft === "new";
      this.sending = Promise.resolve();
      this.waiting = new Set();
      this.words.value ||= stored(this.draft);
      if (!this.isNew) stored("chat-draft-new", "");
      this.words.addEventListener("input", () => this.typed(), { signal });
      this.words.addEventListener("keydown", (event) => this.key(event), { signal });
      this.words.addEventListener("paste", (event) => this.add(event.clipboardData.files, event), { signal });
      this.picker.addEventListener("change", () => this.listFiles(), { signal });
      this.form.addEventListener("submit", (event) => this.submit(event), { signal });
      this.addEventListener("click", (event) => this.clicked(event), { signal });
      const ground = this.closest(".chat") ?? this;
      ground.addEventListener("click", (event) => this.chosen(event), { signal });
      ground.addEventListener("dragover", (event) => this.dragged(event, ground), { signal });
      ground.addEventListener("dragleave", () => ground.classList.remove("chat--drop"), { signal });
      ground.addEventListener("drop", (event) => this.dropped(event, ground), { signal });
      if (!this.isNew) this.sendUnsent();
    }

    disconnectedCallback() {
      this.left.abort();
    }

    get draft() {
      return `chat-draft-${this.dataset.draft}`;
    }

    get unsent() {
      try {
        return JSON.parse(stored(`chat-unsent-${this.dataset.draft}`) || "[]");
      } catch {
        return [];
      }
    }

    keep(id, words) {
      const others = this.unsent.filter(([other]) => other !== id);
      const all = words === undefined ? others : [...others, [id, words]];
      stored(`chat-unsent-${this.dataset.draft}`, all.length ? JSON.stringify(all.slice(-20)) : "");
    }

    typed() {
      stored(this.draft, this.words.value);
      if (!this.dataset.typing || !this.words.value || Date.now() - (this.lastTyped ?? 0) < TYPING) return;
      this.lastTyped = Date.now();
      fetch(this.dataset.typing, { method: "POST", headers: { "X-CSRFToken": this.form.csrf_token.value } }).catch(() => null);
    }

    key(event) {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || coarse.matches) return;
      event.preventDefault();
      this.form.requestSubmit();
    }

    add(files, event) {
      if (!files?.length) return;
      event?.preventDefault();
      const all = new DataTransfer();
      for (const file of [...this.picker.files, ...files].slice(0, 5)) all.items.add(file);
      this.picker.files = all.files;
      this.listFiles();
    }

    listFiles() {
      const list = this.querySelector(".composer__files");
      list.replaceChildren(...[...this.picker.files].map((file, index) => this.chip(file, index)));
      list.hidden = !this.picker.files.length;
    }

    chip(file, index) {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "chip";
      button.textContent = `${file.name} ×`;
      button.setAttribute("aria-label", `Leave out ${file.name}`);
      button.addEventListener("click", () => {
        const rest = new DataTransfer();
        for (const other of [...this.picker.files].filter((_, at) => at !== index)) rest.items.add(other);
        this.picker.files = rest.files;
        this.listFiles();
        this.words.focus();
      });
      item.append(button);
      return item;
    }

    dragged(event, ground) {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      ground.classList.add("chat--drop");
    }

    dropped(event, ground) {
      ground.classList.remove("chat--drop");
      this.add(event.dataTransfer.files, event);
    }

    clicked(event) {
      const emoji = event.target.closest("[data-emoji]")?.dataset.emoji;
      if (!emoji) return;
      this.words.setRangeText(emoji, this.words.selectionStart, this.words.selectionEnd, "end");
      this.querySelector("details.menu").open = false;
      this.words.focus();
      this.typed();
    }

    // A quick reply is a message like any other; what is half typed stays.
    chosen(event) {
      const reply = event.target.closest("button[form=chat-chip]");
      if (!reply || this.isNew) return;
      event.preventDefault();
      const typed = this.words.value;
      this.words.value = reply.value;
      this.form.requestSubmit();
      this.words.value = typed;
      this.typed();
      this.words.focus();
    }

    submit(event) {
      const words = this.words.value.trim();
      if (!words && !this.picker.files.length) {
        event.preventDefault();
        this.words.focus();
        return;
      }
      if (this.isNew) return;
      event.preventDefault();
      const body = new FormData(this.form);
      const id = newId();
      body.set("client_id", id);
      if (words) this.keep(id, words);
      this.draw(id, words || [...this.picker.files].map((file) => file.name).join(", "));
      this.form.reset();
      this.words.value = "";
      this.listFiles();
      stored(this.draft, "");
      this.queue(id, body);
    }

    // One after the other, and each until it is through: they arrive in the order they were written.
    queue(id, body) {
      if (this.waiting.has(id)) return;
      this.waiting.add(id);
      this.sending = this.sending.then(() => this.deliver(id, body)).finally(() => this.waiting.delete(id));
    }

    async deliver(id, body) {
      for (let pause = 1000; this.isConnected; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
        this.mark(id, "sending");
        const answer = await this.post(body);
        const html = answer ? await answer.text() : "";
        if (answer && answer.status < 500 && answer.status !== 429) return this.settled(id, answer, html);
        await this.pause(id, pause);
      }
    }

    post(body) {
      const options = { method: "POST", body, headers: HEADERS, signal: AbortSignal.timeout(60000) };
      return fetch(this.form.action, options).catch(() => undefined);
    }

    settled(id, answer, html) {
      this.keep(id);
      const place = document.getElementById(`m-${id}`);
      if (answer.ok && place) place.outerHTML = html;
      const why = answer.status === 413 ? "These files are too large together. Please send them in parts." : "This could not be sent.";
      if (!answer.ok) this.mark(id, "failed", [403, 422].includes(answer.status) ? html : why);
      if (answer.headers.has("Chat-Moved")) this.closest("chat-thread").again();
    }

    // Not through yet: wait a little, or for the line, or for somebody who will not wait.
    pause(id, milliseconds) {
      const again = document.createElement("button");
      again.type = "button";
      again.className = "link-button";
      again.textContent = "Try again";
      this.mark(id, "failed", "Not sent yet.")?.querySelector(".message__meta").append(" ", again);
      return new Promise((done) => {
        setTimeout(done, milliseconds);
        addEventListener("online", done, { once: true });
        again.addEventListener("click", done, { once: true });
      });
    }

    sendUnsent() {
      for (const [id, words] of this.unsent) {
        this.draw(id, words);
        const body = new FormData(this.form);
        body.delete("files");
        body.set("client_id", id);
        body.set("words", words);
        this.queue(id, body);
      }
    }

    draw(id, words) {
      if (document.getElementById(`m-${id}`)) return;
      const entry = document.createElement("li");
      entry.id = `m-${id}`;
      entry.className = "message message--mine message--sending";
      entry.innerHTML = '<p class="visually-hidden">You</p><div class="message__body message__body--plain"></div><p class="message__meta">Sending</p>';
      entry.querySelector(".message__body").textContent = words;
      document.getElementById("chat-thread").append(entry);
      this.dispatchEvent(new CustomEvent("chat:sent", { bubbles: true }));
    }

    mark(id, state, html = "Sending") {
      const entry = document.getElementById(`m-${id}`);
      entry?.classList.toggle("message--failed", state === "failed");
      if (entry) entry.querySelector(".message__meta").innerHTML = html;
      return entry;
    }
  },
);
