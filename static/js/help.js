// The behaviours of the help center.
import "./elements/guide-steps.js";
import "./elements/open-anchor.js";
import "./elements/print-page.js";
import "./elements/read-mark.js";
import "./elements/search-results.js";
import "./elements/suggest-box.js";
