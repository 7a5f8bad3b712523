// <local-time data-style="long|short|near|day|time|ago|promise|zone"><time datetime="…">…</time></local-time>: the reader's own zone and
// clock, in the manner of app/lib/dates.py. The words are English as the page is; only whether a clock counts to 12 or 24 is the reader's.
const DAYS = {
  short: ["day", "short"],
  near: ["weekday", "day", "short"],
  long: ["day", "long", "year"],
  full: ["weekdays", "day", "long", "year"],
};
const PARTS = {
  weekday: { weekday: "short" },
  weekdays: { weekday: "long" },
  day: { day: "numeric" },
  short: { month: "short" },
  long: { month: "long" },
  year: { year: "numeric" },
};
const MOMENTS = {
  long: ["long", true],
  short: ["short", true],
  near: ["near", true],
  day: ["long", false],
  time: [null, true],
  promise: ["near", true],
};
const STEPS = [
  [60, "second", 1],
  [3600, "minute", 60],
  [86400, "hour", 3600],
  [604800, "day", 86400],
];
const TWELVE = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hour12;

const part = (instant, options) => new Intl.DateTimeFormat("en-US", options).format(instant);

const day = (instant, style) => {
  const words = DAYS[style].map((name) => part(instant, PARTS[name]));
  return style === "full" ? `${words[0]}, ${words.slice(1).join(" ")}` : words.join(" ");
};

const clock = (instant) => {
  if (!TWELVE) return part(instant, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return part(instant, { hour: "numeric", minute: "2-digit", hour12: true }).replace(/\s/g, " ").toLowerCase();
};

const zone = (instant, style) =>
  new Intl.DateTimeFormat("en-US", { timeZoneName: style }).formatToParts(instant).find((one) => one.type === "timeZoneName").value;

const moment = (instant, style) => {
  const [manner, timed] = MOMENTS[style];
  return [manner && day(instant, manner), timed && clock(instant)].filter(Boolean).join(", ");
};

const ago = (instant) => {
  const seconds = (instant - Date.now()) / 1000;
  const step = STEPS.find(([limit]) => Math.abs(seconds) < limit);
  if (!step) return day(instant, "long");
  return new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" }).format(Math.round(seconds / step[2]), step[1]);
};

const said = (instant, style) => {
  if (style === "ago") return ago(instant);
  if (style === "zone") return zone(instant, "long");
  return style === "promise" ? `${moment(instant, style)} ${zone(instant, "short")}` : moment(instant, style);
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
      time.textContent = said(instant, this.dataset.style ?? "long");
      time.title = `${day(instant, "full")}, ${clock(instant)} ${zone(instant, "short")}`;
    }
  },
);
