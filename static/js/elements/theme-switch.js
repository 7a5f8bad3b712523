// <theme-switch>: light, dark, or as the system says; remembered in this browser only.
const NEXT = { "": "dark", dark: "light", light: "" };
const WORDS = { "": "Auto", dark: "Dark", light: "Light" };

const read = () => {
  try {
    return localStorage.getItem("theme") ?? "";
  } catch {
    return "";
  }
};

customElements.define(
  "theme-switch",
  class extends HTMLElement {
    connectedCallback() {
      if (this.querySelector("button")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button--quiet button--small";
      button.addEventListener("click", () => this.turn());
      this.append(button);
      this.show(read());
    }

    turn() {
      const theme = NEXT[read()];
      try {
        localStorage.setItem("theme", theme);
      } catch {
        // storage is off: it lasts for this page
      }
      this.show(theme);
    }

    show(theme) {
      if (theme) document.documentElement.dataset.theme = theme;
      else delete document.documentElement.dataset.theme;
      const button = this.querySelector("button");
      button.textContent = WORDS[theme] ?? WORDS[""];
      button.setAttribute("aria-label", `Colours: ${button.textContent}`);
    }
  },
);
