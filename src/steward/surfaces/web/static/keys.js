// Keys and the palette. Letters do nothing while something is typed, with Ctrl, Alt or Meta, or when turned off.
// Everything they do can be done without them.

const palette = document.getElementById("palette");
const words = document.getElementById("palette-words");
const found = document.getElementById("palette-found");
const none = document.getElementById("palette-none");
const help = document.getElementById("keys");
const off = document.getElementById("keys-off");
const OFF = "steward-keys-off";
const MOST = 12;
let places = null;
let isGoing = false;

function isOff() {
  try { return localStorage.getItem(OFF) === "yes"; } catch { return false; } // storage may be forbidden: keys stay on
}

async function openPalette() {
  palette.showModal();
  words.value = "";
  places ??= await fetch(palette.dataset.source, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : null), () => null); // asked again at the next opening
  list();
}

function fits(place, wanted) {
  const text = `${place.says} ${place.kind}`.toLowerCase();
  return wanted.every((word) => text.includes(word));
}

function list() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = (places ?? []).filter((place) => fits(place, wanted)).slice(0, MOST);
  found.replaceChildren(...hits.map(entry));
  none.hidden = hits.length > 0;
  choose(0);
}

function entry(place, number) {
  const item = document.createElement("li");
  item.id = `palette-${number}`;
  item.role = "option";
  const link = document.createElement("a");
  link.href = place.address;
  link.tabIndex = -1;
  link.textContent = place.says;
  const kind = document.createElement("span");
  kind.className = "quiet";
  kind.textContent = place.kind;
  link.append(" ", kind);
  item.append(link);
  return item;
}

function chosen() {
  return [...found.children].findIndex((item) => item.ariaSelected === "true");
}

function choose(number) {
  [...found.children].forEach((item, at) => { item.ariaSelected = String(at === number); });
  words.setAttribute("aria-activedescendant", found.children[number]?.id ?? "");
  found.children[number]?.scrollIntoView({ block: "nearest" });
}

words?.addEventListener("input", list);
palette?.addEventListener("click", (event) => { if (event.target === palette) palette.close(); });
words?.addEventListener("keydown", (event) => {
  const count = found.children.length;
  if (event.key === "ArrowDown" && count) choose((chosen() + 1) % count);
  else if (event.key === "ArrowUp" && count) choose((chosen() - 1 + count) % count);
  else if (event.key === "Enter") found.children[chosen()]?.firstElementChild.click();
  else if (event.key === "Escape") palette.close(); // a search field would only empty itself
  else return;
  event.preventDefault();
});

function openHelp() {
  const here = document.getElementById("keys-here");
  here.replaceChildren(...[...document.querySelectorAll("main [data-key]")].flatMap((each) => {
    const key = document.createElement("dt");
    key.append(Object.assign(document.createElement("kbd"), { textContent: each.dataset.key }));
    const says = document.createElement("dd");
    says.textContent = each.dataset.keySays ?? each.ariaLabel ?? each.textContent.trim();
    return [key, says];
  }));
  here.hidden = !here.children.length;
  off.checked = isOff();
  help.showModal();
}

off?.addEventListener("change", () => {
  try { localStorage.setItem(OFF, off.checked ? "yes" : "no"); } catch { off.checked = false; }
});

function move(step) {
  const items = [...document.querySelectorAll("main [data-item] a, main .cards h3 a, main .lines a, main tbody th a")]
    .filter((each) => each.checkVisibility());
  if (!items.length) return;
  const at = items.indexOf(document.activeElement);
  items[at < 0 ? (step > 0 ? 0 : items.length - 1) : (at + step + items.length) % items.length].focus();
}

function use(element) {
  if (element.matches("summary")) element.click();
  element.focus();
  if (element.matches("a[href], [data-key-click]")) element.click();
}

function letter(key) {
  if (isGoing) {
    isGoing = false;
    const room = [...document.querySelectorAll(".nav [data-room]")].find((each) => each.dataset.room === key);
    room?.click();
    return Boolean(room);
  }
  if (key === "g") { isGoing = true; setTimeout(() => { isGoing = false; }, 1500); return true; }
  if (key === "/") { openPalette(); return true; }
  if (key === "?") { openHelp(); return true; }
  if (key === "j" || key === "k") { move(key === "j" ? 1 : -1); return true; }
  const element = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
  if (element) use(element);
  return Boolean(element);
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    openPalette();
    return;
  }
  const isTyping = event.target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || isOff() || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && !event.target.matches("body, main")) return; // it belongs to what has the focus
  if (letter(event.key)) event.preventDefault();
});

for (const each of document.querySelectorAll("[data-palette], [data-help]")) each.hidden = false;
document.querySelector("[data-palette]")?.addEventListener("click", openPalette);
document.querySelector("[data-help]")?.addEventListener("click", openHelp);
