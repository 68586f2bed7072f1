// The record of a visit on a phone: each answer is kept on the device until the server says it has it, and sent at once,
// or when there is signal again. The server tells what a colleague has answered meanwhile; nothing is overwritten unseen.
(function () {
  "use strict";
  var config = JSON.parse(document.getElementById("visit-config").textContent), words = config.words;
  var form = document.getElementById("visit-form"), status = document.getElementById("visit-status");
  var version = config.version, pending = {}, sending = null, timer = 0, wait = 0, closed = false;
  var token = form.elements.csrfmiddlewaretoken.value;

  function say(text, values) {
    return text.replace(/%\((\w+)\)s/g, function (_whole, name) { return values && name in values ? values[name] : ""; });
  }
  function show(name, text) { var place = status.querySelector("[data-" + name + "]"); if (place) place.textContent = text; }

  // --- kept on the device ---
  // A text with a long number in it (a telephone or ID number) is sent but never kept in the browser.
  function keepable(value) { return !/\d{7,}/.test(JSON.stringify(value)); }
  function keep() {
    var kept = {};
    Object.keys(pending).forEach(function (key) { if (keepable(pending[key])) kept[key] = pending[key]; });
    try {
      if (Object.keys(kept).length) localStorage.setItem(config.store, JSON.stringify({ base: version, pending: kept }));
      else localStorage.removeItem(config.store);
    } catch (error) { return; }
  }
  function recall() {
    try { return JSON.parse(localStorage.getItem(config.store)); } catch (error) { return null; }
  }

  // --- answers of the page ---
  function inputs(key) { return form.querySelectorAll('[data-key="' + CSS.escape(key) + '"]'); }
  function read(key) {
    var fields = inputs(key);
    if (!fields.length) return readTable(key);
    var type = fields[0].dataset.type;
    if (type === "points" || type === "choice") {
      var ticked = Array.prototype.find.call(fields, function (f) { return f.checked; });
      return ticked ? (type === "points" ? Number(ticked.value) : ticked.value) : null;
    }
    if (type === "multiple") {
      var codes = Array.prototype.filter.call(fields, function (f) { return f.checked; }).map(function (f) { return f.value; });
      return codes.length ? codes : null;
    }
    var text = fields[0].value.trim();
    if (type === "number") return text === "" ? null : Number(text);
    return text === "" && key !== "notes" ? null : text;
  }
  function readTable(key) {
    var rows = [];
    form.querySelectorAll('[data-table="' + CSS.escape(key) + '"] .asr-row').forEach(function (row) {
      var cells = {};
      row.querySelectorAll("[data-cell]").forEach(function (cell) { if (cell.value.trim()) cells[cell.dataset.cell] = cell.value.trim(); });
      if (Object.keys(cells).length) rows.push(cells);
    });
    return rows.length ? rows : null;
  }
  function write(key, value) {
    var fields = inputs(key);
    if (!fields.length) return;
    var type = fields[0].dataset.type;
    fields.forEach(function (field) {
      if (type === "points" || type === "choice") field.checked = value !== null && field.value === String(value);
      else if (type === "multiple") field.checked = Array.isArray(value) && value.indexOf(field.value) >= 0;
      else field.value = value === null || value === undefined ? "" : value;
    });
    mark(key);
  }
  function mark(key) {
    var question = document.getElementById("q-" + key), value = inputs(key).length ? read(key) : null;
    if (question) question.classList.toggle("asr-answered", value !== null && value !== "");
  }
  function wordsOf(key, value) {
    if (value === null || value === undefined || value === "") return words.nothing;
    var fields = inputs(key), found = [];
    fields.forEach(function (field) {
      var chosen = Array.isArray(value) ? value.indexOf(field.value) >= 0 : field.value === String(value);
      if (/radio|checkbox/.test(field.type) && chosen) found.push(field.parentElement.lastElementChild.textContent.trim());
    });
    return found.length ? found.join("、") : typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  // --- the line at the top ---
  function tally() {
    var total = 0, answered = 0, best = 0, worst = 0;
    Object.keys(config.items).forEach(function (code) {
      var value = read(code), bounds = config.items[code];
      if (value !== null) { total += value; answered += 1; best += value; worst += value; } else { worst += bounds[0]; best += bounds[1]; }
    });
    show("total", total);
    show("answered", answered);
    status.querySelector("[data-progress]").value = answered;
    if (config.levels.length) levelWords(named(best), named(worst));
  }
  function named(total) {
    var level = config.levels.find(function (one) { return total >= one[0] && total <= one[1]; });
    return level ? level[2] : "";
  }
  function levelWords(best, worst) {
    show("level", best === worst ? say(words.level, { level: best }) : say(words.between, { best: best, worst: worst }));
  }

  // --- sending ---
  function change(key) {
    pending[key] = read(key);
    mark(key);
    keep();
    tally();
    state();
    window.clearTimeout(timer);
    timer = window.setTimeout(send, 500);
  }
  function state(offline) {
    var count = Object.keys(pending).length;
    if (offline) show("save", words.offline + " · " + say(words.waiting, { n: count }));
    else if (count) show("save", words.saving);
    status.classList.toggle("asr-offline", Boolean(offline));
  }
  function send() {
    if (sending || closed || !Object.keys(pending).length) return sending || Promise.resolve();
    var batch = Object.assign({}, pending);
    sending = fetch(config.save, {
      method: "POST", credentials: "same-origin", redirect: "error",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ base: version, changes: batch })
    }).then(function (answer) {
      if (answer.status === 401 || answer.status === 403) { show("save", words.login); throw new Error("login"); }
      return answer.json().then(function (told) { took(answer.status, told, batch); });
    }).catch(function (error) {
      if (error.message !== "login") state(true);
      wait = Math.min(wait ? wait * 2 : 3000, 60000);
      window.clearTimeout(timer);
      timer = window.setTimeout(send, wait);
    }).finally(function () { sending = null; });
    return sending;
  }
  function took(code, told, batch) {
    wait = 0;
    if (code === 409 && told.closed) { closed = true; show("save", words.closed); return; }
    if (code >= 500) throw new Error("server");
    if (code !== 200) { show("save", told.error); forget(batch); return; }
    forget(batch);
    version = told.version;
    document.querySelectorAll("[data-version]").forEach(function (field) { field.value = version; });
    form.elements.base.value = version;
    Object.keys(batch).forEach(function (key) { fault(key, told.faults[key] || ""); });
    told.conflicts.forEach(clash);
    var others = Object.keys(told.others).filter(function (key) { return !(key in pending); });
    others.forEach(function (key) { write(key, told.others[key]); });
    if (others.length) note(say(words.other, { items: others.map(function (key) { return config.names[key] || key; }).join("、") }), "info");
    keep();
    tally();
    if (!config.levels.length) levelWords(told.best, told.worst);
    missing(told);
    if (Object.keys(pending).length) { state(); timer = window.setTimeout(send, 100); } else { state(); show("save", say(words.saved, { at: told.at })); }
  }
  function forget(batch) {
    Object.keys(batch).forEach(function (key) { if (JSON.stringify(pending[key]) === JSON.stringify(batch[key])) delete pending[key]; });
    keep();
  }
  function fault(key, text) {
    var place = document.getElementById("e-" + key);
    if (place) place.textContent = text;
  }
  function missing(told) {
    var place = document.getElementById("visit-missing"), left = told.missing.length + told.form_missing.length;
    if (place) place.textContent = left ? place.dataset.left.replace("%(n)s", left) : place.dataset.none;
    var finish = document.querySelector("[data-finish] button");
    if (finish) finish.toggleAttribute("data-incomplete", left > 0);
  }

  // --- what a colleague answered otherwise ---
  function note(text, tone) {
    var place = document.getElementById("visit-conflicts"), box = document.createElement("div");
    box.className = "notice notice-" + tone;
    var inner = document.createElement("div");
    inner.textContent = text;
    box.appendChild(inner);
    place.appendChild(box);
    if (tone === "info") window.setTimeout(function () { box.remove(); }, 8000);
    return box;
  }
  function clash(conflict) {
    var mine = read(conflict.key);
    var box = note(say(words.conflict, { who: conflict.by, item: config.names[conflict.key] || conflict.key, theirs: wordsOf(conflict.key, conflict.value), mine: wordsOf(conflict.key, mine) }), "warn");
    var acts = document.createElement("div");
    acts.className = "acts";
    [[words.keep, function () { write(conflict.key, conflict.value); tally(); }], [words.take, function () { write(conflict.key, mine); change(conflict.key); }]].forEach(function (pair) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-plain btn-sm";
      button.textContent = pair[0];
      button.addEventListener("click", function () { pair[1](); box.remove(); });
      acts.appendChild(button);
    });
    box.firstChild.appendChild(acts);
    box.scrollIntoView({ block: "center" });
  }

  // --- listening ---
  form.addEventListener("change", function (event) {
    var field = event.target;
    if (field.dataset.cell) return change(field.closest("[data-table]").dataset.table);
    if (!field.dataset.key) return;
    if (field.type === "checkbox" && field.checked) {
      inputs(field.dataset.key).forEach(function (other) {
        if (other !== field && (field.hasAttribute("data-alone") || other.hasAttribute("data-alone"))) other.checked = false;
      });
    }
    change(field.dataset.key);
  });
  form.addEventListener("submit", function (event) { event.preventDefault(); send(); });
  form.querySelectorAll("[data-add-row]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var table = form.querySelector('[data-table="' + CSS.escape(button.dataset.addRow) + '"]'), rows = table.querySelectorAll(".asr-row");
      if (rows.length >= 12) return;
      var row = rows[rows.length - 1].cloneNode(true);
      row.querySelectorAll("input").forEach(function (input) { input.value = ""; input.name = input.name.replace(/:\d+:/, ":" + rows.length + ":"); });
      table.appendChild(row);
      row.querySelector("input").focus();
    });
  });
  window.addEventListener("online", send);
  window.addEventListener("beforeunload", function (event) {
    if (Object.keys(pending).length && !closed) { event.preventDefault(); event.returnValue = words.unsent; }
  });

  // The next question that has no answer, below what is read now; from the end, the first of all.
  var next = document.querySelector("[data-next]");
  next.hidden = false;
  next.addEventListener("click", function () {
    var open = Array.prototype.filter.call(form.querySelectorAll("fieldset.asr-q:not(.asr-answered)"), function (q) { return q.querySelector("[data-type=points], [data-type=choice], [data-type=multiple]"); });
    var line = status.getBoundingClientRect().bottom + 24;
    var target = open.find(function (q) { return q.getBoundingClientRect().top > line; }) || open[0] || document.getElementById("p-end");
    window.scrollTo({ top: window.scrollY + target.getBoundingClientRect().top - line + 12 });
    var field = target.querySelector("input");
    if (field) field.focus({ preventScroll: true });
  });

  var finish = document.querySelector("[data-finish]");
  finish.addEventListener("submit", function (event) {
    if (!Object.keys(pending).length) return;
    event.preventDefault();
    send().then(function () { if (!Object.keys(pending).length) finish.submit(); });
  });

  // --- place, only when somebody agreed ---
  var place = document.querySelector("[data-locate]");
  place.addEventListener("submit", function (event) {
    event.preventDefault();
    var told = document.getElementById("visit-place");
    if (!navigator.geolocation) { told.textContent = words.no_place; return; }
    if (!place.elements.consent.value.trim()) { place.elements.consent.focus(); return; }
    navigator.geolocation.getCurrentPosition(function (found) {
      var body = new URLSearchParams({ lat: found.coords.latitude, lon: found.coords.longitude, accuracy: Math.round(found.coords.accuracy), consent: place.elements.consent.value });
      fetch(config.locate, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": token }, body: body })
        .then(function (answer) { return answer.json(); })
        .then(function (answer) { told.textContent = answer.error || words.located + " " + answer.words; })
        .catch(function () { told.textContent = words.offline; });
    }, function () { told.textContent = words.no_place; }, { enableHighAccuracy: true, timeout: 20000 });
  });

  // --- pictures: kept in the browser's own store until they are through ---
  var store = null;
  function opened() {
    if (store) return store;
    store = new Promise(function (done, failed) {
      var asked = indexedDB.open("yinian-visit", 1);
      asked.onupgradeneeded = function () { asked.result.createObjectStore("files", { autoIncrement: true }); };
      asked.onsuccess = function () { done(asked.result); };
      asked.onerror = function () { failed(asked.error); };
    });
    return store;
  }
  function table(mode) { return opened().then(function (db) { return db.transaction("files", mode).objectStore("files"); }); }
  function answered(asked) { return new Promise(function (done, failed) { asked.onsuccess = function () { done(asked.result); }; asked.onerror = function () { failed(asked.error); }; }); }
  function waiting() {
    return table("readonly").then(function (files) { return Promise.all([answered(files.getAllKeys()), answered(files.getAll())]); })
      .then(function (both) { return both[1].map(function (one, n) { return { key: both[0][n], one: one }; }).filter(function (w) { return w.one.store === config.store; }); });
  }
  var photos = document.getElementById("visit-photos"), uploading = false;
  function upload() {
    if (uploading) return;
    uploading = true;
    waiting().then(function (list) {
      photos.textContent = list.length ? say(words.photo_waits, { n: list.length }) : photos.dataset.why || "";
      if (!list.length) return null;
      var body = new FormData();
      body.append("kind", list[0].one.kind);
      body.append("file", list[0].one.file, list[0].one.name);
      return fetch(config.files, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": token, "X-Requested-With": "fetch" }, body: body })
        .then(function (answer) {
          if (answer.status === 401 || answer.status === 403 || answer.status >= 500) throw new Error("later");
          return answer.json();
        })
        .then(function (told) {
          return table("readwrite").then(function (files) { return answered(files.delete(list[0].key)); }).then(function () {
            if (told.error) photos.dataset.why = say(words.photo_bad, { why: told.error });
            else listed(told);
            uploading = false;
            upload();
          });
        });
    }).catch(function () { window.setTimeout(upload, 15000); }).finally(function () { uploading = false; });
  }
  function listed(told) {
    var line = document.createElement("li"), link = document.createElement("a");
    link.href = told.url;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = told.words;
    line.appendChild(link);
    document.getElementById("visit-files").appendChild(line);
  }
  var uploads = document.querySelector("[data-upload]");
  if (window.indexedDB) {
    uploads.addEventListener("submit", function (event) {
      event.preventDefault();
      event.stopPropagation();
      var file = uploads.elements.file.files[0];
      if (!file) { uploads.elements.file.click(); return; }
      photos.dataset.why = "";
      table("readwrite").then(function (files) { return answered(files.add({ store: config.store, kind: uploads.elements.kind.value, name: file.name, file: file })); })
        .then(function () { uploads.elements.file.value = ""; upload(); })
        .catch(function () { uploads.submit(); });
    });
    window.addEventListener("online", upload);
    upload();
  }

  // What was left from before, when there was no signal.
  var left = recall();
  if (left && left.pending) {
    Object.keys(left.pending).forEach(function (key) {
      if (inputs(key).length) write(key, left.pending[key]);
      pending[key] = left.pending[key];
    });
    version = Math.min(version, left.base || version);
    tally();
    state();
    send();
  }
})();
