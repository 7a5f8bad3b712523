// One element, one id: what is to be added but is already on the page takes the place of what is there. So a frame that comes twice,
// or comes beside the answer to one's own POST, is shown once.
const ADDS = ["beforeend", "afterbegin"];

document.addEventListener("htmx:before:swap", ({ detail }) => {
  for (const task of [...detail.tasks]) {
    if (!ADDS.includes(task.swapSpec?.style)) continue;
    for (const fresh of [...task.fragment.children]) {
      const there = fresh.id && document.getElementById(fresh.id);
      if (!there) continue;
      const fragment = document.createDocumentFragment();
      fragment.append(fresh);
      detail.tasks.push({ ...task, fragment, target: there, swapSpec: { ...task.swapSpec, style: "outerHTML" } });
    }
  }
});
