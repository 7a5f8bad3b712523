// <show-password>…one password field…</show-password>: a button that shows what is typed, and hides it again before it is sent.
customElements.define(
  "show-password",
  class extends HTMLElement {
    connectedCallback() {
      const input = this.querySelector('input[type="password"]');
      if (!input || this.querySelector(".show-password__button")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link-button small show-password__button";
      button.setAttribute("aria-controls", input.id);
      const show = (shown) => {
        input.type = shown ? "text" : "password";
        button.textContent = shown ? "Hide the password" : "Show the password";
      };
      button.addEventListener("click", () => show(input.type === "password"));
      input.form?.addEventListener("submit", () => show(false));
      show(false);
      this.append(button);
    }
  },
);
