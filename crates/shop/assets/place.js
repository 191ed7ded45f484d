// A seller points at the map instead of typing degrees. The two fields stay what is sent; pin and fields follow each other.
import { drawn, pin, sketch } from "asset:map.js";

const L = window.L;
const place = document.getElementById("map");
const fields = ["f-latitude", "f-longitude"].map((id) => document.getElementById(id));
const map = sketch(place);
const marker = L.marker([0, 0], { icon: pin("", "mine"), draggable: true, autoPan: true, title: place.dataset.pin });

/** What the fields say, if that is a place. */
function typed() {
  const [lat, lng] = fields.map((field) => Number.parseFloat(field.value.replace(",", ".")));
  return Math.abs(lat) <= 90 && Math.abs(lng) <= 180 ? L.latLng(lat, lng) : null;
}

function follow(zoom) {
  const at = typed();
  if (!at) {
    marker.remove();
    return;
  }
  // Far from the sketch there is nothing to be kept within.
  map.setMaxBounds(drawn(at) ? map.options.maxBounds : null);
  marker.setLatLng(at).addTo(map);
  if (zoom || !map.getBounds().contains(at)) map.setView(at, Math.max(map.getZoom(), 14), { animate: false });
}

/** Five decimals are a metre. */
function put({ lat, lng }) {
  [lat, lng].forEach((degrees, n) => { fields[n].value = degrees.toFixed(5); });
  marker.setLatLng([lat, lng]).addTo(map);
}

map.on("click", ({ latlng }) => put(latlng));
marker.on("dragend", () => put(marker.getLatLng()));
place.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target === place) put(map.getCenter());
});
for (const field of fields) field.addEventListener("input", () => follow(false));
follow(true);
