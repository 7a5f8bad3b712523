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

// Where the footer has come up past bar and bubble, the bubble goes down into the room below the last line.
const ground = new IntersectionObserver(([{ isIntersecting }]) => document.documentElement.toggleAttribute("data-foot", isIntersecting), {
  rootMargin: "0px 0px -160px 0px",
});

export const keepClear = () => {
  const foot = document.querySelector(".foot");
  if (foot) ground.observe(foot);
  for (const button of document.querySelectorAll(BUTTONS)) watcher.observe(button);
};
