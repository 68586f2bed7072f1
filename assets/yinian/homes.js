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
    if (data.outline) {
      window.L.geoJSON(data.outline, {
        style: { color: colour("--map-line", "#0b6b6b"), weight: 1.5, fillOpacity: 0.04 }, interactive: false,
      }).addTo(map);
    }
    const points = [[data.near.lat, data.near.lon], ...data.homes.map((home) => [home.lat, home.lon])];
    // Before anything is drawn: a label that is always open needs to know where the map looks.
    map.fitBounds(points, { padding: [36, 36], maxZoom: 13 });
    data.homes.forEach((home) => {
      const number = document.createElement("span");
      number.textContent = String(home.free);
      const name = document.createElement("span");
      name.textContent = home.name;
      window.L.marker([home.lat, home.lon], {
        title: home.name, alt: home.name,
        icon: window.L.divIcon({ className: "bed-pin", html: number, iconSize: [30, 30] }),
      }).bindTooltip(name, { direction: "top", offset: [0, -12] })
        .on("click", () => { window.location.href = home.url; })
        .addTo(map);
    });
    const here = document.createElement("span");
    here.textContent = data.near.name;
    window.L.circleMarker([data.near.lat, data.near.lon], {
      radius: 9, color: colour("--map-here", "#b3261e"), weight: 3, fillColor: "#ffffff", fillOpacity: 1,
    }).bindTooltip(here, { permanent: true, direction: "bottom" }).addTo(map);
  }

  draw();
  document.addEventListener("htmx:afterSettle", draw);
})();
