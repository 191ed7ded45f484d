// The map of the region: Leaflet over a sketch of our own (region.json), so that no tile server learns who looks at what.
// What is drawn carries classes; its colours and widths are in map.css, which knows the theme.
const L = window.L;
const REGION = "asset:region.json";
/** Where the sketch ends, [south, west], [north, east]: the `bbox` of region.json. */
const EDGES = L.latLngBounds([19.6, -101.9], [20.75, -100.4]);
/** The three towns. */
const HOME = L.latLngBounds([20.1, -101.23], [20.24, -101.09]);
const DEEPEST = 16;

/** Is the place on the sketch? */
export const drawn = (latlng) => EDGES.contains(latlng);

/** A pin with a word on it, standing on its tip. */
export function pin(word, className = "") {
  const face = document.createElement("span");
  face.textContent = word;
  return L.divIcon({ className: `pin ${className}`, html: face, iconSize: [32, 40], iconAnchor: [16, 40], popupAnchor: [0, -36] });
}

/** A map in `place`, whose data attributes have its words; the sketch comes when it has loaded. */
export function sketch(place) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(place, {
    zoomControl: false,
    minZoom: 8,
    maxZoom: DEEPEST,
    zoomSnap: 0.5,
    maxBounds: EDGES.pad(0.1),
    renderer: L.svg({ padding: 1 }),
    zoomAnimation: !still,
    fadeAnimation: !still,
    inertia: !still,
  });
  // A wheel or a finger that scrolls the page is not caught here before somebody turns to the map, by a tap, a click or the keyboard.
  const gestures = matchMedia("(pointer: coarse)").matches ? [map.scrollWheelZoom, map.dragging] : [map.scrollWheelZoom];
  const take = (taken) => gestures.forEach((gesture) => (taken ? gesture.enable() : gesture.disable()));
  take(false);
  place.addEventListener("focusin", () => take(true));
  place.addEventListener("focusout", ({ relatedTarget }) => take(place.contains(relatedTarget)));
  map.on("zoomend", () => scaled(map));
  map.attributionControl.setPrefix('<a href="https://leafletjs.com" rel="noopener">Leaflet</a>').addAttribution(place.dataset.credit);
  L.control.zoom({ zoomInTitle: place.dataset.zoomIn, zoomOutTitle: place.dataset.zoomOut }).addTo(map);
  rose().addTo(map);
  L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
  map.createPane("words").setAttribute("aria-hidden", "true");
  map.fitBounds(HOME);
  scaled(map);
  draw(map).catch((error) => console.warn("the map stays without its sketch:", error));
  return map;
}

/** Where north is. */
function rose() {
  const control = L.control({ position: "topright" });
  control.onAdd = () => {
    const box = L.DomUtil.create("div", "rose");
    box.setAttribute("aria-hidden", "true");
    box.innerHTML = '<svg viewBox="0 0 48 60"><path class="soft" d="M24 14l4 20h16l-16 4-4 20-4-20H4l16-4z"/><path d="M24 14l4 20-4 2zM24 58l-4-20 4-2zM44 36l-20 0 4-2zM4 36h20l-4 2z"/><text x="24" y="10">N</text></svg>';
    return box;
  };
  return control;
}

/** Lines grow with the zoom, and small places get their names: map.css reads both. */
function scaled(map) {
  const zoom = map.getZoom();
  map.getContainer().style.setProperty("--zoom", zoom);
  map.getContainer().classList.toggle("afar", zoom < 10.5);
}

async function draw(map) {
  const answer = await fetch(REGION);
  const { features } = await answer.json();
  // In the order of the file: later ones lie on top. A road is two lines, its edge and itself.
  for (const { properties: { kind, ...about }, geometry: { type, coordinates } } of features) {
    const look = (className) => ({ className, interactive: false, smoothFactor: 0.5 });
    if (type === "Polygon") {
      const points = coordinates[0].map(turned);
      const smooth = kind === "municipality" ? points : rounded(points, true);
      L.polygon(smooth, look(`${kind} ${(about.name ?? "").toLowerCase().normalize("NFD").replace(/[^a-z]+/g, "")}`)).addTo(map);
    } else if (type === "LineString") {
      const points = rounded(coordinates.map(turned), false);
      const lines = ["road", "highway"].includes(kind) ? [`${kind} edge`, kind] : [kind];
      for (const line of lines) L.polyline(points, look(line)).addTo(map);
    } else if (about.km) {
      L.circle(turned(coordinates), { radius: about.km * 1000, ...look("urban") }).addTo(map);
    }
    if (type === "Point") word(map, about.name, turned(coordinates), kind);
    else if (kind === "lake") word(map, about.name, turned(about.at), "water");
    else for (const at of about.at ?? []) word(map, about.number, turned(at), "route");
  }
}

function word(map, text, latlng, kind) {
  const label = document.createElement("span");
  label.textContent = text;
  const icon = L.divIcon({ className: `word ${kind}`, html: label, iconSize: [0, 0] });
  L.marker(latlng, { icon, pane: "words", interactive: false, keyboard: false }).addTo(map);
}

/** GeoJSON has degrees east first. */
const turned = ([east, north]) => [north, east];

/** Corners cut off thrice (Chaikin): few points drawn by hand become a shore. The ends of an open line stay. */
function rounded(points, closed, times = 3) {
  for (let n = 0; n < times; n += 1) {
    const cut = closed ? [] : [points[0]];
    const last = closed ? points.length : points.length - 1;
    for (let i = 0; i < last; i += 1) {
      const [a, b] = [points[i], points[(i + 1) % points.length]];
      for (const share of [0.25, 0.75]) cut.push([a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]);
    }
    if (!closed) cut.push(points[points.length - 1]);
    points = cut;
  }
  return points;
}
