// <local-time data-style="long|short|day|time|ago|promise|weekday|zone"><time datetime="…">…</time></local-time>: the reader's own zone and manner.
const SHAPES = {
  long: { dateStyle: "long", timeStyle: "short" },
  short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  day: { dateStyle: "long" },
  time: { timeStyle: "short" },
  promise: { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZoneName: "short" },
  weekday: { weekday: "short", hour: "numeric", minute: "2-digit" },
};
const STEPS = [
  [60, "second", 1],
  [3600, "minute", 60],
  [86400, "hour", 3600],
  [604800, "day", 86400],
];

const zone = (instant) =>
  new Intl.DateTimeFormat(undefined, { timeZoneName: "long" }).formatToParts(instant).find((part) => part.type === "timeZoneName").value;

const ago = (instant) => {
  const seconds = (instant - Date.now()) / 1000;
  const step = STEPS.find(([limit]) => Math.abs(seconds) < limit);
  if (!step) return new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" }).format(instant);
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" }).format(Math.round(seconds / step[2]), step[1]);
};

customElements.define(
  "local-time",
  class extends HTMLElement {
    connectedCallback() {
      this.show();
      if (this.dataset.style === "ago") this.timer = setInterval(() => this.show(), 30000);
    }

    disconnectedCallback() {
      clearInterval(this.timer);
    }

    show() {
      const time = this.querySelector("time");
      if (!time || "fixed" in this.dataset) return;
      const instant = new Date(time.dateTime);
      if (Number.isNaN(instant.getTime())) return;
      const style = this.dataset.style ?? "long";
      const words = { ago, zone }[style] ?? new Intl.DateTimeFormat(undefined, SHAPES[style]).format;
      time.textContent = words(instant);
      time.title = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" }).format(instant);
    }
  },
);
