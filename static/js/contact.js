// What the contact form needs beyond a plain page.
import "./elements/paste-files.js";
