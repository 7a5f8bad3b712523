// htmx, fetched once when it is first wanted. Pages that work with it bring it themselves; pages that are only read do not pay for it.
let coming;

const fetched = () =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.querySelector('meta[name="htmx-src"]').content;
    script.onload = () => resolve(window.htmx);
    script.onerror = reject;
    document.head.append(script);
  });

/** Resolves with window.htmx. */
export const htmxReady = () => {
  if (window.htmx) return Promise.resolve(window.htmx);
  coming ??= document.querySelector("script[data-htmx]")
    ? new Promise((resolve) => addEventListener("DOMContentLoaded", () => resolve(window.htmx), { once: true }))
    : fetched();
  return coming;
};

/** Fetches it at the first sign that somebody is about to do something. */
export const htmxOnFirstTouch = () => {
  // Not pointerover: that comes also where a page is laid out anew under a pointer at rest.
  const signs = ["pointermove", "pointerdown", "focusin"];
  const begin = () => {
    for (const sign of signs) removeEventListener(sign, begin, true);
    htmxReady().catch(() => {});
  };
  for (const sign of signs) addEventListener(sign, begin, { capture: true, passive: true });
};
