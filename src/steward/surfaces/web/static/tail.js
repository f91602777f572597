// A log that stands at its end follows what is added; one that was scrolled up stays where it is.
// A fold that somebody opened or closed stays so when the page fetches itself anew.

const stood = new WeakMap(); // where a log that follows was left; Infinity for one that was scrolled up
const chosen = new Map();
const NEAR = 8;

function follow() {
  for (const log of document.querySelectorAll("[data-tail]")) {
    if (log.scrollTop < (stood.get(log) ?? 0)) continue; // scrolled up, and the event of it may still be under way
    log.scrollTop = log.scrollHeight;
    stood.set(log, log.scrollTop);
  }
  for (const [id, open] of chosen) {
    const fold = document.getElementById(id);
    if (fold && fold.open !== open) fold.open = open;
  }
}

document.addEventListener("scroll", (event) => {
  const log = event.target;
  if (!log.matches?.("[data-tail]")) return;
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  stood.set(log, isAtEnd ? log.scrollTop : Infinity);
}, true);

document.addEventListener("click", (event) => {
  const fold = event.target.closest?.("summary")?.parentElement;
  if (fold?.id) chosen.set(fold.id, !fold.open); // what the click is about to make of it
});

new MutationObserver(follow).observe(document.body, { childList: true, subtree: true, characterData: true, attributeFilter: ["open"] });
follow();
