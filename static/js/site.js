// What every page needs, and nothing more. Each behaviour is a custom element that wakes wherever htmx puts it.
import "./elements/consult-dialog.js";
import "./elements/hold-timer.js";
import "./elements/local-time.js";
import "./elements/open-dialog.js";
import "./elements/own-zone.js";
import "./elements/theme-switch.js";
import { htmxOnFirstTouch } from "./lib/htmx.js";
import { keepClear } from "./lib/keep-clear.js";

document.documentElement.dataset.js = "";
htmxOnFirstTouch();
keepClear();
document.addEventListener("htmx:after:swap", keepClear);

// Signed-in pages carry the CSRF token once; plain forms carry their own.
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token;
});

// <a href="/chat" data-wake="chat-panel">: a link whose module is fetched when it is used; on the next page again, if the module asked for that.
const wake = async (link, again) => (await import(`./elements/${link.dataset.wake}.js`)).wake(link, again);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-wake]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  wake(link, false).catch(() => location.assign(link.href));
});
const woken = new Set();
try {
  for (const sleeper of document.querySelectorAll("a[data-wake]")) {
    const name = sleeper.dataset.wake;
    if (woken.has(name) || !sessionStorage.getItem(name)) continue;
    woken.add(name);
    wake(sleeper, true);
  }
} catch {
  // storage is off: nothing was asked for
}

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

// Where sections lie side by side in one line, the current one is in sight.
for (const here of document.querySelectorAll(":is(.tabs, .side-nav--portal) > [aria-current]")) {
  const row = here.parentElement;
  row.scrollLeft += here.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - here.offsetWidth) / 2;
}

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
