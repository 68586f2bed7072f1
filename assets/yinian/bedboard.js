// Moving a resident on the plan of a home: drag to a free bed, or choose with keyboard or finger; always asked once.
(function () {
  "use strict";

  const board = document.querySelector("[data-board]");
  const dialog = document.getElementById("board-move");
  if (!board || !dialog) return;
  const form = dialog.querySelector("form");
  const mode = document.querySelector("[data-board-mode]");
  const said = document.querySelector("[data-board-said]");
  const cells = () => Array.from(board.querySelectorAll(".bed"));
  let chosen = null;

  function choose(cell) {
    if (chosen) chosen.classList.remove("bed-chosen");
    chosen = cell;
    board.classList.toggle("board-choosing", Boolean(cell));
    if (cell) cell.classList.add("bed-chosen");
    said.textContent = cell ? said.dataset.chosen.replace("{name}", cell.dataset.name) : said.dataset.start;
  }

  function ask(to) {
    if (!chosen || !to || !to.dataset.free) return;
    form.action = chosen.dataset.move;
    form.elements["version"].value = chosen.dataset.version;
    form.elements["change-bed"].value = to.dataset.bed;
    dialog.querySelector("[data-sentence]").textContent = dialog.dataset.sentence
      .replace("{name}", chosen.dataset.name).replace("{from}", chosen.dataset.label).replace("{to}", to.dataset.label);
    dialog.showModal();
  }

  function moving() { return mode.getAttribute("aria-pressed") === "true"; }

  function start(on) {
    mode.setAttribute("aria-pressed", String(on));
    said.hidden = !on;
    choose(null);
    if (on) {
      const first = cells().find((cell) => cell.dataset.move);
      if (first) first.focus();
    }
  }

  mode.addEventListener("click", () => start(!moving()));
  board.addEventListener("click", (event) => {
    const cell = event.target.closest(".bed");
    if (!cell || !moving()) return;
    event.preventDefault();
    if (cell.dataset.move) choose(cell === chosen ? null : cell);
    else if (chosen) ask(cell);
  });
  board.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".bed");
    if (!cell || !moving()) return;
    if (event.key === "Escape") { choose(null); return; }
    if (event.key === " ") { event.preventDefault(); cell.click(); return; }
    const all = chosen ? cells().filter((one) => one.dataset.free || one === chosen) : cells();
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = all.indexOf(cell);
    all[(at + step + all.length) % all.length].focus();
  });
  board.addEventListener("dragstart", (event) => {
    const cell = event.target.closest(".bed");
    if (!cell || !cell.dataset.move) return;
    choose(cell);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", cell.dataset.label);
  });
  board.addEventListener("dragover", (event) => {
    const cell = event.target.closest(".bed");
    if (chosen && cell && cell.dataset.free) event.preventDefault();
  });
  board.addEventListener("drop", (event) => {
    const cell = event.target.closest(".bed");
    if (!chosen || !cell) return;
    event.preventDefault();
    ask(cell);
  });
  dialog.querySelector("[data-board-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => { if (!moving()) choose(null); });
})();
