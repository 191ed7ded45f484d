// Replaces the list of endpoints by the reference that Scalar draws of the document; everything of it that asks others is off.
const place = document.getElementById("reference");
const list = document.getElementById("endpoints");

// What axe finds amiss in it, put right each time it has drawn some more: buttons with a picture and no name, a name that is not what the
// button says, lists that scroll but not by keys, landmarks that are one of many.
const MENDS = {
  'button[class*="copy-button"]:not([aria-label])': (button) => button.setAttribute("aria-label", "Copy"),
  '.show-more[aria-label^="Show all "]': (button) => button.setAttribute("aria-label", button.ariaLabel.replace("Show all", "Show More:")),
  "ul.endpoints:not([tabindex])": (list) => list.setAttribute("tabindex", "0"),
  '.response-card[role="region"]': (card) => card.setAttribute("role", "group"),
};
let due = false;
new MutationObserver(() => {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    for (const [selector, mend] of Object.entries(MENDS)) document.querySelectorAll(selector).forEach(mend);
  });
}).observe(place, { childList: true, subtree: true });

Scalar.createApiReference(place, {
  url: "/api/openapi.json",
  layout: "modern",
  theme: "default",
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: "never",
  hideClientButton: true,
  persistAuth: false,
  defaultHttpClient: { targetKey: "shell", clientKey: "curl" },
  authentication: { preferredSecurityScheme: "bearer" },
  onLoaded: () => list?.remove(),
});
