// <paste-files><form>… <input type="file" multiple> …</form></paste-files>: a picture pasted anywhere in the form joins its files.
customElements.define(
  "paste-files",
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("paste", (event) => this.take(event));
    }

    take(event) {
      const pasted = [...(event.clipboardData?.files ?? [])];
      const input = this.querySelector("input[type=file]");
      if (!pasted.length || !input) return;
      event.preventDefault();
      const all = new DataTransfer();
      for (const file of [...input.files, ...pasted]) all.items.add(file);
      input.files = all.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  },
);
