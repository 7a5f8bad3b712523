// Tells which result was opened, so that editors learn what answers a search.
class SearchResults extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const key = event.target.closest("a[data-key]")?.dataset.key;
      if (key && this.dataset.address) navigator.sendBeacon(this.dataset.address, new URLSearchParams({ key }));
    });
  }
}

customElements.define("search-results", SearchResults);
