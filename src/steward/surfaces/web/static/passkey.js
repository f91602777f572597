// Passkeys: a button asks the browser, the answer travels in the form that the button stands in.
// Without this file, or in a browser that knows no passkeys, the buttons are not shown and passwords do.

const root = document.documentElement;
const base = root.dataset.base ?? "";
if (window.PublicKeyCredential?.parseRequestOptionsFromJSON && navigator.credentials) root.dataset.passkeys = "yes";

async function question(address, fields, csrf) {
  const headers = { Accept: "application/json", ...(csrf ? { "X-CSRF-Token": csrf } : {}) };
  const answer = await fetch(base + address, { method: "POST", headers, body: new URLSearchParams(fields) });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail ?? told.title);
  return told;
}

const asks = {
  async "sign-in"(form) {
    const told = await question("/sign-in/passkey/ask", {});
    form.elements.ticket.value = told.ticket;
    return answered(told.options);
  },
  async prove(form) {
    const about = new URL(form.action).pathname.slice(base.length);
    return answered((await question("/settings/security/ask", { about }, form.elements.csrf.value)).options);
  },
  async add(form) {
    const told = await question("/settings/security/passkeys/ask", {}, form.elements.csrf.value);
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(told.options) });
  },
};

function answered(options) {
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

async function use(button) {
  const form = button.form;
  const problem = form.querySelector(".passkey-problem");
  const replaced = [...form.querySelectorAll("input[name=password], input[name=code]")];
  for (const each of replaced) each.required = false;
  problem.textContent = "";
  button.disabled = true;
  try {
    if (!form.reportValidity()) return;
    form.elements.passkey.value = JSON.stringify((await asks[button.dataset.passkey](form)).toJSON());
    for (const each of replaced) {
      each.value = "";
      each.required = false; // a page that fetched itself anew meanwhile asks for it again
    }
    form.requestSubmit();
  } catch (error) {
    // The browser's own words are about the browser; a refusal of Steward says what to do.
    problem.textContent = error instanceof DOMException ? problem.dataset.says : error.message;
  } finally {
    button.disabled = false;
    if (!form.elements.passkey.value) for (const each of replaced) each.required = true;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-passkey]");
  if (button) use(button);
});
document.addEventListener("submit", (event) => {
  // Enter in a form that has nothing to send but the answer of a passkey asks for that.
  const button = event.target.matches(".passkey-form") && !event.target.elements.passkey.value && event.target.querySelector("button[data-passkey]");
  if (!button) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  use(button);
});
window.addEventListener("pageshow", () => {
  for (const each of document.querySelectorAll("input[type=hidden][name=passkey]")) each.value = "";
});
