// Tells whether the page is live. The stream only names what changed; htmx then fetches it like any other page.

const dot = document.getElementById("live");
const says = dot?.querySelector(".says");
const PATIENCE = 15_000;
let lost = null;

function show(state, text) {
  if (!dot || dot.dataset.state === state) return;
  dot.dataset.state = state;
  says.textContent = text;
}

function isLive() {
  show("live", says.dataset.live);
  if (lost) for (const topic of ["now", "card", "run"]) htmx.trigger(dot, topic); // something may have been missed
  lost = null;
}

function isLost() {
  if (dot.dataset.state === "over") return;
  lost ??= new Date();
  if (Date.now() - lost < PATIENCE) show("again", says.dataset.again);
  else show("stale", `${says.dataset.stale} ${lost.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`);
}

document.addEventListener("htmx:sse:after:connection", (event) => {
  if (event.detail.connection.status === 200) isLive();
});
document.addEventListener("htmx:sse:before:connection", (event) => {
  if (event.detail.connection.attempt > 0) isLost();
});
document.addEventListener("htmx:sse:error", (event) => {
  if (event.detail.status !== 401) return isLost();
  show("over", says.dataset.over);
  event.detail.connection.config.reconnect = false;
});
document.addEventListener("htmx:sse:close", () => isLost());
