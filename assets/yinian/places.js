// Draws the map of a region: its outline, the areas below it, the sites. Local GeoJSON only, no tiles.
(function () {
  "use strict";
  const box = document.getElementById("map");
  if (!box || !window.L) return;

  const style = getComputedStyle(document.documentElement);
  const colour = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const COLOURS = {
    home: colour("--site-home", "#0b6b6b"), station: colour("--site-station", "#2b5fb3"),
    hamlet_point: colour("--site-hamlet", "#8a5a00"), meal_point: colour("--site-meal", "#8b2f6b"),
    centre: colour("--site-centre", "#333333"),
  };
  const RADII = { home: 8, station: 5, hamlet_point: 5, meal_point: 5, centre: 9 };
  const here = box.dataset.here || "";

  fetch(box.dataset.map, { credentials: "same-origin", headers: { Accept: "application/json" } })
    .then((answer) => { if (!answer.ok) throw new Error(String(answer.status)); return answer.json(); })
    .then(draw)
    .catch(() => { box.classList.add("map-failed"); box.textContent = "…"; });

  function draw(data) {
    const map = window.yinianMap(box);
    const of = (role) => data.features.filter((feature) => feature.properties.role === role);
    view(map, data.features);
    window.L.geoJSON(of("outline"), {
      style: { color: colour("--map-line", "#0b6b6b"), weight: 2, fillOpacity: 0.04, className: "map-outline" }, interactive: false,
    }).addTo(map);
    window.L.geoJSON(of("cell"), {
      style: { color: colour("--map-cell", "#5c7280"), weight: 1, fillOpacity: 0.05, dashArray: "4 3", className: "map-cell" },
      onEachFeature(feature, layer) {
        layer.on("click", () => { window.location.href = address(box.dataset.regionUrl, feature.properties.code); });
        layer.on("mouseover", () => layer.setStyle({ fillOpacity: 0.18 }));
        layer.on("mouseout", () => layer.setStyle({ fillOpacity: 0.05 }));
      },
    }).addTo(map);
    of("label").forEach((feature) => {
      const [lon, lat] = feature.geometry.coordinates;
      const text = document.createElement("span");
      text.textContent = feature.properties.name;
      window.L.marker([lat, lon], {
        interactive: false, keyboard: false,
        icon: window.L.divIcon({ className: "map-label", html: text, iconSize: [0, 0] }),
      }).addTo(map);
    });
    const order = ["hamlet_point", "meal_point", "station", "home", "centre"];
    const sites = of("site").sort((a, b) => order.indexOf(a.properties.kind) - order.indexOf(b.properties.kind));
    sites.forEach((feature) => {
      const [lon, lat] = feature.geometry.coordinates;
      const { id, name, kind } = feature.properties;
      const mine = String(id) === here;
      const text = document.createElement("span");
      text.textContent = name;
      window.L.circleMarker([lat, lon], {
        radius: mine ? 11 : RADII[kind] || 5, color: mine ? colour("--map-here", "#b3261e") : "#ffffff", weight: mine ? 3 : 1,
        fillColor: COLOURS[kind] || "#555555", fillOpacity: 0.95,
      }).bindTooltip(text, { permanent: mine, direction: "top" })
        .on("click", () => { if (!mine) window.location.href = address(box.dataset.siteUrl, id); })
        .addTo(map);
    });
    const said = document.getElementById("map-schematic");
    if (said) said.hidden = !data.schematic;
    box.dataset.ready = "1";
  }

  // Before anything is drawn: a label that is always open needs to know where the map looks.
  function view(map, features) {
    const areas = window.L.geoJSON(features.filter((feature) => feature.properties.role !== "label")).getBounds();
    const lat = Number(box.dataset.lat), lon = Number(box.dataset.lon);
    if (areas.isValid()) map.fitBounds(areas, { padding: [8, 8], maxZoom: 14 });
    else map.setView([lat || 0, lon || 0], 11);
  }

  function address(pattern, key) {
    return pattern.replace("/0/", "/" + encodeURIComponent(key) + "/");
  }
})();
