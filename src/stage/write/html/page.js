"use strict";
const pairs = [...document.querySelectorAll(".pair")];
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
  const at = pairs.indexOf(document.activeElement.closest(".pair"));
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const next = pairs[Math.min(Math.max(at + step, 0), pairs.length - 1)];
    if (next) next.focus();
  }
  const show = { b: "both", e: "en", o: "id" }[event.key];
  if (show) document.querySelector(`input[value="${show}"]`).checked = true;
});
