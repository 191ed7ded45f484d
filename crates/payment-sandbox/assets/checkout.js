// Comforts only: the page works without them.
(() => {
  const number = document.getElementById("cardNumber");
  const expiry = document.getElementById("cardExpiry");
  const form = document.querySelector("form[data-paying]");

  // Groups of four while typing at the end; in the middle of the text the caret is left in peace.
  number?.addEventListener("input", () => {
    if (number.selectionStart !== number.value.length) return;
    const digits = number.value.replace(/\D/g, "").slice(0, 19);
    const groups = /^3[47]/.test(digits) ? /^(\d{0,4})(\d{0,6})(\d{0,5})/ : null;
    number.value = groups
      ? digits.match(groups).slice(1).filter(Boolean).join(" ")
      : (digits.match(/\d{1,4}/g) ?? []).join(" ");
  });

  // The slash comes by itself after two digits; who types it too (12/34) or leaves out the nought (6/34) is understood.
  expiry?.addEventListener("input", (event) => {
    if (event.inputType === "deleteContentBackward" || expiry.selectionStart !== expiry.value.length) return;
    const typed = /^\d\/$/.test(expiry.value) ? `0${expiry.value}` : expiry.value;
    const digits = typed.replace(/\D/g, "").slice(0, 6);
    expiry.value = digits.length < 2 ? digits : `${digits.slice(0, 2)}/${digits.slice(2)}`;
  });

  let submitted = false;
  form?.addEventListener("submit", (event) => {
    if (submitted) return event.preventDefault();
    submitted = true;
    const button = form.querySelector('button[type="submit"]');
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.dataset.paying;
  });
  // Coming back by the browser's button shows the page as it was left.
  addEventListener("pageshow", (event) => event.persisted && location.reload());
})();
