// The block of a page that belongs into this element, asked for as htmx asks; null when it does not come.
export const askPart = async (url, target) => {
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": `${target.localName}#${target.id}` };
  const answer = await fetch(url, { headers }).catch(() => null);
  return answer?.ok && !answer.redirected ? answer.text() : null;
};

// Draw one block of a page again: put it into its element, and wake what is in it.
export const drawPart = async (url, id) => {
  const target = document.getElementById(id);
  const html = await askPart(url, target);
  if (html === null) return false;
  target.innerHTML = html;
  htmx.process(target);
  return true;
};
