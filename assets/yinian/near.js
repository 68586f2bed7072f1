// Cards sorted by distance from here. The position is asked for on a press and never leaves the device.
(function () {
  "use strict";
  var button = document.querySelector("[data-near]"), note = document.querySelector("[data-near-note]");
  if (!button || !navigator.geolocation) return;
  button.hidden = false;

  function km(lat1, lon1, lat2, lon2) {
    var rad = Math.PI / 180, half = Math.pow(Math.sin((lat2 - lat1) * rad / 2), 2) + Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.pow(Math.sin((lon2 - lon1) * rad / 2), 2);
    return 2 * 6371.0088 * Math.asin(Math.min(1, Math.sqrt(half)));
  }
  button.addEventListener("click", function () {
    navigator.geolocation.getCurrentPosition(function (place) {
      document.querySelectorAll("[data-sortable]").forEach(function (list) {
        var cards = Array.prototype.map.call(list.children, function (card) {
          var far = card.dataset.lat === "" ? Infinity : km(place.coords.latitude, place.coords.longitude, Number(card.dataset.lat), Number(card.dataset.lon));
          var words = card.querySelector("[data-distance]");
          if (words && far !== Infinity) words.textContent = note.dataset.km.replace("%(km)s", far.toFixed(1));
          return { card: card, far: far };
        });
        cards.sort(function (a, b) { return a.far - b.far; }).forEach(function (one) { list.appendChild(one.card); });
      });
      note.textContent = note.dataset.kept;
    }, function () { note.textContent = note.dataset.none; }, { timeout: 15000, maximumAge: 60000 });
  });
})();
