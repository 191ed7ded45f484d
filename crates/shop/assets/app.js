// TextiSur: what pages do better with JavaScript. Every form and link works without it.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);

  const say = (text, link) => {
    const toast = $("#toast");
    toast.replaceChildren(document.createTextNode(text));
    if (link) {
      const a = document.createElement("a");
      a.href = link.href;
      a.textContent = link.text;
      toast.append(a);
    }
    clearTimeout(say.timer);
    say.timer = setTimeout(() => toast.replaceChildren(), 6000);
  };

  const badge = (units) => {
    const place = $("#cart-units");
    if (place) place.textContent = units > 0 ? String(Math.min(units, 999)) : "";
    const words = $("#cart-words");
    if (words && place) words.textContent = place.dataset.words.replace("{n}", String(units));
  };

  // Into the cart without leaving the page. `keepalive`: the request outlives a navigation that follows at once.
  const add = async (form, button) => {
    button.disabled = true;
    pending(true);
    try {
      const answer = await fetch(form.action, {
        method: "POST", keepalive: true, credentials: "same-origin",
        headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)),
      });
      const body = await answer.json();
      if (typeof body.units === "number") badge(body.units);
      say(body.message, answer.ok ? { href: "/cart", text: form.dataset.cart } : undefined);
    } catch {
      form.submit();
    } finally {
      pending(false);
      button.disabled = false;
    }
  };

  // A heart is filled at once, wherever the product is shown, and emptied again should the shop refuse.
  const love = async (form) => {
    const body = new URLSearchParams(new FormData(form));
    const full = body.get("on") === "1";
    const paint = (full) => document.querySelectorAll("[data-heart]").forEach((other) => {
      if (other.action !== form.action) return;
      $("[name=on]", other).value = full ? "0" : "1";
      $("button", other).setAttribute("aria-pressed", String(full));
    });
    paint(full);
    try {
      const answer = await fetch(form.action, {
        method: "POST", keepalive: true, credentials: "same-origin", headers: { Accept: "application/json" }, body,
      });
      // Signed out meanwhile: on through the login.
      if (answer.redirected) { location.href = answer.url; return; }
      const { message } = await answer.json();
      if (!answer.ok) paint(!full);
      say(message);
    } catch {
      paint(!full);
      form.submit();
    }
  };

  // Somebody who goes to the cart before the answer is here must find the new thing there: until then the cart looks again.
  const pending = (on) => {
    try {
      if (on) sessionStorage.setItem("adding", String(Date.now()));
      else sessionStorage.removeItem("adding");
    } catch { /* storage may be off; the cart is then right after a reload */ }
  };
  const catchUp = async () => {
    // Reading the storage waits for the browser's process, so other pages do not.
    if (location.pathname !== "/cart") return;
    let since = 0;
    try { since = Number(sessionStorage.getItem("adding")); } catch { /* as above */ }
    if (!(Date.now() - since < 8000)) return;
    pending(false);
    for (const wait of [80, 200, 500, 1200]) {
      const before = $("#content").textContent;
      await new Promise((done) => { setTimeout(done, wait); });
      await swap("/cart", {});
      if ($("#content").textContent !== before) return;
    }
  };

  // Replaces #content by the one of another page, keeping scroll and focus: colours of a product, quantities in the cart.
  const swap = async (url, options, push) => {
    const answer = await fetch(url, { credentials: "same-origin", ...options });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = $("#content", page);
    if (!fresh) { location.href = answer.url; return; }
    const focus = document.activeElement && document.activeElement.id;
    $("#content").replaceWith(fresh);
    document.title = page.title;
    for (const id of ["cart-units", "cart-words"]) {
      const [from, to] = [page.getElementById(id), document.getElementById(id)];
      if (from && to) to.textContent = from.textContent;
    }
    if (push) history.pushState({ swap: true }, "", url);
    const again = focus && document.getElementById(focus);
    if (again) again.focus({ preventScroll: true });
    const news = $("[data-announce]", fresh);
    if (news) say(news.textContent.trim());
    watch();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-add]")) {
      event.preventDefault();
      add(form, event.submitter || $("button", form));
    } else if (form.matches("[data-heart]:not([data-guest])")) {
      event.preventDefault();
      love(form);
    } else if (form.matches("[data-swap]")) {
      event.preventDefault();
      const body = new URLSearchParams(new FormData(form, event.submitter));
      swap(form.action, { method: "POST", body }).catch(() => form.submit());
    }
  });

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.matches("[data-auto]")) field.form.requestSubmit();
    if (field.matches("[data-price]")) {
      const price = $("#price");
      if (price) price.textContent = field.dataset.price;
      const stock = $("#stock");
      if (stock) { stock.textContent = field.dataset.stock; stock.className = "stock " + field.dataset.level; }
      const quantity = $("#quantity");
      if (quantity) quantity.max = field.dataset.max;
    }
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-swap]");
    if (link && !event.defaultPrevented && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      swap(link.href, {}, true).catch(() => { location.href = link.href; });
    }
    const eye = event.target.closest("[data-reveal]");
    if (eye) {
      const field = document.getElementById(eye.dataset.reveal);
      const shown = field.type === "text";
      field.type = shown ? "password" : "text";
      eye.setAttribute("aria-pressed", String(!shown));
      eye.textContent = shown ? eye.dataset.show : eye.dataset.hide;
    }
  });
  addEventListener("popstate", (event) => { if (event.state && event.state.swap || $("[data-swap]")) location.reload(); });

  function watch() {
    document.querySelectorAll("[data-reveal][hidden]").forEach((button) => { button.hidden = false; });
  }
  watch();
  catchUp();

  // A menu closes when one looks elsewhere.
  const closeMenus = (except) => document.querySelectorAll("details.menu[open]").forEach((menu) => { if (menu !== except) menu.open = false; });
  addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && $("details.menu[open]");
    if (!open) return;
    const inside = open.contains(document.activeElement);
    closeMenus();
    if (inside) $("summary", open).focus();
  });

  // Pushes end with a session. Who signs in again in the same browser goes on getting theirs; asked once a visit.
  const keepPushes = async (worker) => {
    const csrf = $('form[action="/preferences"] [name="csrf"]');
    if (!("PushManager" in window) || Notification.permission !== "granted" || !csrf) return;
    if (!$('a[href="/profile"]')) { sessionStorage.removeItem("pushes"); return; }
    const subscription = await worker.pushManager.getSubscription();
    if (!subscription || sessionStorage.getItem("pushes")) return;
    sessionStorage.setItem("pushes", "kept");
    const { endpoint, keys } = subscription.toJSON();
    await fetch("/notifications/devices", {
      method: "POST", credentials: "same-origin", headers: { "X-CSRF-Token": csrf.value },
      body: new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth, renew: "1" }),
    });
  };

  // The offline page can wait until nothing else wants the network.
  if ("serviceWorker" in navigator) addEventListener("load", () => setTimeout(() => navigator.serviceWorker.register("/sw.js").then(keepPushes).catch(() => {}), 4000));
})();
