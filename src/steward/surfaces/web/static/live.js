// Tells whether the page is live; loaded before htmx, so that it hears of the first connection.
// The stream only names what changed; htmx then fetches it like any other page.

const dot = document.getElementById("live");
const says = dot?.querySelector(".says");
const PATIENCE = 15_000;
let lost = null;

function show(state, text) {
  if (!dot || dot.dataset.state === state) return;
  dot.dataset.state = state;
  says.textContent = text;
}

function topics() {
  // What this page listens to stands in the address of its stream: `/live?now&card=K7QM`.
  return new URL(dot.getAttribute("hx-sse:connect"), location.href).searchParams.keys();
}

function isLive() {
  show("live", says.dataset.live);
  if (lost) for (const topic of topics()) htmx.trigger(dot, topic); // something may have been missed
  lost = null;
}

function isLost() {
  lost ??= new Date();
  if (Date.now() - lost < PATIENCE) show("again", says.dataset.again);
  else show("stale", `${says.dataset.stale} ${lost.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" })}`);
}

document.addEventListener("htmx:sse:after:connection", (event) => {
  if (event.detail.connection.status === 200) isLive();
});
document.addEventListener("htmx:sse:before:connection", (event) => {
  if (event.detail.connection.attempt > 0) isLost();
});
document.addEventListener("htmx:sse:error", (event) => {
  if (event.detail.status === 401) location.reload(); // the session is over: nothing stays on the screen, sign in again
  else isLost();
});
document.addEventListener("htmx:sse:close", () => isLost());
