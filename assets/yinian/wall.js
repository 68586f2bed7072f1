// The wall screen: asks for its figures again and again, keeps the last ones when nobody answers, and turns from town to
// town. Every word comes from the server; here are only numbers and places.
(function () {
  "use strict";
  var body = document.body, state = JSON.parse(document.getElementById("wall-data").textContent);
  var EVERY = 30000, LONGEST = 300000, TURN = 10000;
  var wait = EVERY, failed = 0, turn = -1, measure = 0, seen = {};
  var pinned = new URLSearchParams(location.search).get("town");
  var format = new Intl.NumberFormat("zh-CN");

  function all(selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); }
  function one(name) { return document.querySelector("[data-wall='" + name + "']"); }
  function make(tag, text, name) {
    var made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (name) made.className = name;
    return made;
  }
  function fill(list, rows, draw) {
    list.replaceChildren.apply(list, rows.map(draw));
  }
  function number(value) { return value === null || value === undefined ? "–" : format.format(value); }

  function bar(share) {
    var track = make("div", undefined, "track"), inner = make("i");
    track.appendChild(inner);
    track.setAttribute("aria-hidden", "true");
    inner.style.width = Math.max(0, Math.min(1, share || 0)) * 100 + "%";
    return track;
  }

  function shares(name, rows) {
    var total = rows.reduce(function (sum, row) { return sum + row.n; }, 0) || 1;
    var strip = one(name + "-bar");
    if (strip.children.length !== rows.length) {
      fill(strip, rows, function (row) { return make("i", undefined, "tone-" + row.tone); });
    }
    // Widths are set after the parts stand, so that they grow from what they were.
    window.requestAnimationFrame(function () {
      rows.forEach(function (row, at) { strip.children[at].style.width = 100 * row.n / total + "%"; });
    });
    fill(one(name + "-keys"), rows, function (row) {
      var item = make("li", undefined, "tone-" + row.tone);
      item.append(make("span", row.label), make("b", number(row.n)));
      return item;
    });
  }

  function bars(list, rows) {
    var most = rows.reduce(function (top, row) { return Math.max(top, row.n); }, 0) || 1;
    fill(list, rows, function (row) {
      var item = make("li");
      item.append(make("span", row.label), bar(row.n / most), make("b", number(row.n)));
      return item;
    });
  }

  function draw() {
    one("as-of").textContent = state.made_words;
    one("people").textContent = number(state.people.total);
    one("over80").textContent = number(state.people.over80);
    one("over100").textContent = number(state.people.over100);
    shares("bands", state.people.bands);
    shares("ability", state.ability);
    one("ability-as-of").textContent = state.ability_words;
    bars(one("groups"), state.groups);
    fill(one("beds"), state.beds.sums, function (row) {
      var item = make("li", row.label);
      item.prepend(make("b", number(row.n)));
      return item;
    });
    fill(one("homes"), state.beds.homes, function (home) {
      var item = make("li");
      item.append(make("span", home.name), bar(home.usable ? home.occupied / home.usable : 0),
        make("b", number(home.occupied) + "/" + number(home.usable)));
      return item;
    });
    fill(one("alarms"), state.alarms, function (row) {
      var item = make("li", row.label, row.n ? "" : "none");
      item.append(make("b", number(row.n)));
      return item;
    });
    fill(one("events"), state.events, function (event) {
      var item = make("li", undefined, seen.any && !seen[event.id] ? "fresh" : "");
      item.append(make("time", event.at), make("span", event.where), make("div", event.what));
      return item;
    });
    seen = { any: true };
    state.events.forEach(function (event) { seen[event.id] = true; });
    one("no-events").hidden = state.events.length > 0;
    fill(one("aims"), state.indicators, function (row) {
      var item = make("li");
      item.append(make("span", row.label), make("b", row.value), make("em", row.words, row.standing));
      return item;
    });
    one("no-aims").hidden = state.indicators.length > 0;
    one("plan-title").textContent = state.plan ? state.plan.title : "";
    one("no-plan").hidden = Boolean(state.plan);
    fill(one("plan-marks"), state.plan ? state.plan.marks : [], function (row) {
      var item = make("li", row.label, "mark-" + row.key);
      item.prepend(make("b", number(row.n)));
      return item;
    });
    fill(one("plan-next"), state.plan ? state.plan.next : [], function (row) {
      var item = make("li");
      item.append(make("span", row.title), make("span", row.due, row.tone));
      return item;
    });
    shade();
    town();
  }

  // --- the map: one measure at a time, from dark to light -----------------------------------------------------------

  var steps = [[13, 74, 80], [47, 211, 192], [255, 242, 201]];
  function shadeOf(share) {
    var at = Math.max(0, Math.min(1, share)) * 2, low = Math.min(1, Math.floor(at)), part = at - low;
    return "rgb(" + steps[low].map(function (from, k) {
      return Math.round((from + (steps[low + 1][k] - from) * part) * 0.8);
    }).join(",") + ")";
  }
  function shade() {
    var shown = state.measures[measure % state.measures.length];
    var values = state.towns.map(function (row) { return row[shown.key]; }).filter(function (n) { return n !== null; });
    var low = Math.min.apply(null, values), high = Math.max.apply(null, values);
    one("measure").textContent = shown.label;
    one("low").textContent = values.length ? number(low) + shown.unit : "";
    one("high").textContent = values.length ? number(high) + shown.unit : "";
    state.towns.forEach(function (row) {
      var value = row[shown.key];
      all("[data-town='" + row.code + "']").forEach(function (path) {
        path.style.fill = value === null ? "#123038" : shadeOf(high > low ? (value - low) / (high - low) : 0.5);
      });
      all("[data-value='" + row.code + "']").forEach(function (text) { text.textContent = number(value); });
    });
  }
  function town() {
    var rows = state.towns;
    if (!rows.length) return;
    var row = rows[Math.max(0, turn) % rows.length];
    if (pinned) row = rows.filter(function (other) { return other.code === pinned; })[0] || row;
    all("[data-town]").forEach(function (path) {
      var on = path.dataset.town === row.code;
      path.classList.toggle("on", on);
      if (on) path.parentNode.appendChild(path);
    });
    all("[data-name]").forEach(function (text) { text.classList.toggle("on-name", text.dataset.name === row.code); });
    one("town").textContent = row.name;
    fill(one("town-figures"), row.figures, function (pair) {
      var both = make("div");
      both.append(make("dt", pair[0]), make("dd", pair[1]));
      return both;
    });
  }
  function next() {
    turn += 1;
    if (turn > 0 && turn % Math.max(1, state.towns.length) === 0) measure += 1;
    else if (turn > 0 && turn % 5 === 0) measure += 1;
    shade();
    town();
  }

  // --- the clock and the line ----------------------------------------------------------------------------------------

  function tick() {
    var now = new Date();
    one("time").textContent = now.toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
    one("day").textContent = now.toLocaleDateString(document.documentElement.lang === "en" ? "en-GB" : "zh-CN", {
      year: "numeric", month: "long", day: "numeric", weekday: "long", timeZone: "Asia/Shanghai" });
  }
  function told(lost, words) {
    var line = one("line");
    line.classList.toggle("lost", lost);
    line.textContent = words;
  }
  function ask() {
    var stopper = new AbortController();
    var timer = window.setTimeout(function () { stopper.abort(); }, 20000);
    fetch(body.dataset.feed, { credentials: "same-origin", signal: stopper.signal, cache: "no-store", redirect: "manual",
      headers: { Accept: "application/json" } })
      .then(function (answer) {
        if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
          told(true, body.dataset.login);
          throw new Error("login");
        }
        if (!answer.ok) throw new Error(String(answer.status));
        return answer.json();
      })
      .then(function (found) {
        // A new version of the site is fetched whole: a screen hangs for months and nobody presses a key.
        if (found.version !== state.version) { location.reload(); return; }
        state = found;
        failed = 0;
        wait = EVERY;
        told(false, body.dataset.linked);
        draw();
      })
      .catch(function (error) {
        failed += 1;
        wait = Math.min(LONGEST, EVERY * Math.pow(2, Math.min(4, failed - 1)) / 2);
        if (error.message !== "login") told(true, body.dataset.lost + " " + state.made_words);
      })
      .finally(function () {
        window.clearTimeout(timer);
        window.setTimeout(ask, wait);
      });
  }
  window.addEventListener("online", function () { wait = 1000; });

  var sleeping;
  function awake() {
    body.classList.add("awake");
    window.clearTimeout(sleeping);
    sleeping = window.setTimeout(function () { body.classList.remove("awake"); }, 4000);
  }
  ["mousemove", "keydown", "touchstart"].forEach(function (name) { document.addEventListener(name, awake); });
  one("full").addEventListener("click", function () {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (document.documentElement.requestFullscreen) document.documentElement.requestFullscreen();
  });
  if (navigator.wakeLock) navigator.wakeLock.request("screen").catch(function () { /* a wall has its own setting */ });

  tick();
  draw();
  next();
  window.setInterval(tick, 1000);
  window.setInterval(next, TURN);
  window.setTimeout(ask, EVERY);
})();
