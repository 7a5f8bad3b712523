// On a phone, what floats at the lower edge steps aside while a button of the page itself is there: it never covers pay, book or send.
const STRIP = "-78% 0px 0px 0px"; // the lowest part of the window, as high as the bar and the bubble together
const BUTTONS = "main .button, main [type='submit']";
const near = new Set();

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) near[isIntersecting ? "add" : "delete"](target);
    for (const button of near) if (!button.isConnected) near.delete(button);
    document.documentElement.toggleAttribute("data-clear", near.size > 0);
  },
  { rootMargin: STRIP },
);

export const keepClear = () => {
  for (const button of document.querySelectorAll(BUTTONS)) watcher.observe(button);
};
