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
// Coming back to a kept page finds its buttons alive again.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("[data-sent]").forEach((b) => { b.disabled = false; });
});
// Whoever logs out leaves no household on this machine; what waits to be sent stays.
document.addEventListener("submit", (event) => {
  if (window.indexedDB && event.target.action.endsWith("/logout/")) indexedDB.deleteDatabase("yuexi-day");
});
