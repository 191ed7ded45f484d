// Replaces the list of endpoints by the reference that Scalar draws of the document; everything of it that asks others is off.
const place = document.getElementById("reference");
const list = document.getElementById("endpoints");

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
