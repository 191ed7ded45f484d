// The stores of the list on the map, in both directions; and the visitor's own position, when they press the button for it.
import { drawn, pin, sketch } from "asset:map.js";

const L = window.L;
const place = document.getElementById("map");
/** Pins nearer to each other than this, in pixels, stand as one. */
const APART = 30;

/** Names, words and places of the list's stores. */
function stops() {
  return [...document.querySelectorAll("#near > li")].map((item, n) => ({
    item,
    number: n + 1,
    latlng: L.latLng(Number(item.dataset.lat), Number(item.dataset.lng)),
    name: item.querySelector("h3").innerText,
  }));
}

/** What a popup says of a store: its link and the line below it. */
function told({ item }) {
  const box = document.createElement("div");
  box.className = "told";
  const name = document.createElement("p");
  name.append(item.querySelector("h3 a").cloneNode(true));
  box.append(name, item.querySelector(".meta").cloneNode(true));
  return box;
}

function mapOf(stores) {
  const words = place.dataset;
  const map = sketch(place);
  const start = L.latLng(Number(words.lat), Number(words.lng));
  const known = drawn(start);
  document.getElementById("outside").hidden = known;
  if (known) {
    L.circle(start, { radius: Number(words.radius) * 1000, className: "reach", interactive: false }).addTo(map);
    const label = document.createElement("span");
    label.textContent = words.start;
    L.marker(start, { icon: L.divIcon({ className: "start", html: label, iconSize: [18, 18] }), interactive: false, keyboard: false }).addTo(map);
  }
  const seen = stores.map((store) => store.latlng);
  // Never so near that nothing tells which town it is.
  const around = known ? start : seen[0];
  if (seen.length) map.fitBounds(L.latLngBounds(seen).pad(0.12).extend(around.toBounds(3200)), { padding: [24, 32] });

  const markers = L.layerGroup().addTo(map);
  let groups = [];
  // Each store joins the group whose middle it is near, or begins one.
  const regroup = () => {
    const next = [];
    for (const store of stores) {
      const at = map.project(store.latlng);
      const near = next.find((group) => group.at.distanceTo(at) < APART);
      if (near) {
        near.stores.push(store);
        near.at = near.at.add(at.subtract(near.at).divideBy(near.stores.length));
      } else next.push({ at, stores: [store] });
    }
    const key = (all) => all.map((group) => group.stores.map((store) => store.number).join()).join(";");
    if (key(next) === key(groups)) return;
    const held = groups.find((group) => group.marker.getElement() === document.activeElement);
    markers.clearLayers();
    groups = next;
    for (const group of groups) group.marker = marker(group).addTo(markers);
    if (held) groups.find((group) => group.stores.includes(held.stores[0])).marker.getElement().focus();
  };

  const marker = ({ stores: here }) => {
    const [first] = here;
    if (here.length === 1) {
      return L.marker(first.latlng, { icon: pin(first.number), title: first.name }).bindPopup(() => told(first), { minWidth: 180 });
    }
    const center = L.latLngBounds(here.map((store) => store.latlng)).getCenter();
    const title = words.together.replace("{n}", here.length);
    const several = L.marker(center, { icon: pin(`×${here.length}`, "several"), title });
    return several.on("click", () => {
      const parted = depth((zoom) => here.some((store) => apart(store, first, zoom)));
      if (parted) map.setView(center, parted);
      else tellAll(several, here);
    });
  };

  /** What the deepest zoom does not part is told in one popup. */
  const tellAll = (several, here) => {
    const all = () => {
      const box = document.createElement("div");
      box.append(...here.map(told));
      return box;
    };
    several.unbindPopup().bindPopup(all, { minWidth: 180, maxHeight: 220 }).openPopup();
  };

  const apart = (a, b, zoom) => map.project(a.latlng, zoom).distanceTo(map.project(b.latlng, zoom)) >= APART;
  /** The first zoom from this one on that does, if any. */
  const depth = (does) => {
    for (let zoom = map.getZoom(); zoom <= map.getMaxZoom(); zoom += map.options.zoomSnap) if (does(zoom)) return zoom;
    return null;
  };

  const open = (store) => {
    const others = stores.filter((other) => other !== store);
    const alone = depth((zoom) => others.every((other) => apart(store, other, zoom)));
    map.setView(store.latlng, alone ?? map.getMaxZoom(), { animate: false });
    const group = groups.find((one) => one.stores.includes(store));
    if (group.stores.length === 1) group.marker.openPopup();
    else tellAll(group.marker, group.stores);
  };

  map.on("zoomend", regroup);
  map.on("popupopen", ({ popup }) => {
    const box = popup.getElement();
    box.querySelector(".leaflet-popup-close-button").setAttribute("aria-label", words.close);
    box.querySelector(".told a").focus({ preventScroll: true });
  });
  map.on("popupclose", ({ popup }) => {
    if (popup.getElement()?.contains(document.activeElement)) popup._source.getElement()?.focus({ preventScroll: true });
  });
  place.addEventListener("keydown", (event) => {
    if (event.key === "Escape") map.closePopup();
  });
  regroup();
  return { map, open };
}

/** The number of a store in the list becomes a button that shows it on the map, and its pin lights up with it. */
function link({ map, open }, stores) {
  for (const store of stores) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "number";
    button.textContent = store.number;
    button.setAttribute("aria-label", `${store.number}. ${place.dataset.show.replace("{store}", store.name)}`);
    store.item.querySelector(".number").replaceWith(button);
    button.addEventListener("click", () => {
      place.scrollIntoView({ block: "nearest" });
      open(store);
    });
  }
}

/** Asks the browser for the position, and goes to the page of the stores around it. */
function locate(button) {
  const say = (text) => {
    const said = document.createElement("p");
    said.className = "notice warm";
    said.textContent = text;
    document.getElementById("located").replaceChildren(said);
  };
  button.disabled = !navigator.geolocation;
  button.addEventListener("click", () => {
    say(button.dataset.busy);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        // Three decimals are some hundred metres: enough for distances, and no more than that stays in addresses and logs.
        const [lat, lng] = [coords.latitude, coords.longitude].map((degrees) => Number(degrees.toFixed(3)));
        location.assign(`/stores/nearby?${new URLSearchParams({ lat, lng, radius: button.dataset.radius })}`);
      },
      (error) => say(error.code === error.PERMISSION_DENIED ? button.dataset.denied : button.dataset.failed),
      { timeout: 15000, maximumAge: 60000 },
    );
  });
}

locate(document.getElementById("locate"));
if (place) {
  const stores = stops();
  link(mapOf(stores), stores);
}
