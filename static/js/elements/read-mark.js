// Counts that an article was read or a question opened, once a visit and only when somebody really looks. Nothing about the
// reader is sent.
function count({ address, subject }) {
  if (sessionStorage.getItem(`read:${subject}`)) return;
  sessionStorage.setItem(`read:${subject}`, "1");
  navigator.sendBeacon(address, new URLSearchParams({ subject }));
}

class ReadMark extends HTMLElement {
  connectedCallback() {
    this.timer = setTimeout(() => {
      if (document.visibilityState === "visible") count(this.dataset);
    }, 4000);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }
}

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.open && target.dataset.address && !("forPrint" in target.dataset)) count(target.dataset);
  },
  true,
);

customElements.define("read-mark", ReadMark);
