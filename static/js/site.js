// What every page needs, and nothing more. Each behaviour is a custom element that wakes wherever htmx puts it.
import "./elements/consult-dialog.js";
import "./elements/hold-timer.js";
import "./elements/local-time.js";
import "./elements/open-dialog.js";
import "./elements/own-zone.js";
import "./elements/theme-switch.js";

document.documentElement.dataset.js = "";

// Signed-in pages carry the CSRF token once; plain forms carry their own.
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token;
});

// After a swap that brought an error summary or asked for it, the focus goes there.
const focusWanted = () => document.querySelector("[data-focus]:not([data-focused])");
const giveFocus = () => {
  const wanted = focusWanted();
  if (wanted) {
    wanted.dataset.focused = "";
    wanted.focus();
  }
};
document.addEventListener("htmx:after:swap", giveFocus);
giveFocus();

// An open menu closes on Escape and on a click elsewhere.
const openMenus = () => document.querySelectorAll("details.menu[open], details.masthead__menu[open]");
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    const held = menu.contains(document.activeElement);
    menu.open = false;
    if (held) menu.querySelector("summary").focus();
  }
});
