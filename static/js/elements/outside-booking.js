// <outside-booking data-script data-told data-arrival>: a provider's booking page inside ours, loaded only once it is asked for.
// A message of that page only moves us on to "confirming": what counts is what the provider tells the server.
const PATIENCE = 10_000;

const starters = {
  calendly({ url, prefill, utm }, frame) {
    window.Calendly.initInlineWidget({ url, parentElement: frame, prefill, utm });
  },
  calcom({ origin, path, config }, frame, done) {
    window.Cal("init", { origin });
    window.Cal("inline", { elementOrSelector: frame, calLink: path, config });
    window.Cal("on", { action: "bookingSuccessfulV2", callback: done });
  },
};

customElements.define(
  "outside-booking",
  class extends HTMLElement {
    connectedCallback() {
      this.told = JSON.parse(this.dataset.told);
      this.button = this.querySelector("[data-open]");
      this.button.hidden = false;
      this.querySelector("[data-note]").hidden = false;
      this.button.addEventListener("click", () => this.open());
      this.hear = (event) => this.heard(event);
      window.addEventListener("message", this.hear);
    }

    disconnectedCallback() {
      window.removeEventListener("message", this.hear);
      clearTimeout(this.timer);
    }

    open() {
      this.button.disabled = true;
      this.say("Loading the times…");
      this.timer = setTimeout(() => this.fail(), PATIENCE);
      // Cal.com's script works off the calls that were made before it came.
      if (this.told.how === "calcom") window.Cal ??= Object.assign((...call) => window.Cal.q.push(call), { q: [], ns: {}, loaded: true });
      const script = document.createElement("script");
      script.src = this.dataset.script;
      script.onload = () => this.start();
      script.onerror = () => this.fail();
      document.head.append(script);
      if (this.told.how === "calcom") this.begin();
    }

    begin() {
      starters[this.told.how](this.told, this.querySelector("[data-frame]"), () => this.arrive());
    }

    start() {
      clearTimeout(this.timer);
      this.say("");
      if (this.told.how !== "calcom") this.begin();
    }

    fail() {
      clearTimeout(this.timer);
      this.button.hidden = true;
      this.say("The times cannot be shown here: something blocks them. The link above leads to the same times.");
    }

    heard({ origin, data }) {
      if (origin === this.told.origin && data?.event === "calendly.event_scheduled") this.arrive();
    }

    arrive() {
      location.assign(this.dataset.arrival);
    }

    say(words) {
      this.querySelector("[data-words]").textContent = words;
    }
  },
);
