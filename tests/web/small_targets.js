() => [...document.querySelectorAll("button, summary, input:not([type=hidden]):not([hidden]), nav a")]
  .filter((e) => e.checkVisibility() && !e.hidden)
  .map((e) => (["checkbox", "radio"].includes(e.type) ? e.closest("label") : e))
  .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([, r]) => r.height < 43.9).map(([html, r]) => `${html} ${r.height}`)
