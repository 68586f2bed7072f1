// The map of free beds: the village searched from, and each home with its number of free beds.
(function () {
  "use strict";

  // The data stands in an attribute: htmx takes script elements, data or not, out of what it swaps in.
  function draw() {
    const box = document.getElementById("bed-map");
    if (!box || !window.L || box.dataset.ready) return;
    const data = JSON.parse(box.dataset.map);
    box.dataset.ready = "1";
    const style = getComputedStyle(document.documentElement);
    const colour = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
    const map = window.yinianMap(box);
    const bounds = window.L.latLngBounds([]);
    if (data.outline) {
      const outline = window.L.geoJSON(data.outline, {
        style: { color: colour("--map-line", "#0b6b6b"), weight: 1.5, fillOpacity: 0.04 }, interactive: false,
      }).addTo(map);
      bounds.extend(outline.getBounds());
    }
    [data.near, ...data.homes].forEach((place) => bounds.extend([place.lat, place.lon]));
    // Before anything is drawn: a label that is always open needs to know where the map looks.
    map.fitBounds(bounds, { padding: [16, 16], maxZoom: 13 });
    // Homes drawn on one point stand around it, so that no number covers another.
    const around = [[0, 0], [-16, -27], [16, -27], [-16, 27], [16, 27]];
    const taken = [];
    data.homes.forEach((home) => {
      const spot = map.latLngToContainerPoint([home.lat, home.lon]);
      const [right, down] = around[taken.filter((other) => other.distanceTo(spot) < 16).length % around.length];
      taken.push(spot);
      const number = document.createElement("span");
      number.textContent = String(home.free);
      const name = document.createElement("span");
      name.textContent = home.name;
      window.L.marker([home.lat, home.lon], {
        title: home.name, alt: home.name,
        icon: window.L.divIcon({ className: "bed-pin", html: number, iconSize: [30, 30], iconAnchor: [15 - right, 15 - down] }),
      }).bindTooltip(name, { direction: "top", offset: [right, down - 12] })
        .on("click", () => { window.location.href = home.url; })
        .addTo(map);
    });
    const here = document.createElement("span");
    here.textContent = data.near.name;
    window.L.circleMarker([data.near.lat, data.near.lon], {
      radius: 9, color: colour("--map-here", "#b3261e"), weight: 3, fillColor: "#ffffff", fillOpacity: 1,
    }).bindTooltip(here, { permanent: true, direction: "right", offset: [12, 0] }).addTo(map);
  }

  draw();
  document.addEventListener("htmx:afterSettle", draw);
})();
