/* Plan documents: a marked stretch and its item find each other, the review goes by keyboard, a selection becomes an item. */
(function () {
  "use strict";

  var chosen = null, scrolled = null, after = null;

  function all(selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); }

  function cards() { return all("#cards > [data-item]"); }

  function card(id) { return document.getElementById("item-" + id); }

  function current() {
    var active = document.activeElement;
    return (active && active.closest && active.closest("[data-item]")) || document.querySelector("[data-item].on");
  }

  function side(name) {
    var cols = document.querySelector("[data-cols]");
    if (!cols) return;
    cols.dataset.cols = name;
    all("[data-side]").forEach(function (button) {
      var on = button.dataset.side === name;
      button.classList.toggle("on", on);
      button.setAttribute("aria-pressed", on ? "true" : "false");
    });
  }

  function narrow() { return window.matchMedia("(max-width: 767.98px)").matches; }

  /* Mark an item on both sides; `where` says which side comes into view. */
  function choose(id, where) {
    all(".on[data-i], [data-item].on").forEach(function (one) { one.classList.remove("on"); });
    var spans = all('[data-i~="' + id + '"]'), item = card(id);
    spans.forEach(function (one) { one.classList.add("on"); });
    if (item) item.classList.add("on");
    if (where === "source") {
      if (narrow()) side("src");
      if (spans[0]) spans[0].scrollIntoView({ block: "center" });
    } else if (item) {
      if (narrow()) side("items");
      item.focus({ preventScroll: true });
      item.scrollIntoView({ block: "nearest" });
      if (!narrow() && spans[0] && where !== "item") spans[0].scrollIntoView({ block: "nearest" });
    }
    chosen = String(id);
  }

  function move(step) {
    var list = cards(), at = list.indexOf(current());
    var next = list[at === -1 ? 0 : Math.max(0, Math.min(list.length - 1, at + step))];
    if (next) choose(next.dataset.item);
  }

  document.addEventListener("click", function (event) {
    var target = event.target;
    if (!target.closest) return;
    var button = target.closest("[data-side]"), show = target.closest("[data-show]"), drop = target.closest("[data-drop-slot]");
    if (button) { side(button.dataset.side); return; }
    if (drop) { var slot = drop.closest(".ri-slot, #new-item"); if (slot) slot.replaceChildren(); return; }
    if (show && show.tagName === "A") { event.preventDefault(); choose(show.dataset.show, "source"); return; }
    var sign = target.closest("[data-source] [data-for]");
    if (sign) { choose(sign.dataset.for, "item"); return; }
    var span = target.closest("[data-source] [data-i]");
    if (span && window.getSelection().isCollapsed) {
      /* Innermost first; clicking again goes outwards. */
      var ids = span.dataset.i.split(" ").filter(card).reverse(), at = ids.indexOf(chosen);
      if (ids.length) choose(ids[(at + 1) % ids.length], "item");
      return;
    }
    var item = target.closest("[data-item]");
    if (item && !target.closest("a, button, input, select, textarea, summary, label")) choose(item.dataset.item);
  });

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !document.querySelector("[data-work]")) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
      if (event.key === "Escape") { var at = event.target.closest("[data-item]"); if (at) at.focus(); }
      return;
    }
    var key = event.key.toLowerCase();
    if (key === "j" || key === "k") { move(key === "j" ? 1 : -1); event.preventDefault(); return; }
    var item = current(), button = item && /^[aers]$/.test(key) && item.querySelector('[data-key="' + key + '"]');
    if (!button) return;
    button.click();
    event.preventDefault();
    var reason = key === "r" && item.querySelector('[name="reason"]');
    if (reason) reason.focus();
  });

  /* --- a selection of the source --------------------------------------------------------------------------- */

  function offset(node, within) {
    var host = node.nodeType === 3 ? node.parentElement : node, span = host && host.closest("[data-o]");
    if (!span) return null;
    var range = document.createRange();
    range.setStart(span, 0);
    range.setEnd(node, within);
    /* Places are counted in code points. */
    return Number(span.dataset.o) + Array.from(range.toString()).length;
  }

  function selected() {
    var selection = window.getSelection(), source = document.querySelector("[data-source]");
    if (!source || selection.isCollapsed || !selection.rangeCount) return null;
    var range = selection.getRangeAt(0);
    if (!source.contains(range.commonAncestorContainer)) return null;
    var start = offset(range.startContainer, range.startOffset), end = offset(range.endContainer, range.endOffset);
    if (start === null && range.startContainer.nextElementSibling) start = Number(range.startContainer.nextElementSibling.dataset.o);
    return start !== null && end !== null && end - start >= 2 ? { start: start, end: end, words: selection.toString() } : null;
  }

  document.addEventListener("selectionchange", function () {
    var box = document.getElementById("pick");
    if (!box || box.contains(document.activeElement)) return;
    var found = selected();
    box.hidden = !found;
    if (!found) return;
    box.dataset.start = found.start;
    box.dataset.end = found.end;
    box.dataset.words = found.words;
    box.querySelector("[data-use]").hidden = !document.querySelector("[data-mend]");
  });

  document.addEventListener("mousedown", function (event) {
    /* The selection stays while one of the buttons is pressed. */
    if (event.target.closest && event.target.closest("#pick")) event.preventDefault();
  });

  document.addEventListener("click", function (event) {
    var box = event.target.closest && event.target.closest("#pick"), button = box && event.target.closest("button");
    if (!button) return;
    if (button.dataset.as) {
      window.htmx.ajax("GET", box.dataset.pick + "?start=" + box.dataset.start + "&end=" + box.dataset.end + "&as=" + button.dataset.as,
        { target: "#new-item", swap: "innerHTML" }).then(function () {
          if (narrow()) side("items");
          var made = document.querySelector("#new-item form");
          if (made) { made.scrollIntoView({ block: "nearest" }); var first = made.querySelector("input:not([type=hidden]), select, textarea"); if (first) first.focus({ preventScroll: true }); }
        });
    } else {
      var form = document.querySelector("[data-mend]");
      if (!form) return;
      form.querySelector('[name="start"]').value = box.dataset.start;
      form.querySelector('[name="end"]').value = box.dataset.end;
      var said = form.querySelector("[data-picked]");
      said.hidden = false;
      said.querySelector("q").textContent = box.dataset.words;
      if (narrow()) side("items");
    }
    box.hidden = true;
    window.getSelection().removeAllRanges();
  });

  /* --- swaps ------------------------------------------------------------------------------------------------ */

  document.addEventListener("htmx:beforeSwap", function (event) {
    var target = event.detail.target;
    if (!target) return;
    if (target.id === "work" && event.detail.requestConfig && !event.detail.requestConfig.elt.matches("[data-turn], .rv-tools")) {
      scrolled = [".rv-src", ".rv-items"].map(function (one) { var pane = document.querySelector(one); return pane ? pane.scrollTop : 0; });
    }
    if (target.matches("[data-item]")) {
      var list = cards(), at = list.indexOf(target);
      var rest = list.slice(at + 1).concat(list.slice(0, at)).filter(function (one) { return one.dataset.state === "found"; });
      after = rest[0] ? rest[0].dataset.item : target.dataset.item;
    }
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    var box = document.querySelector("[data-reload-when-done]");
    if (box && !box.querySelector("[hx-get]")) { window.location.reload(); return; }
    var work = document.querySelector("[data-work]"), target = event.detail.target || event.detail.elt;
    if (!work || !target) return;
    if (after !== null && document.querySelector("#cards")) {
      cards().forEach(function (item) {
        all('[data-for="' + item.dataset.item + '"]').forEach(function (sign) {
          sign.className = sign.className.replace(/\bs-\w+/, "s-" + item.dataset.state);
        });
      });
      var next = after;
      after = null;
      choose(next);
    } else if (work.dataset.focus) {
      if (scrolled) [".rv-src", ".rv-items"].forEach(function (one, n) { var pane = document.querySelector(one); if (pane) pane.scrollTop = scrolled[n]; });
      var id = work.dataset.focus;
      delete work.dataset.focus;
      choose(id);
    }
    if (target.classList && target.classList.contains("ri-slot")) {
      deadlines();
      var first = target.querySelector(".field-bad input, .field-bad select, input:not([type=hidden]), button.cut");
      if (first) first.focus({ preventScroll: true });
    }
    deadlines();
  });

  /* Of the fields of a deadline only those that its kind uses. */
  function deadlines() {
    all('select[name="when"]').forEach(function (select) {
      var form = select.form, uses = { by: ["last"], period: ["first", "last"], recurring: ["rule"] }[select.value] || [];
      ["first", "last", "rule"].forEach(function (name) {
        var field = form.elements[name], box = field && field.closest(".field");
        if (box) box.hidden = uses.indexOf(name) === -1;
      });
    });
  }
  document.addEventListener("change", function (event) { if (event.target.name === "when") deadlines(); });

  /* --- the read view: a place that is not the beginning of a stretch lies in the last stretch before it ------- */

  function place() {
    var match = /^#c(\d+)$/.exec(window.location.hash);
    if (!match || document.getElementById("c" + match[1])) return;
    var best = null;
    all("[data-plan-text] [data-o]").forEach(function (one) { if (Number(one.dataset.o) <= Number(match[1])) best = one; });
    if (best) { best.classList.add("on"); best.scrollIntoView({ block: "center" }); }
  }
  window.addEventListener("hashchange", place);

  function begin() {
    place();
    var work = document.querySelector("[data-work]"), at = work && /[?&]at=(\d+)/.exec(window.location.search);
    if (at) {
      var span = document.getElementById("c" + at[1]), ids = span ? (span.dataset.i || "").split(" ").filter(card) : [];
      if (ids.length) choose(ids[ids.length - 1]);
    }
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
