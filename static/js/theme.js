// Runs before the first paint on the desk: the chosen theme, if one was chosen.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  // storage is off: the system's wish stands
}
