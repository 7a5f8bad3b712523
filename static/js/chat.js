// The chat as a page of its own.
import "./elements/chat-composer.js";
import "./elements/chat-thread.js";
import "./elements/live-stream.js";
