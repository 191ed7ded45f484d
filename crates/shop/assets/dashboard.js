// What a seller's pages do better with JavaScript. Every form works without it.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add("scripted");

  const form = $("[data-product]");

  // The form as the server would show it after one of its other buttons, for one part of it; what else was typed stays here.
  const laidOut = async (button) => {
    const data = new FormData(form);
    data.delete("pictures");
    data.set("do", button);
    const answer = await fetch(form.action, { method: "POST", credentials: "same-origin", body: data });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  };

  let latest = 0;
  const relay = async () => {
    const mine = ++latest;
    const page = await laidOut("table");
    const fresh = $("#table", page);
    // Somebody who types on gets the table of what is typed last.
    if (!fresh || mine !== latest) return;
    const focus = document.activeElement && document.activeElement.name;
    $("#table").replaceWith(fresh);
    if (focus && focus.startsWith("v")) { const again = $(`[name="${focus}"]`, form); if (again) again.focus(); }
    const shades = all("select", $("#pictures", page));
    all("#pictures select").forEach((select, n) => { if (shades[n]) { const value = select.value; select.replaceChildren(...shades[n].children); select.value = value; } });
  };

  const say = (text) => { $("#uploading").textContent = text; };

  // Numbers, names and places after the order on the page.
  const renumber = () => all("[data-pic]").forEach((pic, n) => {
    const number = $("[data-number]", pic);
    number.textContent = number.textContent.replace(/\d+/, String(n + 1));
    const place = $('[name$=".place"]', pic);
    if (place) place.value = String(n + 1);
  });

  const send = async (files, source) => {
    const box = source.closest("[data-uploads]");
    const problems = [];
    for (const file of files) {
      say(box.dataset.busy);
      const data = new FormData();
      data.set("csrf", $('[name="csrf"]', form).value);
      data.set("pictures", file);
      try {
        const answer = await fetch(box.dataset.uploads, { method: "POST", credentials: "same-origin", headers: { Accept: "application/json" }, body: data });
        const body = await answer.json();
        if (answer.ok) await show(body.file);
        else problems.push(`${file.name}: ${body.message}`);
      } catch (error) {
        problems.push(`${file.name}: ${error.message}`);
      }
    }
    say(problems.join(" · "));
  };

  // The server writes the new picture's fields; only that one is taken over.
  const show = async (file) => {
    if ($(`#pictures [value="${CSS.escape(file)}"]`)) return;
    const next = all("[data-pic]").length;
    const hidden = document.createElement("input");
    hidden.type = "hidden";
    hidden.name = `p${next}.file`;
    hidden.value = file;
    form.append(hidden);
    const page = await laidOut("pictures");
    hidden.remove();
    const fresh = $(`#pictures [value="${CSS.escape(file)}"]`, page);
    if (!fresh) return;
    // Its names come after those that are here already, whatever order they have been moved to.
    const pic = fresh.closest("[data-pic]");
    const free = 1 + Math.max(-1, ...all('#pictures [name$=".file"]').map((input) => Number(input.name.slice(1).split(".")[0])));
    for (const field of all("[name]", pic)) field.name = field.name.replace(/^p\d+/, `p${free}`);
    for (const field of all("[id]", pic)) field.id = field.id.replace(/^p\d+/, `p${free}`);
    for (const label of all("[for]", pic)) label.htmlFor = label.htmlFor.replace(/^p\d+/, `p${free}`);
    $("#pictures").append(pic);
    ready(pic);
    renumber();
  };

  const ready = (root) => {
    for (const moves of all(".moves", root)) moves.hidden = false;
  };

  if (form) {
    ready(form);
    form.addEventListener("change", (event) => {
      const field = event.target;
      if (field.matches("[data-table]")) relay().catch(() => {});
      if (field.matches('[type="file"]')) {
        const files = [...field.files];
        // The same picture may be chosen again, and is not sent once more with the form.
        field.value = "";
        send(files, field);
      }
      if (field.matches('[name$=".remove"]')) field.closest("[data-pic]").classList.toggle("going", field.checked);
    });
    form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-move]");
      if (!button) return;
      const pic = button.closest("[data-pic]");
      if (button.dataset.move === "-1" && pic.previousElementSibling) pic.previousElementSibling.before(pic);
      if (button.dataset.move === "1" && pic.nextElementSibling) pic.nextElementSibling.after(pic);
      renumber();
      button.focus();
    });
  }

  for (const button of all("[data-copy], [data-print], [data-here]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const text = document.getElementById(copy.dataset.copy).innerText.trim();
      navigator.clipboard.writeText(text).then(() => { copy.textContent = copy.dataset.done; }).catch(() => {
        getSelection().selectAllChildren(document.getElementById(copy.dataset.copy));
      });
    }
    if (event.target.closest("[data-print]")) print();
    const here = event.target.closest("[data-here]");
    if (here) {
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        $("#f-latitude").value = coords.latitude.toFixed(6);
        $("#f-longitude").value = coords.longitude.toFixed(6);
        $("#f-longitude").dispatchEvent(new Event("input", { bubbles: true }));
        $("#here").textContent = "✓";
      }, () => { $("#here").textContent = here.dataset.failed; }, { timeout: 15000, maximumAge: 60000 });
    }
  });
})();
