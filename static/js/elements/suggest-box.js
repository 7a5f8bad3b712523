// A search form that offers lines while one types: the ARIA combobox with a list box (APG), typed text always wins.
const WAIT = 150;
let boxes = 0;

class SuggestBox extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input[type=search]");
    if (!this.input || this.list) return;
    this.list = document.createElement("div");
    this.list.className = "suggestions";
    this.list.id = `suggestions-${++boxes}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    this.list.hidden = true;
    this.input.form.append(this.list);
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    }))
      this.input.setAttribute(name, value);
    this.input.addEventListener("input", () => this.soon());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("focus", () => this.list.childElementCount && this.open(true));
    this.addEventListener("focusout", (event) => this.contains(event.relatedTarget) || this.open(false));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  soon() {
    clearTimeout(this.timer);
    this.asking?.abort();
    if (this.input.value.trim().length < 2) return this.show("");
    this.timer = setTimeout(() => this.ask(), WAIT);
  }

  async ask() {
    this.asking = new AbortController();
    const address = `${this.dataset.source}?q=${encodeURIComponent(this.input.value)}`;
    try {
      const answer = await fetch(address, { signal: this.asking.signal });
      if (answer.ok) this.show(await answer.text());
    } catch (error) {
      if (error.name !== "AbortError") this.show("");
    }
  }

  show(html) {
    this.list.innerHTML = html;
    this.options = [...this.list.querySelectorAll("[role=option]")];
    this.options.forEach((option, at) => {
      option.id = `${this.list.id}-${at}`;
    });
    this.choose(-1);
    this.open(this.options.length > 0);
  }

  open(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (!open) this.choose(-1);
  }

  choose(at) {
    this.at = at;
    (this.options ?? []).forEach((option, place) => {
      option.setAttribute("aria-selected", String(place === at));
    });
    const chosen = this.options?.[at];
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) this.input.setAttribute("aria-activedescendant", chosen.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const count = this.options?.length ?? 0;
    if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.open(false);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (this.list.hidden) this.open(true);
      this.choose(((this.at + step + 1 + count + 1) % (count + 1)) - 1);
    } else if (event.key === "Enter" && this.at >= 0 && !this.list.hidden) {
      event.preventDefault();
      this.options[this.at].click();
    }
  }
}

customElements.define("suggest-box", SuggestBox);
