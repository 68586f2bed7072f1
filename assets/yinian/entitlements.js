// The overview's chart and map: bars of the areas below, and the same figure as shades on their outlines.
(function () {
  "use strict";

  const style = getComputedStyle(document.documentElement);
  const colour = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const count = (number) => Number(number).toLocaleString("en-US");
  const SHADES = ["#f1f5f6", "#cfe6e4", "#9fcfcb", "#62aaa6", "#2f7f7c", "#0f5a58"];

  function drawChart(box) {
    const option = read(box.dataset.option);
    const ink = colour("--ink", "#10202a");
    const soft = colour("--soft", "#4a5b66");
    option.animation = false;
    option.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily, color: ink };
    option.color = [colour("--teal", "#0b6b6b")];
    option.xAxis.axisLabel = { color: soft, formatter: count };
    option.xAxis.splitLine = { lineStyle: { color: colour("--line", "#dfe5e8") } };
    option.yAxis.axisLabel = { color: ink, interval: 0 };
    option.series[0].label.color = ink;
    option.series[0].label.formatter = (point) => count(point.value);
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption(option);
    window.addEventListener("resize", () => chart.resize());
  }

  // Class bounds with about as many areas in each; equal figures stay in one class.
  function bounds(values) {
    const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
    const found = [];
    for (let n = 1; n < SHADES.length - 1; n += 1) {
      const value = sorted[Math.floor((sorted.length * n) / (SHADES.length - 1))];
      if (value !== undefined && value > (found[found.length - 1] || 1)) found.push(value);
    }
    return found;
  }

  function drawMap(box) {
    const data = read(box.dataset.map);
    const limits = bounds(data.features.map((feature) => feature.value));
    const shade = (value) => {
      if (!value) return SHADES[0];
      const place = limits.filter((limit) => value >= limit).length;
      return SHADES[1 + Math.round((place * (SHADES.length - 2)) / Math.max(limits.length, 1))];
    };
    const map = window.yinianMap(box);
    const shapes = data.features.map((feature) => {
      const layer = window.L.geoJSON({ type: "Feature", properties: {}, geometry: feature.geometry }, {
        style: { color: "#41545c", weight: 1, fillColor: shade(feature.value), fillOpacity: 1 },
      }).addTo(map);
      const text = document.createElement("span");
      text.append(feature.name, document.createElement("br"), count(feature.value));
      const permanent = data.features.length <= 24;
      layer.bindTooltip(text, { permanent, direction: "center", className: permanent ? (SHADES.indexOf(shade(feature.value)) > 3 ? "map-name map-name-light" : "map-name") : "" });
      layer.on("click", () => { window.location.href = feature.url; });
      layer.on("mouseover", () => layer.setStyle({ weight: 2.5 }));
      layer.on("mouseout", () => layer.setStyle({ weight: 1 }));
      return layer;
    });
    map.fitBounds(window.L.featureGroup(shapes).getBounds(), { padding: [8, 8] });
    const legend = window.L.control({ position: "bottomleft" });
    legend.onAdd = () => {
      const key = document.createElement("div");
      key.className = "map-legend";
      const title = document.createElement("strong");
      title.textContent = `${data.label} (${data.unit})`;
      key.append(title);
      const most = Math.max(...data.features.map((feature) => feature.value));
      const steps = [[0, 0], ...[1, ...limits].map((low, n, all) => [low, n + 1 < all.length ? all[n + 1] - 1 : most])];
      steps.filter(([low, high]) => high >= low).forEach(([low, high]) => {
        const line = document.createElement("div");
        const box_ = document.createElement("i");
        box_.style.background = shade(low);
        line.append(box_, document.createTextNode(low === high ? count(low) : `${count(low)}–${count(high)}`));
        key.append(line);
      });
      return key;
    };
    legend.addTo(map);
  }

  document.querySelectorAll("[data-option]").forEach((box) => { if (window.echarts) drawChart(box); });
  document.querySelectorAll("[data-map]").forEach((box) => { if (window.L) drawMap(box); });
})();
