// The short form about a page, in the place of the link at its foot that asks for it.
import { htmxReady } from "../lib/htmx.js";
import { drawPart } from "../lib/part.js";
import "./paste-files.js";

export const wake = async (link) => {
  const place = link.parentElement;
  await htmxReady();
  // Whoever called follows the link when this fails.
  if (!(await drawPart(link.dataset.form, place.id))) throw new Error("no form");
  place.querySelector("[autofocus]").focus();
};
