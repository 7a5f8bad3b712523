// A print button where there is a printer to ask for; everything folded is opened on paper.
class PrintPage extends HTMLElement {
  connectedCallback() {
    if (this.firstElementChild) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--quiet button--small";
    button.textContent = "Print this page";
    button.addEventListener("click", () => window.print());
    this.append(button);
  }
}

const folded = () => [...document.querySelectorAll(".article details:not([open]), .faq:not([open])")];
window.addEventListener("beforeprint", () => {
  for (const fold of folded()) {
    fold.open = true;
    fold.dataset.forPrint = "";
  }
});
window.addEventListener("afterprint", () => {
  for (const fold of document.querySelectorAll("details[data-for-print]")) {
    fold.open = false;
    delete fold.dataset.forPrint;
  }
});

customElements.define("print-page", PrintPage);
