// <push-switch data-on data-key data-keep data-forget data-worker>: pushes to this browser, on and off. Holds words ([data-words]) and a button.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

customElements.define(
  "push-switch",
  class extends HTMLElement {
    async connectedCallback() {
      this.button = this.querySelector("button");
      this.words = this.querySelector("[data-words]");
      if (!("serviceWorker" in navigator && "PushManager" in window)) return this.say("This browser knows no pushes.");
      this.button.hidden = false;
      this.button.addEventListener("click", () => this.turn());
      const registration = await navigator.serviceWorker.getRegistration("/");
      const kept = await registration?.pushManager.getSubscription();
      // The browser keeps it when somebody signs out; the desk pushes only to who is signed in and asked for it.
      this.show(this.dataset.on === "yes" ? kept : null);
    }

    async turn() {
      this.button.disabled = true;
      try {
        this.show(this.subscription ? await this.off() : await this.on());
      } catch (error) {
        this.say(Notification.permission === "denied" ? "Pushes are blocked for this site in your browser's settings." : `That did not work: ${error.message}`);
      }
      this.button.disabled = false;
    }

    async on() {
      // Before anything is waited for: some browsers only ask while the click is fresh.
      await Notification.requestPermission();
      const registration = await navigator.serviceWorker.register(this.dataset.worker, { scope: "/" });
      await navigator.serviceWorker.ready;
      const { key } = await (await fetch(this.dataset.key)).json();
      const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
      await this.post(this.dataset.keep, subscription);
      return subscription;
    }

    async off() {
      await this.post(this.dataset.forget, { endpoint: this.subscription.endpoint });
      await this.subscription.unsubscribe();
      return null;
    }

    async post(address, body) {
      const token = document.querySelector('meta[name="csrf-token"]').content;
      const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
      const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? `the desk answered ${answer.status}`);
    }

    show(subscription) {
      this.subscription = subscription;
      this.button.textContent = subscription ? "Switch pushes off here" : "Switch pushes on here";
      this.say(subscription ? "Pushes reach this browser, also while the desk is closed." : "Pushes reach you when the desk is closed.");
    }

    say(words) {
      this.words.textContent = words;
      this.words.setAttribute("role", "status");
    }
  },
);
