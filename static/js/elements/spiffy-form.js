// <spiffy-form data-script data-back>: Spiffy's checkout in its place, loaded at once and timed; after three seconds without it the
// plain link is put forward. Its word that an order succeeded only leads on: what counts is what it tells the server.
const PATIENCE = 3000;
const CALLS = ["identify", "config", "debug", "off", "on"];

// Until its script is there, calls wait in a list that it works off.
const queue = () => {
  const calls = Object.assign([], { SNIPPET_VERSION: "1.1.0" });
  for (const name of CALLS) calls[name] = (...words) => calls.push([name, ...words]);
  return calls;
};

customElements.define(
  "spiffy-form",
  class extends HTMLElement {
    connectedCallback() {
      this.began = performance.now();
      this.say("Loading the payment form…");
      window.spiffy ??= queue();
      window.spiffy.on("ready", () => this.ready());
      window.spiffy.on("order:success", () => this.lead());
      this.querySelector("[data-place]").append(this.querySelector("template").content.cloneNode(true));
      this.timer = setTimeout(() => this.late(), PATIENCE);
      const script = document.createElement("script");
      script.src = this.dataset.script;
      script.onerror = () => this.late();
      document.head.append(script);
    }

    ready() {
      clearTimeout(this.timer);
      this.say("");
      document.querySelector("count-moments")?.tell("embed", "spiffy", Math.round(performance.now() - this.began));
    }

    lead() {
      // Whoever paid goes on; that is no leaving.
      const counter = document.querySelector("count-moments");
      if (counter) counter.sent = true;
      location.assign(this.dataset.back);
    }

    late() {
      this.say("The payment form does not come. Your browser or network may hold it back; the link leads to the same form.");
      this.querySelector("[data-plain] a").classList.add("button--primary");
    }

    say(words) {
      this.querySelector("[data-words]").textContent = words;
    }
  },
);
