// A place to sign with finger, pen or mouse; what was drawn goes into the form's field as a PNG.
(function () {
  "use strict";

  function ready(canvas) {
    var pen = canvas.getContext("2d"), drawing = false, drawn = false, last = null;
    pen.lineWidth = 3;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    function blank() { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); pen.strokeStyle = "#1d2733"; drawn = false; }
    function point(event) {
      var box = canvas.getBoundingClientRect();
      return { x: (event.clientX - box.left) * canvas.width / box.width, y: (event.clientY - box.top) * canvas.height / box.height };
    }
    canvas.addEventListener("pointerdown", function (event) {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      drawing = true;
      last = point(event);
    });
    canvas.addEventListener("pointermove", function (event) {
      if (!drawing) return;
      var here = point(event);
      pen.beginPath();
      pen.moveTo(last.x, last.y);
      pen.lineTo(here.x, here.y);
      pen.stroke();
      last = here;
      drawn = true;
    });
    ["pointerup", "pointercancel", "pointerleave"].forEach(function (name) { canvas.addEventListener(name, function () { drawing = false; }); });
    var wipe = document.querySelector("[data-clear-pad='" + canvas.id + "']");
    if (wipe) wipe.addEventListener("click", blank);
    blank();
    var form = canvas.closest("form");
    form.addEventListener("submit", function () { form.elements.drawn.value = drawn ? canvas.toDataURL("image/png") : ""; }, true);
  }
  document.querySelectorAll("canvas[data-pad]").forEach(ready);
})();
