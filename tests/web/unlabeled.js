() => [...document.querySelectorAll("input:not([type=hidden]):not([hidden]), select, button")]
  .filter((e) => e.checkVisibility())
  .filter((e) => !(e.labels?.length || e.textContent.trim() || e.getAttribute("aria-label")))
  .map((e) => e.outerHTML.slice(0, 100))
