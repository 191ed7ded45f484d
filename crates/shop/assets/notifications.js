// This browser among those that take pushes: asks for permission only when the button is pressed.
(() => {
  "use strict";
  const panel = document.getElementById("push");
  const button = document.getElementById("push-on");
  const say = (text) => { document.getElementById("push-word").textContent = text; };

  // Push services know a browser by a secret address; the page carries only its hash.
  const hash = async (text) => {
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  const key = () => {
    const text = panel.dataset.key.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(atob(text + "=".repeat((4 - text.length % 4) % 4)), (char) => char.charCodeAt(0));
  };
  const post = (path, fields) => fetch(path, {
    method: "POST", credentials: "same-origin",
    headers: { "X-CSRF-Token": panel.dataset.csrf }, body: new URLSearchParams(fields),
  });

  const subscribe = async () => {
    button.disabled = true;
    try {
      if (await Notification.requestPermission() !== "granted") {
        say(panel.dataset.denied);
        return;
      }
      const worker = await navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready);
      const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key() });
      const { endpoint, keys } = subscription.toJSON();
      const answer = await post("/notifications/devices", { endpoint, p256dh: keys.p256dh, auth: keys.auth });
      if (!answer.ok) throw new Error(String(answer.status));
      location.reload();
    } catch {
      say(panel.dataset.failed);
    } finally {
      button.disabled = false;
    }
  };

  const show = async () => {
    say("");
    if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
      say(panel.dataset.unsupported);
      return;
    }
    const worker = await navigator.serviceWorker.getRegistration();
    const subscription = worker && await worker.pushManager.getSubscription();
    const own = subscription && await hash(subscription.endpoint);
    const row = own && panel.querySelector(`[data-endpoint="${own}"]`);
    if (row) {
      row.querySelector("[data-here]").hidden = false;
      // Forgetting it here also tells the push service.
      row.querySelector("form").addEventListener("submit", () => { subscription.unsubscribe(); });
      return;
    }
    if (Notification.permission === "denied") say(panel.dataset.denied);
    button.hidden = false;
    button.addEventListener("click", subscribe);
  };
  show();
})();
