// Draw one block of a page again: ask as htmx asks, put it into its element, and wake what is in it.
export const drawPart = async (url, id) => {
  const target = document.getElementById(id);
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": `${target.localName}#${id}` };
  const answer = await fetch(url, { headers }).catch(() => null);
  if (!answer?.ok || answer.redirected) return false;
  target.innerHTML = await answer.text();
  htmx.process(target);
  return true;
};
