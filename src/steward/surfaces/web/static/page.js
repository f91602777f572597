// Small comforts every page has: ages stay fresh, lines can be copied, what failed gets the focus.
// Everything works without this file.

const UNITS = [[120, 1, "s"], [7200, 60, "min"], [172800, 3600, "h"], [Infinity, 86400, "d"]];

function span(seconds) {
  const [, divisor, unit] = UNITS.find(([limit]) => seconds < limit);
  return `${Math.floor(seconds / divisor)} ${unit}`;
}

function rewrite(element, seconds) {
  // The server wrote the sentence in its language; only its number and unit are replaced.
  element.textContent = element.textContent.replace(/\d+ (s|min|h|d)\b/, span(Math.max(0, Math.floor(seconds))));
}

function refreshAges() {
  const now = Date.now();
  for (const each of document.querySelectorAll("time[data-age]")) rewrite(each, (now - Date.parse(each.dateTime)) / 1000);
  for (const each of document.querySelectorAll("time[data-left]")) rewrite(each, (Date.parse(each.dateTime) - now) / 1000);
}

function offerCopies() {
  if (!navigator.clipboard) return;
  for (const each of document.querySelectorAll("button[data-copy][hidden]")) each.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-copy]");
  if (!button) {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    return;
  }
  await navigator.clipboard.writeText(button.dataset.copy);
  const says = button.textContent;
  button.textContent = "✓";
  setTimeout(() => { button.textContent = says; }, 1500);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.firstElementChild.focus(); }
});

document.addEventListener("submit", (event) => {
  // A second tap on a slow link must not ask twice. A form that only closes its dialog is sent nowhere.
  if (event.target.method === "dialog") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const each of document.querySelectorAll("form[data-sent]")) delete each.dataset.sent;
});

// The bar at the foot of a small screen leads to the form of a decision; where its button is in view the bar would only cover it.
// Kept at the body, which stays what it is when the page fetches itself anew.
const decision = document.querySelector(".decide button.main");
if (decision) new IntersectionObserver(([seen]) => { document.body.classList.toggle("at-decision", seen.isIntersecting); }, { threshold: 1 }).observe(decision);

for (const log of document.querySelectorAll("[data-tail]")) log.scrollTop = log.scrollHeight;
document.getElementById("problem")?.focus();
offerCopies();
setInterval(refreshAges, 10_000);
