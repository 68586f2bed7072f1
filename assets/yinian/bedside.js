// The sheet at the bedside: an answer goes out at once, or waits on the device until there is signal. Each carries a
// word of its own, so that one sent twice is kept once. Texts with long numbers in them are never kept here.
(function () {
  "use strict";
  var config = JSON.parse(document.getElementById("bedside-config").textContent), words = config.words;
  var line = document.getElementById("bedside-line"), busy = false, timer = 0, wait = 3000;

  function say(text, values) {
    return text.replace(/%\((\w+)\)s/g, function (_whole, name) { return values && name in values ? values[name] : ""; });
  }
  function load() { try { return JSON.parse(localStorage.getItem(config.store)) || []; } catch (error) { return memory; } }
  var memory = [];
  function store(queue) {
    memory = queue;
    try {
      var kept = queue.filter(function (one) { return !/\d{7,}/.test(one.fields.note || one.fields.reason || ""); });
      if (kept.length) localStorage.setItem(config.store, JSON.stringify(kept)); else localStorage.removeItem(config.store);
    } catch (error) { return; }
  }
  var queue = load();
  memory = queue;

  function tell(text) { line.textContent = text; line.hidden = !text; }
  function nonce() {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64; bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.prototype.map.call(bytes, function (b) { return ("0" + b.toString(16)).slice(-2); }).join("");
    return hex.slice(0, 8) + "-" + hex.slice(8, 12) + "-" + hex.slice(12, 16) + "-" + hex.slice(16, 20) + "-" + hex.slice(20);
  }
  function rowOf(key) {
    var form = Array.prototype.find.call(document.querySelectorAll("form[data-bedside]"), function (f) { return keyOf(f) === key; });
    return form ? form.closest(".bs-row") : null;
  }
  function keyOf(form) {
    return [form.getAttribute("action"), "duty", "order", "kind", "day", "slot"].map(function (name, n) {
      return n === 0 ? name : form.elements[name] ? form.elements[name].value : "";
    }).join("|");
  }
  function badge(row, text, tone) {
    var place = row && row.querySelector("[data-state]");
    if (!place) return;
    place.textContent = "";
    var mark = document.createElement("span"); mark.className = "word word-" + tone; mark.textContent = text;
    place.appendChild(mark);
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches("form[data-bedside]")) return;
    event.preventDefault();
    var error = form.querySelector("[data-error]"), fields = {};
    error.textContent = "";
    new FormData(form).forEach(function (value, name) { if (name !== "csrfmiddlewaretoken") fields[name] = value; });
    if (event.submitter && event.submitter.name) fields[event.submitter.name] = event.submitter.value;
    fields.nonce = nonce();
    fields.at = new Date().toISOString();
    var row = form.closest(".bs-row");
    queue.push({ url: form.getAttribute("action"), key: keyOf(form), fields: fields });
    store(queue);
    badge(row, words.sending, "info");
    row.open = false;
    send();
  });

  function send() {
    if (busy || !queue.length) return;
    busy = true;
    window.clearTimeout(timer);
    var one = queue[0], body = new FormData(), token = document.querySelector("input[name=csrfmiddlewaretoken]");
    Object.keys(one.fields).forEach(function (name) { body.append(name, one.fields[name]); });
    fetch(one.url, {
      method: "POST", credentials: "same-origin", redirect: "error", body: body,
      headers: { "X-CSRFToken": token ? token.value : "", "X-Bedside": "1" }
    }).then(function (answer) {
      if (answer.status === 403) { var shut = new Error("login"); throw shut; }
      if (answer.status >= 500) throw new Error("server");
      if (answer.status === 404) { took(404, { error: words.gone }, one); return null; }
      return answer.json().then(function (told) { took(answer.status, told, one); });
    }).then(function () {
      wait = 3000; busy = false; later(); send();
    }).catch(function (error) {
      busy = false;
      queue.forEach(function (item) { badge(rowOf(item.key), words.kept, "warn"); });
      tell((error.message === "login" ? words.login : words.offline) + " " + say(words.waiting, { n: queue.length }));
      timer = window.setTimeout(send, wait);
      wait = Math.min(wait * 2, 60000);
    });
  }
  function took(code, told, one) {
    queue.shift();
    store(queue);
    var row = rowOf(one.key);
    if (code !== 200) {
      // What the house does not take is said where it was typed; what was typed still stands there.
      badge(row, say(words.refused, { why: "" }), "bad");
      if (row) { row.open = true; row.querySelector("[data-error]").textContent = told.error; }
      else tell(say(words.refused, { why: told.error }));
      return;
    }
    badge(row, told.words + " " + told.at, "ok");
    if (row) {
      row.classList.add("bs-done");
      var form = row.querySelector("form");
      if (form.elements.kind) form.reset(); else form.remove();
    }
    var open = document.querySelector(".bs-open b");
    if (row && open && !one.fields.kind) open.textContent = Math.max(0, Number(open.textContent) - 1);
  }
  function later() { tell(queue.length ? say(words.waiting, { n: queue.length }) : ""); }

  window.addEventListener("online", function () { wait = 3000; send(); });
  if (queue.length) { later(); send(); }
})();
