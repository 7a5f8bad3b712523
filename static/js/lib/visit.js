// The name of this visit to the page: what it sends is told from what the next page sends. A page that comes back from the browser's memory is a new visit.
const fresh = () => Math.random().toString(36).slice(2);
export let visit = fresh();
addEventListener("pageshow", (event) => {
  if (event.persisted) visit = fresh();
});
