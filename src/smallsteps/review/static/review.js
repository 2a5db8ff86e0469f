"use strict";
(() => {
  const opened = performance.now();
  let sent = false;
  for (const form of document.forms) {
    form.addEventListener("submit", (event) => {
      if (sent) { event.preventDefault(); return; }  // a second key press must not post twice
      sent = true;
      const seconds = form.querySelector("[data-seconds]");
      if (seconds) seconds.value = ((performance.now() - opened) / 1000).toFixed(2);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target instanceof HTMLElement && event.target.matches("input, textarea, select")) return;
    const button = document.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (button) { event.preventDefault(); button.click(); }
  });
})();
