// <open-aside for="id"><a href="#id">…</a></open-aside>: on a narrow screen what stands at the end of the page comes up as a sheet.
const NARROW = matchMedia("(width < 60rem)");

customElements.define(
  "open-aside",
  class extends HTMLElement {
    connectedCallback() {
      this.addEventListener("click", (event) => {
        const aside = document.getElementById(this.getAttribute("for"));
        if (!aside || !NARROW.matches || event.ctrlKey || event.metaKey || event.button) return;
        event.preventDefault();
        this.open(aside);
      });
    }

    open(aside) {
      const sheet = document.createElement("dialog");
      sheet.className = "dialog sheet";
      sheet.setAttribute("aria-label", aside.getAttribute("aria-label"));
      const close = Object.assign(document.createElement("button"), { type: "button", className: "button button--small sheet__close", textContent: "Close" });
      const place = document.createComment("");
      aside.replaceWith(place);
      sheet.append(close, aside);
      place.parentNode.insertBefore(sheet, place);
      close.addEventListener("click", () => sheet.close());
      sheet.addEventListener("click", (click) => click.target === sheet && sheet.close());
      sheet.addEventListener("close", () => {
        place.replaceWith(aside);
        sheet.remove();
        this.querySelector("a").focus();
      });
      sheet.showModal();
    }
  },
);
