// Lists of products: the next page comes by itself, filters change the list in place. Every link works without it.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  // Pages that come by themselves, one after the other; after so many a tap asks for more, so that the foot of the page can be reached.
  const BY_THEMSELVES = 4;
  // Pages fetched again for somebody who comes back to a long list.
  const AGAIN = 20;
  let appended = 0;
  let observer;
  let running;

  // What changes is also said to those who do not see it.
  const voice = document.createElement("p");
  voice.className = "hidden";
  voice.setAttribute("role", "status");
  document.body.append(voice);
  const say = (text) => { voice.textContent = text; };

  const read = async (url, signal) => {
    const answer = await fetch(url, { credentials: "same-origin", signal });
    if (!answer.ok) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };
  const address = (card) => $("h3 a", card).getAttribute("href");
  const remember = (state) => history.replaceState({ ...history.state, ...state }, "");

  // The next page is put below this one; answers its first new product.
  const append = async (link) => {
    const page = await read(link.href, running.signal);
    const list = $("#list");
    const [cards, pager] = [$("#list", page), $("#pager", page)];
    // Without a list it was the end after all.
    if (!cards || !pager) { link.remove(); return undefined; }
    const there = new Set([...list.children].map(address));
    const fresh = [...cards.children].filter((card) => !there.has(address(card)));
    list.append(...fresh);
    // "Previous" stays that of the first page shown.
    const previous = $("#pager [rel=prev]");
    $("[rel=prev]", pager)?.remove();
    if (previous) pager.prepend(previous);
    const held = document.activeElement === link;
    $("#pager").replaceWith(pager);
    const [shown, now] = [$("#shown"), $("#shown", page)];
    if (shown && now) shown.textContent = now.textContent;
    appended += 1;
    remember({ appended });
    if (pager.dataset.added) say(pager.dataset.added.replace("{n}", fresh.length) + (shown ? " " + shown.textContent : ""));
    const more = $("a[data-more]", pager);
    if (held && more) more.focus({ preventScroll: true });
    return fresh[0];
  };

  // Looks out for the end of the list.
  const watch = () => {
    observer?.disconnect();
    const link = $("a[data-more]");
    if (!link || !$("#list")) return;
    if (appended >= BY_THEMSELVES || !("IntersectionObserver" in window)) {
      link.textContent = $("#pager").dataset.load || link.textContent;
      return;
    }
    observer = new IntersectionObserver(async ([entry]) => {
      if (!entry.isIntersecting) return;
      observer.disconnect();
      try {
        await append(link);
        watch();
      } catch { /* the link is still there */ }
    }, { rootMargin: "700px" });
    observer.observe(link);
  };

  // Another choice: the list and the choices change in place, the address with them.
  const show = async (url, push) => {
    const catalog = $("#catalog");
    running.abort();
    running = new AbortController();
    const { signal } = running;
    catalog.setAttribute("aria-busy", "true");
    const page = await read(url, signal);
    const fresh = $("#content", page);
    if (!$("#catalog", fresh)) throw new Error("another page");
    const open = [...document.querySelectorAll("#catalog details[open]")].map((details) => details.id);
    const focus = document.activeElement?.id;
    if (push) history.pushState({ list: true }, "", url);
    $("#content").replaceWith(fresh);
    $(".nav").replaceWith($(".nav", page));
    $("#q").value = $("#q", page).value;
    document.title = page.title;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    const again = (focus && document.getElementById(focus)) || $("#results");
    again.focus({ preventScroll: true });
    appended = 0;
    say($("#count").textContent);
    watch();
  };
  const change = (url) => show(url, true).catch((error) => { if (error.name !== "AbortError") location.href = url; });

  document.addEventListener("click", async (event) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    const link = event.target.closest("a");
    if (!link) return;
    if (link.matches("#catalog a[data-facet]")) {
      event.preventDefault();
      await change(link.href);
    } else if (link.dataset.close) {
      document.getElementById(link.dataset.close).open = false;
    } else if (link.matches("a[data-more]") && $("#list")) {
      event.preventDefault();
      observer?.disconnect();
      try {
        const first = await append(link);
        if (first) $("a", first).focus();
        watch();
      } catch { location.href = link.href; }
    }
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("#catalog form[data-facets]")) return;
    event.preventDefault();
    const filled = [...new FormData(event.target)].filter(([, value]) => value.trim());
    const query = String(new URLSearchParams(filled));
    change(event.target.action + (query && "?" + query));
  });

  addEventListener("popstate", () => {
    if ($("#catalog")) show(location.href, false).catch(() => location.reload());
  });

  // Somebody who comes back to a list finds it as long as it was, and the place.
  const comeBack = async () => {
    const { appended: before = 0, top = 0 } = history.state || {};
    if (before > 0) {
      history.scrollRestoration = "manual";
      try {
        for (let link; appended < Math.min(before, AGAIN) && (link = $("a[data-more]")); ) await append(link);
      } catch { /* as long as it could be */ }
      scrollTo(0, top);
    }
    watch();
  };
  addEventListener("pagehide", () => { if (appended > 0) remember({ top: scrollY }); });
  running = new AbortController();
  comeBack();
})();
