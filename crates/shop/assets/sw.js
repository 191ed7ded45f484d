// Shows a page of our own when there is no network, and what the marketplace has to tell. Nothing but the offline page and what it is
// made of is ever stored: no other page, no answer of the API.
const STORE = "offline-asset:app.css-asset:icon.svg";
const PAGE = "/offline";
const PARTS = [PAGE, "asset:app.css", "asset:icon.svg"];

self.addEventListener("install", (event) => {
  // Past the browser's own cache: a new worker starts with what the server has now. Without the visitor's cookies, as anybody sees it.
  const requests = PARTS.map((part) => new Request(part, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(STORE).then((store) => store.addAll(requests)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== STORE).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE, { ignoreVary: true })));
  } else if (PARTS.includes(new URL(request.url).pathname)) {
    event.respondWith(fetch(request).catch(() => caches.match(request, { ignoreVary: true })));
  }
});

// A push is the JSON of notifications/push/mod.rs. A browser that shows nothing for one loses its permission, so an unreadable one is
// shown too.
self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data ? event.data.json() : {}; } catch { /* as above */ }
  event.waitUntil(self.registration.showNotification(told.title || "TextiSur", {
    body: told.body || "", tag: told.tag || "textisur", renotify: true, timestamp: told.at || Date.now(),
    icon: "asset:icon-192.png", badge: "asset:icon-192.png", data: { path: told.path || "/notifications" },
  }));
});

// To the page it is about: in a tab that shows it, else in any tab of ours, else in a new one.
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const target = new URL((event.notification.data || {}).path || "/notifications", self.location.origin);
  const url = target.origin === self.location.origin ? target.href : self.location.origin;
  event.waitUntil((async () => {
    const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = tabs.find((tab) => tab.url === url);
    if (there) return there.focus();
    for (const tab of tabs) {
      // A worker sends only tabs elsewhere that it controls.
      try { await tab.navigate(url); } catch { continue; }
      return tab.focus();
    }
    return self.clients.openWindow(url);
  })());
});

// The push service has changed the browser's address: the shop is told the new one, as the page would.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil((async () => {
    const answer = await fetch("/notifications/device", { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    const { key, csrf } = await answer.json();
    const subscription = event.newSubscription
      || await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const { endpoint, keys } = subscription.toJSON();
    await fetch("/notifications/devices", {
      method: "POST", credentials: "same-origin", headers: { "X-CSRF-Token": csrf },
      body: new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth }),
    });
  })());
});
