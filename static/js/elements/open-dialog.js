// <open-dialog for="id"><a href="/the-same-as-a-page">…</a></open-dialog>: a link that opens the dialog where script runs.
// The browser itself gives the focus back when the dialog closes.
customElements.define(
  "open-dialog",
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("click", this);
    }

    handleEvent(event) {
      const dialog = document.getElementById(this.getAttribute("for"));
      if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      dialog.showModal();
      dialog.addEventListener("click", (click) => click.target === dialog && dialog.close());
    }
  },
);
