// A link to a question opens it.
class OpenAnchor extends HTMLElement {
  connectedCallback() {
    this.open = () => {
      const wanted = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (wanted instanceof HTMLDetailsElement && this.contains(wanted)) {
        wanted.open = true;
        wanted.scrollIntoView();
      }
    };
    window.addEventListener("hashchange", this.open);
    this.open();
  }

  disconnectedCallback() {
    window.removeEventListener("hashchange", this.open);
  }
}

customElements.define("open-anchor", OpenAnchor);
