// A log that stands at its end follows what is added; one that was scrolled up stays where it is.
// A fold that somebody opened or closed stays so when the page fetches itself anew.

const ended = new WeakMap();
const chosen = new Map();
const NEAR = 8;

function follow() {
  for (const log of document.querySelectorAll("[data-tail]")) if (ended.get(log) ?? true) log.scrollTop = log.scrollHeight;
  for (const [id, open] of chosen) {
    const fold = document.getElementById(id);
    if (fold && fold.open !== open) fold.open = open;
  }
}

document.addEventListener("scroll", (event) => {
  const log = event.target;
  if (log.matches?.("[data-tail]")) ended.set(log, log.scrollHeight - log.scrollTop - log.clientHeight < NEAR);
}, true);

document.addEventListener("click", (event) => {
  const fold = event.target.closest?.("summary")?.parentElement;
  if (fold?.id) chosen.set(fold.id, !fold.open); // what the click is about to make of it
});

new MutationObserver(follow).observe(document.body, { childList: true, subtree: true, characterData: true, attributeFilter: ["open"] });
follow();
