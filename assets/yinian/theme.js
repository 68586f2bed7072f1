// Before the first paint: dark when the device is and the reader chose nothing else.
(function () {
  var root = document.documentElement;
  if (root.dataset.theme !== "device") return;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() { root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light"); }
  apply();
  if (dark.addEventListener) dark.addEventListener("change", apply);
})();
