// The drafting page of a care plan keeps itself: a moment after each change, and again when there was no connection.
(function () {
  "use strict";
  var form = document.getElementById("plan-sheet");
  if (!form || !window.fetch) return;
  var bar = form.querySelector(".plan-bar"), state = document.getElementById("plan-state"), timer = null, busy = false, stale = false, leaving = false, stopped = false;

  function say(text, off) { state.textContent = text; bar.classList.toggle("plan-off", !!off); }
  function later(wait) { window.clearTimeout(timer); timer = window.setTimeout(keep, wait); }

  function keep() {
    if (stopped || leaving) return;
    if (busy) { stale = true; return; }
    busy = true; stale = false;
    say(form.dataset.saving);
    fetch(form.action || window.location.pathname, { method: "POST", body: new FormData(form), headers: { "X-Autosave": "1", "Accept": "application/json" }, credentials: "same-origin" })
      .then(function (answer) { return answer.json().then(function (data) { return { ok: answer.ok, data: data }; }); })
      .then(function (found) {
        busy = false;
        if (!found.ok) { stopped = true; say(found.data.problem, true); return; }
        form.elements.version.value = found.data.version;
        say(form.dataset.saved + found.data.saved + " · " + (found.data.missing ? form.dataset.missing.replace("#", found.data.missing) : form.dataset.whole));
        dirty = stale;
        if (stale) later(600);
      })
      .catch(function () { busy = false; say(form.dataset.failed, true); later(5000); });
  }

  var dirty = false;
  form.addEventListener("input", function () { dirty = true; later(1500); });
  form.addEventListener("change", function () {
    dirty = true; later(400);
    document.getElementById("plan-ticked").textContent = form.querySelectorAll(".plan-need > header > .plan-tick > input:checked").length;
  });
  // A button sends the whole page: what waits to be kept goes with it, after an answer under way has told its version.
  form.addEventListener("submit", function (event) {
    if (!busy) { leaving = true; window.clearTimeout(timer); return; }
    event.preventDefault();
    delete form.dataset.sent;
    var button = event.submitter;
    window.setTimeout(function () { form.requestSubmit(button || undefined); }, 200);
  });
  window.addEventListener("beforeunload", function (event) { if (dirty && !leaving && !stopped) event.preventDefault(); });
  window.addEventListener("pageshow", function () { leaving = false; });
})();
