// <desk-sound><button role="switch">…</button></desk-sound>: whether this browser makes a sound when somebody writes. Off until switched on.
// Whoever has news dispatches "desk:ring" on the document.
import { chime } from "../lib/chime.js";

const KEY = "desk-sound";

class DeskSound extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.left = new AbortController();
    const { signal } = this.left;
    this.button.addEventListener("click", () => this.turn(), { signal });
    document.addEventListener("desk:ring", () => this.on && chime(), { signal });
    this.show();
  }

  disconnectedCallback() {
    this.left.abort();
  }

  get on() {
    try {
      return localStorage.getItem(KEY) === "on";
    } catch {
      return this.kept === true;
    }
  }

  turn() {
    const on = !this.on;
    this.kept = on; // where storage is off it lasts for this page
    try {
      localStorage.setItem(KEY, on ? "on" : "off");
    } catch {
      // as said
    }
    this.show();
    if (on) chime();
  }

  show() {
    this.button.setAttribute("aria-checked", String(this.on));
    this.button.title = this.on ? "Sound is on" : "Sound is off";
  }
}

customElements.define("desk-sound", DeskSound);
