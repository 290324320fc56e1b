"use strict";
const pairs = [...document.querySelectorAll(".pair")];
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const here = document.activeElement.closest(".pair") || document.querySelector(".pair:target");
    const next = pairs[Math.min(Math.max(pairs.indexOf(here) + step, 0), pairs.length - 1)];
    if (next) next.querySelector(".number").focus();
  }
  const show = { b: "both", e: "en", o: "id" }[event.key];
  if (show) document.querySelector(`input[value="${show}"]`).checked = true;
});
