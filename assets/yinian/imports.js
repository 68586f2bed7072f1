/* Departmental lists: the template of the chosen list, the queue by keyboard, and a fresh page when a job is done. */
(function () {
  "use strict";

  function upload() {
    var data = document.getElementById("import-lists"), select = document.getElementById("id_list_kind");
    if (!data || !select) return;
    var said = JSON.parse(data.textContent), box = document.getElementById("template-box");
    function show() {
      var list = said.lists.find(function (one) { return one.code === select.value; });
      box.hidden = !list;
      document.getElementById("complete-box").hidden = Boolean(list) && !list.complete;
      if (!list) return;
      if (!list.complete) document.getElementById("id_complete").checked = false;
      document.getElementById("template-note").textContent = list.note;
      document.getElementById("template-columns").textContent = said.required + ": " + list.columns.join("、");
      document.getElementById("template-link").href = list.url;
    }
    select.addEventListener("change", show);
    show();
  }

  function rows() { return Array.prototype.slice.call(document.querySelectorAll("[data-row]")); }

  function current() {
    var active = document.activeElement;
    return active && active.closest ? active.closest("[data-row]") : null;
  }

  function move(step) {
    var all = rows(), at = all.indexOf(current()), next = all[Math.max(0, Math.min(all.length - 1, at + step))];
    if (at === -1) next = all[0];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || !rows().length) return;
    var key = event.key.toLowerCase();
    if (key === "j") { move(1); event.preventDefault(); return; }
    if (key === "k") { move(-1); event.preventDefault(); return; }
    var row = current(), button = row && /^[a-z0-9]$/.test(key) && row.querySelector('[data-key="' + key + '"]');
    if (button) { button.click(); event.preventDefault(); }
  });

  /* After a decision the next row still open takes the focus. */
  document.addEventListener("htmx:afterSwap", function (event) {
    var swapped = event.detail && event.detail.elt;
    if (!swapped || !document.getElementById("queue")) return;
    var row = document.getElementById(swapped.id), all = rows(), at = all.indexOf(row);
    var next = row && row.querySelector(".notice-bad") ? row : all[at + 1] || row;
    if (next) next.focus();
  });

  /* The progress part asks for itself; when the work is over, the page says what came of it. */
  document.addEventListener("htmx:afterSettle", function () {
    var box = document.querySelector("[data-reload-when-done]");
    if (box && !box.querySelector("[hx-get]")) window.location.reload();
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submit-on-choice]") && event.target.files.length) event.target.form.requestSubmit();
  });

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", upload);
  else upload();
})();
