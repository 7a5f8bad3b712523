// Counts that an article was opened, once a visit and only when somebody really looks. Nothing about the reader is sent.
class ReadMark extends HTMLElement {
  connectedCallback() {
    const { address, subject } = this.dataset;
    if (sessionStorage.getItem(`read:${subject}`)) return;
    this.timer = setTimeout(() => {
      if (document.visibilityState !== "visible") return;
      sessionStorage.setItem(`read:${subject}`, "1");
      navigator.sendBeacon(address, new URLSearchParams({ subject }));
    }, 4000);
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
  }
}

customElements.define("read-mark", ReadMark);
