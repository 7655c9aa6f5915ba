"use strict";
// Small comforts of every page; each form and link works without them.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
// A second click while the first is on its way would only meet a refusal.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.defaultPrevented) return;
  setTimeout(() => {
    button.disabled = true;
    button.dataset.sent = "";
    if (button.dataset.once) button.textContent = button.dataset.once;
  });
});
// A refused form says why at its top, and the keyboard starts there. A fold that holds what is
// wrong stands open, also where the link from the top leads into one.
const errors = document.querySelector("[data-errors]");
if (errors) {
  document.querySelectorAll("details:has(.field.bad)").forEach((fold) => { fold.open = true; });
  errors.focus();
  errors.scrollIntoView({ block: "center" });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-errors] a");
  const target = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!target) return;
  event.preventDefault();
  target.closest("details")?.setAttribute("open", "");
  target.scrollIntoView({ block: "center" });
  (target.matches("input, select, textarea") ? target : target.parentElement.querySelector("input"))?.focus();
});
// Coming back to a kept page finds its buttons alive again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("[data-sent]").forEach((b) => { b.disabled = false; });
});
// Whoever logs out leaves no household on this machine; what waits to be sent stays.
document.addEventListener("submit", (event) => {
  if (window.indexedDB && event.target.action.endsWith("/logout/")) indexedDB.deleteDatabase("yuexi-day");
});
// On a phone each cell says what it is; the words are the table's own heads.
function label(root) {
  root.querySelectorAll("table").forEach((table) => {
    if (table.closest(".book")) return; // a printed form stays a table
    const heads = [...table.querySelectorAll("thead th")].map((th) => th.textContent.replace(/[↑↓↕]/g, "").trim());
    table.querySelectorAll("tbody tr").forEach((row) => {
      // A head that spans rows stands in the first of them alone.
      const missing = heads.length - [...row.cells].reduce((n, cell) => n + cell.colSpan, 0);
      [...row.cells].forEach((cell, i) => {
        const head = heads[i + missing];
        const told = i > 0 && head && cell.colSpan === 1 && !cell.classList.contains("clip") && !cell.querySelector("input, button, select");
        if (told) cell.dataset.label = head;
        if (cell.textContent.trim() === "—") cell.dataset.none = "";
      });
    });
  });
}
label(document);
document.addEventListener("htmx:afterSwap", (event) => label(event.target));
// The step that an item has reached is in sight, however long its way.
document.querySelectorAll(".chain .now").forEach((step) => {
  const chain = step.parentNode;
  chain.scrollLeft = step.offsetLeft - chain.offsetLeft - chain.clientWidth / 2 + step.clientWidth / 2;
});
