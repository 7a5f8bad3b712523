// A guide whose steps are ticked in place and remembered by the server, so that an agent in chat can see them too.
class GuideSteps extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => this.tick(event));
    const begun = localStorage.getItem(`guide:${this.dataset.progress}`);
    if (begun && !("known" in this.dataset)) this.recall();
  }

  async recall() {
    const answer = await fetch(this.dataset.progress);
    if (answer.ok) for (const anchor of (await answer.json()).done) this.mark(this.step(anchor), true);
  }

  async tick(event) {
    event.preventDefault();
    const form = event.target;
    const step = form.closest("[data-step]");
    const done = form.elements.done.value === "yes";
    const body = new URLSearchParams(new FormData(form));
    this.mark(step, done);
    localStorage.setItem(`guide:${this.dataset.progress}`, "1");
    const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) this.mark(step, !done);
    else if (done) step.nextElementSibling?.querySelector("h2 a")?.focus({ preventScroll: true });
  }

  step(anchor) {
    return [...this.querySelectorAll("[data-step]")].find((step) => step.dataset.step === anchor);
  }

  mark(step, done) {
    if (!step) return;
    const form = step.querySelector(".step__tick");
    step.classList.toggle("step--done", done);
    form.elements.done.value = done ? "no" : "yes";
    form.querySelector("button").setAttribute("aria-pressed", String(done));
    form.querySelector(".step__words").textContent = done ? "Done" : "Mark as done";
    this.count();
  }

  count() {
    const steps = this.querySelectorAll("[data-step]").length;
    const done = this.querySelectorAll(".step--done").length;
    this.querySelector("[data-done-count]").textContent = done;
    this.querySelector("progress").value = done;
    this.querySelector("progress").max = steps;
  }
}

customElements.define("guide-steps", GuideSteps);
