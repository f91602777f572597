// Registers the worker, where the browser has such a thing and the connection is one it trusts.

const base = document.documentElement.dataset.base;
const address = `${base}/worker.js`;

function trusted(url) {
  const rule = { createScriptURL: (wanted) => { if (wanted !== address) throw new TypeError("not our worker"); return wanted; } };
  return globalThis.trustedTypes ? trustedTypes.createPolicy("steward", rule).createScriptURL(url) : url;
}

navigator.serviceWorker?.register(trusted(address), { scope: `${base}/` }).catch(() => {}); // without it pages work the same
