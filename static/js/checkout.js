// What the checkout adds to a page: checks on leaving a field, the sheet on a phone, and counting for ourselves.
import "./elements/check-field.js";
import "./elements/once-only.js";
import "./elements/open-aside.js";
import "./elements/print-page.js";
