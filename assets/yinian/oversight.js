// The expert's page: the sum of the points as they are typed, and the draft kept by itself.
(() => {
  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const sum = form.querySelector("[data-sum]");
  const state = form.querySelector("[data-state]");
  const version = form.querySelector("input[name=version]");
  const add = () => {
    let total = 0;
    for (const field of form.querySelectorAll("input[name^=points_]")) total += Number(field.value) || 0;
    sum.textContent = `${sum.dataset.words} ${Math.round(total * 100) / 100} / ${Number(sum.dataset.sum)}`;
  };
  let timer = 0;
  let sending = false;
  let again = false;
  let closed = false;
  const keep = async () => {
    if (closed) return;
    if (sending) { again = true; return; }
    sending = true;
    try {
      const answer = await fetch(form.action || location.href, {
        method: "POST", body: new FormData(form), headers: { "X-Requested-With": "draft" }, credentials: "same-origin",
      });
      if (!answer.ok) throw new Error(String(answer.status));
      version.value = (await answer.json()).version;
      const now = new Date();
      const time = `${String(now.getHours()).padStart(2, "0")}:${String(now.getMinutes()).padStart(2, "0")}`;
      state.textContent = form.dataset.kept.replace("%(time)s", time);
    } catch {
      state.textContent = form.dataset.failed;
      timer = window.setTimeout(keep, 15000);
    } finally {
      sending = false;
      if (again) { again = false; keep(); }
    }
  };
  form.addEventListener("input", () => {
    add();
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, 1200);
  });
  // The version must be the latest when the form itself goes: wait for a draft that is under way.
  form.addEventListener("submit", (event) => {
    window.clearTimeout(timer);
    if (!sending) { closed = true; return; }
    event.preventDefault();
    again = false;
    const button = event.submitter;
    const wait = window.setInterval(() => {
      if (sending) return;
      window.clearInterval(wait);
      form.requestSubmit(button);
    }, 100);
  });
  add();
})();
