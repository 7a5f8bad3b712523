// The service worker of pushes. It keeps no pages: it shows what a push says, and opens the page it is about.
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("push", (event) => {
  const { title = "News at your desk", body = "", url = "/account/notices", tag } = event.data?.json() ?? {};
  event.waitUntil(registration.showNotification(title, { body, tag, renotify: Boolean(tag), data: { url } }));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(new URL(event.notification.data.url, location.origin)));
});

const show = async (url) => {
  if (url.origin !== location.origin) return;
  const pages = await clients.matchAll({ type: "window" });
  const at = (is) => pages.find((page) => is(new URL(page.url).pathname));
  // A list may be left for it; a thread in which somebody may be writing may not.
  const open = at((path) => path === url.pathname) ?? at((path) => path.startsWith("/desk/views/"));
  if (!open) return clients.openWindow(url);
  await open.focus();
  if (open.url !== url.href) await open.navigate(url);
};
