// The agents' desk: live lists, keys, the composer.
import "./elements/live-stream.js";
import "./elements/desk-composer.js";
import "./elements/desk-keys.js";
import "./elements/desk-presence.js";
