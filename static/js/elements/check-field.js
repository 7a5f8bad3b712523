// <check-field data-url="…"><div class="field">…</div></check-field>: asks the server when the field is left for the first time;
// a field that was wrong is asked about again while it is being put right, so that the error goes as soon as it may.
customElements.define(
  "check-field",
  class extends HTMLElement {
    connectedCallback() {
      this.field = this.querySelector("input, select");
      this.addEventListener("change", () => this.check());
      this.addEventListener("input", () => this.error && this.soon());
    }

    get error() {
      return this.querySelector(".field__error");
    }

    soon() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.check(), 250);
    }

    async check() {
      const body = new FormData(this.field.form);
      try {
        const answer = await fetch(this.dataset.url, { method: "POST", body });
        if (answer.ok) this.show(await answer.text());
      } catch {
        // offline: the form itself will be checked when it is sent
      }
    }

    show(html) {
      this.error?.remove();
      this.firstElementChild.insertAdjacentHTML("beforeend", html);
      const wrong = this.error;
      const hint = this.querySelector(".field__hint")?.id;
      const ids = [hint, wrong?.id].filter(Boolean).join(" ");
      if (ids) this.field.setAttribute("aria-describedby", ids);
      else this.field.removeAttribute("aria-describedby");
      if (wrong) this.field.setAttribute("aria-invalid", "true");
      else this.field.removeAttribute("aria-invalid");
      this.toggleAttribute("data-fine", !wrong && this.field.value.trim() !== "");
    }
  },
);
