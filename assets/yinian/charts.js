// Draws the charts of ui.chart(): an ECharts option from a json_script element, in the page's own colours.
(function () {
  "use strict";

  function draw(box) {
    if (!window.echarts || box.dataset.drawn) return;
    var source = document.getElementById(box.dataset.chart);
    if (!source) return;
    box.dataset.drawn = "1";
    var style = getComputedStyle(document.documentElement);
    function colour(name) { return style.getPropertyValue(name).trim(); }
    var ink = colour("--ink"), soft = colour("--soft"), line = colour("--line");
    function axis(given) {
      var one = given || {};
      one.axisLabel = Object.assign({ color: soft }, one.axisLabel);
      one.axisLine = Object.assign({ lineStyle: { color: line } }, one.axisLine);
      one.splitLine = Object.assign({ lineStyle: { color: line } }, one.splitLine);
      return one;
    }
    var option = JSON.parse(source.textContent);
    option.animation = false;
    option.color = option.color || [colour("--teal"), colour("--warn-line"), soft, colour("--bad-line")];
    option.textStyle = Object.assign({ color: ink, fontFamily: getComputedStyle(document.body).fontFamily }, option.textStyle);
    ["xAxis", "yAxis"].forEach(function (name) {
      if (option[name]) option[name] = Array.isArray(option[name]) ? option[name].map(axis) : axis(option[name]);
    });
    var chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption(option);
    window.addEventListener("resize", function () { chart.resize(); });
  }

  function all(root) { root.querySelectorAll("[data-chart]").forEach(draw); }
  all(document);
  document.addEventListener("htmx:load", function (event) { all(event.detail.elt); });
})();
