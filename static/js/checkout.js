// What the checkout adds to a page: checks on leaving a field, the sheet on a phone, one click that counts, and counting for ourselves.
import "./elements/check-field.js";
import "./elements/count-moments.js";
import "./elements/once-only.js";
import "./elements/open-aside.js";

// Nobody is asked about leaving before something was touched; until then its module stays at home.
const asker = document.querySelector("exit-offer");
const fetchAsker = () => import("./elements/exit-offer.js");
if (asker && "touched" in asker.dataset) setTimeout(fetchAsker, 2000);
else if (asker) document.addEventListener("input", fetchAsker, { once: true });
