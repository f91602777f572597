// Keeps one page for when Steward cannot be reached, and the files it is made of. No page that shows anything of the
// lab is ever kept: what is on the screen was fetched just then.

const BASE = new URL(self.registration.scope).pathname;
const SHELL = `${BASE}offline`;
const CACHE = `steward-shell ${BASE}`;

async function fill() {
  await caches.delete(CACHE);
  const page = await fetch(SHELL, { cache: "reload" });
  if (!page.ok) throw new Error(`the shell answers ${page.status}`);
  const parts = [...(await page.clone().text()).matchAll(/href="([^"]*\/static\/[^"]*)"/g)].map(([, address]) => address);
  const cache = await caches.open(CACHE);
  await cache.put(SHELL, page);
  await cache.addAll(parts);
}

async function shell() {
  return (await caches.match(SHELL)) ?? Response.error();
}

// The browser's own request for a page, sent while the worker wakes: one that the worker sends anew no longer says that
// it opens a document, and the front door refuses such a request when it comes from a link elsewhere.
async function page(event) {
  return (await event.preloadResponse) ?? fetch(event.request);
}

async function begin() {
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

async function part(request) {
  return fetch(request).catch(async () => (await caches.match(request)) ?? Response.error());
}

async function signedOut(request) {
  const answer = await fetch(request);
  await fill().catch(() => caches.delete(CACHE)); // a shell that cannot be fetched anew is not worth keeping
  return answer;
}

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(begin()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.method === "POST" && pathname === `${BASE}sign-out`) event.respondWith(signedOut(request));
  else if (request.method === "GET" && request.mode === "navigate") event.respondWith(page(event).catch(shell));
  else if (request.method === "GET" && pathname.startsWith(`${BASE}static/`)) event.respondWith(part(request));
});
