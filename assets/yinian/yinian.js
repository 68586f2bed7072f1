// What every page does beyond links and forms. Pages work without it; with it they are quicker.
(function () {
  "use strict";

  function editable(element) {
    return element && (/^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) || element.isContentEditable);
  }

  // "/" goes to the search box from anywhere.
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !editable(event.target)) {
      var box = document.querySelector("[data-slash]");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open], details.confirm[open], details.reveal-ask[open]").forEach(function (open) {
        open.open = false;
        open.querySelector("summary").focus();
      });
    }
  });

  document.addEventListener("click", function (event) {
    var target = event.target.closest ? event.target : event.target.parentElement;
    if (!target) return;
    document.querySelectorAll("details.menu[open]").forEach(function (open) {
      if (!open.contains(target)) open.open = false;
    });
    if (target.closest("[data-print]")) window.print();
    if (target.closest("[data-back]")) window.history.back();
    var leave = target.closest("[data-close-details]");
    if (leave) {
      var details = leave.closest("details");
      details.open = false;
      details.querySelector("summary").focus();
    }
    var copy = target.closest("[data-copy]");
    if (copy && navigator.clipboard) navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent.trim());
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-pick-all]")) {
      event.target.closest("form").querySelectorAll("input[name=ids]").forEach(function (box) { box.checked = event.target.checked; });
    }
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // A form's errors are read out first.
  var wrong = document.querySelector("[data-focus]");
  if (wrong) wrong.focus();

  // A form sent twice is sent once.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(function () { delete form.dataset.sent; }, 4000);
  });

  // Drafts: what was typed survives a lost page, on this device and in this session only.
  document.querySelectorAll("form[data-draft]").forEach(function (form) {
    var key = "draft:" + form.dataset.draft, kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(key)); } catch (error) { kept = null; }
    if (kept) Object.keys(kept).forEach(function (name) {
      var field = form.elements[name];
      if (field && field.value === "" && field.type !== "password" && field.type !== "file") field.value = kept[name];
    });
    form.addEventListener("input", function () {
      var values = {};
      Array.prototype.forEach.call(form.elements, function (field) {
        if (field.name && !/^(hidden|password|file|checkbox|radio|submit)$/.test(field.type)) values[field.name] = field.value;
      });
      try { sessionStorage.setItem(key, JSON.stringify(values)); } catch (error) { return; }
    });
    form.addEventListener("submit", function () { sessionStorage.removeItem(key); });
  });

  // An ID number fills birth date and sex of its form.
  document.addEventListener("input", function (event) {
    var field = event.target;
    if (!field.matches || !field.matches("[data-id-number]")) return;
    var text = field.value.replace(/\s/g, "");
    if (!/^\d{17}[\dXx]$/.test(text)) return;
    var form = field.form, birth = form.elements.birth_date, sex = form.elements.sex;
    if (birth && !birth.value) birth.value = text.slice(6, 10) + "-" + text.slice(10, 12) + "-" + text.slice(12, 14);
    if (sex && !sex.value) sex.value = Number(text[16]) % 2 ? "male" : "female";
  });

  // A region is found by name or pinyin initials: a listbox under the field, the code kept in the field itself.
  function regionPicker(field) {
    if (field.dataset.ready) return;
    field.dataset.ready = "1";
    var box = document.createElement("div"), shown = document.createElement("input"), list = document.createElement("ul");
    var id = field.id, options = [], at = -1, timer = null;
    box.className = "suggest";
    field.parentNode.insertBefore(box, field);
    shown.className = field.className;
    shown.id = id;
    shown.type = "text";
    shown.autocomplete = "off";
    ["aria-describedby", "aria-invalid", "required"].forEach(function (name) { if (field.hasAttribute(name)) shown.setAttribute(name, field.getAttribute(name)); });
    shown.setAttribute("role", "combobox");
    shown.setAttribute("aria-expanded", "false");
    shown.setAttribute("aria-autocomplete", "list");
    shown.setAttribute("aria-controls", id + "-list");
    list.id = id + "-list";
    list.className = "suggest-list";
    list.setAttribute("role", "listbox");
    list.hidden = true;
    field.removeAttribute("id");
    field.removeAttribute("required");
    field.type = "hidden";
    box.appendChild(shown); box.appendChild(list); box.appendChild(field);

    function ask(text, then) {
      fetch("/regions/find/?levels=" + encodeURIComponent(field.dataset.region) + "&q=" + encodeURIComponent(text), { headers: { "Accept": "application/json" }, credentials: "same-origin" })
        .then(function (answer) { return answer.ok ? answer.json() : { regions: [] }; })
        .then(function (data) { then(data.regions); });
    }
    function close() { list.hidden = true; at = -1; shown.setAttribute("aria-expanded", "false"); shown.removeAttribute("aria-activedescendant"); }
    function choose(n) { if (options[n]) { field.value = options[n].code; shown.value = options[n].name; field.dispatchEvent(new Event("change", { bubbles: true })); } close(); }
    function mark(n) {
      at = n;
      Array.prototype.forEach.call(list.children, function (item, i) { item.setAttribute("aria-selected", i === n ? "true" : "false"); });
      if (list.children[n]) { shown.setAttribute("aria-activedescendant", list.children[n].id); list.children[n].scrollIntoView({ block: "nearest" }); }
    }
    function show(found) {
      options = found;
      list.textContent = "";
      found.forEach(function (region, n) {
        var item = document.createElement("li"), path = document.createElement("small");
        item.id = id + "-option-" + n;
        item.setAttribute("role", "option");
        item.textContent = region.name;
        path.textContent = region.path;
        item.appendChild(path);
        item.addEventListener("mousedown", function (event) { event.preventDefault(); choose(n); });
        list.appendChild(item);
      });
      list.hidden = !found.length;
      shown.setAttribute("aria-expanded", found.length ? "true" : "false");
      if (found.length) mark(0);
    }
    shown.addEventListener("input", function () {
      field.value = "";
      window.clearTimeout(timer);
      timer = window.setTimeout(function () { ask(shown.value, show); }, 150);
    });
    shown.addEventListener("keydown", function (event) {
      if (list.hidden) return;
      if (event.key === "ArrowDown") { event.preventDefault(); mark(Math.min(at + 1, options.length - 1)); }
      else if (event.key === "ArrowUp") { event.preventDefault(); mark(Math.max(at - 1, 0)); }
      else if (event.key === "Enter" && at >= 0) { event.preventDefault(); choose(at); }
      else if (event.key === "Escape") { event.stopPropagation(); close(); }
    });
    shown.addEventListener("blur", function () {
      if (!field.value && options.length === 1 && shown.value) choose(0);
      close();
    });
    if (field.value) ask(field.value, function (found) { if (found[0]) shown.value = found[0].name; });
  }

  function prepare(root) {
    root.querySelectorAll("input[data-region]").forEach(regionPicker);
    // A part that scrolls sideways can be scrolled by keyboard too.
    root.querySelectorAll(".table-wrap").forEach(function (wrap) {
      if (wrap.scrollWidth <= wrap.clientWidth + 1) return;
      wrap.tabIndex = 0;
      wrap.setAttribute("role", "group");
      var caption = wrap.querySelector("caption");
      if (caption) wrap.setAttribute("aria-label", caption.textContent.trim());
    });
  }
  prepare(document);
  // Filters left at "all" stay out of the address.
  document.addEventListener("htmx:configRequest", function (event) {
    if (!event.target.classList || !event.target.classList.contains("list-tools")) return;
    var values = event.detail.parameters;
    Object.keys(values).forEach(function (name) { if (values[name] === "") delete values[name]; });
  });
  document.addEventListener("htmx:load", function (event) { prepare(event.detail.elt); });
  document.addEventListener("htmx:sendError", function () {
    var place = document.getElementById("alerts"), words = document.documentElement.lang === "en" ? "No connection. Try again in a moment." : "连接不上服务器,请稍后再试。";
    place.innerHTML = "";
    var note = document.createElement("div");
    note.className = "notice notice-warn";
    note.textContent = words;
    place.appendChild(note);
  });
})();

/* One way to make a map: no wheel traps, and the zoom buttons speak the page's language. */
window.yinianMap = (box) => {
  const map = window.L.map(box, { attributionControl: false, zoomControl: false, zoomSnap: 0.25, scrollWheelZoom: false });
  const words = document.body.dataset;
  window.L.control.zoom({ zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  return map;
};
