// <once-only><form>…</form></once-only>: the second click on "Pay" does nothing. The server would charge once anyway.
customElements.define(
  "once-only",
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("submit", (event) => {
        if (this.sent) event.preventDefault();
        this.sent = true;
        const button = event.submitter;
        if (!button) return;
        button.setAttribute("aria-disabled", "true");
        button.dataset.busy = "";
      });
      // Back from the payment page the browser may show this page as it was.
      addEventListener("pageshow", () => {
        this.sent = false;
        for (const button of this.querySelectorAll("[data-busy]")) {
          button.removeAttribute("aria-disabled");
          delete button.dataset.busy;
        }
      });
    }
  },
);
