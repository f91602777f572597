// Draws every `figure[data-chart]` with uPlot from {times, series: [{name, unit, values}], events: [{at, says}]}.
// What stands in the figure stays for readers of screens, and for everybody when the drawing fails.

const COLORS = ["--brand", "--warning", "--watch", "--unknown", "--down", "--paused", "--ok"];
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
const SIZES = ["B", "KB", "MB", "GB", "TB"];
const POWERS = Array.from({ length: 50 }, (_, power) => 2 ** power);
const HEIGHT = 190, MANY = 12;
const drawn = new Map(); // figure -> { plot, box, text }

const HOUR = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "numeric" });
const number = new Intl.NumberFormat(document.documentElement.lang, { maximumSignificantDigits: 3 });

export function written(value, unit) {
  if (value === null || value === undefined) return "–";
  const [kind, rate] = unit.split("/");
  const tail = rate ? `/${rate}` : "";
  if (kind === "bytes") {
    const power = Math.max(0, Math.min(SIZES.length - 1, Math.floor(Math.log2(Math.abs(value) || 1) / 10)));
    return `${number.format(value / 1024 ** power)} ${SIZES[power]}${tail}`;
  }
  if (kind === "percent") return `${number.format(value)} %${tail}`;
  if (kind === "celsius") return `${number.format(value)} °C${tail}`;
  if (kind === "watts") return `${number.format(value)} W${tail}`;
  if (kind === "seconds") return `${number.format(value)} s${tail}`;
  return `${number.format(value)}${tail}`;
}

function colorOf(box, name) {
  box.style.color = `var(${name})`; // a pair of colors is resolved only where it is used
  const color = getComputedStyle(box).color;
  box.style.color = "";
  return color;
}

function axisOf(unit, at, colors) {
  return {
    scale: unit, side: at ? 1 : 3, size: 72, stroke: colors.quiet, font: colors.font,
    incrs: unit.startsWith("bytes") ? POWERS : undefined,
    grid: { show: !at, stroke: colors.line, width: 1 }, ticks: { show: false },
    values: (_, ticks) => ticks.map((tick) => written(tick, unit)),
  };
}

function eventLines(data, colors, says) {
  const near = (plot, left) => data.events.filter((each) => Math.abs(plot.valToPos(each.at, "x") - left) < 8);
  return {
    hooks: {
      draw: [(plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.strokeStyle = ctx.fillStyle = colors.event;
        ctx.setLineDash([3, 3]);
        for (const each of data.events) {
          const x = plot.valToPos(each.at, "x", true);
          if (x < bbox.left || x > bbox.left + bbox.width) continue;
          ctx.beginPath(); ctx.moveTo(x, bbox.top); ctx.lineTo(x, bbox.top + bbox.height * (data.events.length > MANY ? 0.08 : 1)); ctx.stroke();
          if (data.events.length > MANY) continue; // many would hide the lines: a mark at the top is enough
          ctx.beginPath(); ctx.moveTo(x - 5, bbox.top); ctx.lineTo(x + 5, bbox.top); ctx.lineTo(x, bbox.top + 8); ctx.fill();
        }
        ctx.restore();
      }],
      setCursor: [(plot) => { if (plot.cursor.left < 0) newest(plot); says.textContent = near(plot, plot.cursor.left ?? -99).slice(0, 4).map((each) => each.says).join(" · "); }],
    },
  };
}

function options(figure, box, data, says) {
  const colors = { quiet: colorOf(box, "--quiet"), line: colorOf(box, "--line"), event: colorOf(box, "--unknown"), font: `12px ${getComputedStyle(document.body).fontFamily}` };
  const units = [...new Set(data.series.map((each) => each.unit))];
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short", hourCycle: "h23" });
  const scales = { x: { time: true } };
  for (const unit of units) {
    const top = unit === "percent" ? 100 : 0; // all of it is a hundred; only what can be more grows beyond
    scales[unit] = { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(top, (high ?? 1) * (high > top ? 1.05 : 1)) || 1] };
  }
  return {
    width: Math.max(200, box.clientWidth), height: HEIGHT, scales,
    cursor: { sync: { key: "page", scales: ["x", null] }, drag: { x: false, y: false }, points: { size: 7 } },
    legend: { live: true },
    axes: [
      { stroke: colors.quiet, font: colors.font, grid: { show: false }, ticks: { stroke: colors.line, size: 4 }, size: 34,
        values: (_, ticks, __, ___, step) => ticks.map((tick) => (step < 86_400 ? HOUR : DAY).format(tick * 1000)) },
      ...units.slice(0, 2).map((unit, at) => axisOf(unit, at, colors)),
    ],
    series: [
      { label: figure.dataset.time, value: (_, at) => (at ? clock.format(at * 1000) : "–") },
      ...data.series.map((each, at) => ({
        label: each.name, scale: each.unit, width: 1.75, stroke: colorOf(box, COLORS[at % COLORS.length]),
        dash: DASHES[Math.floor(at / COLORS.length) % DASHES.length] ?? [], spanGaps: false,
        fill: data.series.length === 1 ? colorOf(box, "--sunk") : undefined,
        points: { show: data.times.length < 3 }, value: (_, value) => written(value, each.unit),
      })),
    ],
    plugins: [eventLines(data, colors, says)],
  };
}

function newest(plot) {
  const last = plot.data[0].length - 1;
  if (plot.legend.idx !== last) plot.setLegend({ idx: last }, false); // without a pointer the legend tells the newest
}

function draw(figure, text) {
  const data = { events: [], ...JSON.parse(text) };
  forget(figure);
  const box = figure.querySelector(".plot");
  if (!data.times.length || !data.series.length) return; // nothing was measured: the text says so
  const says = document.createElement("p");
  says.className = "quiet event";
  const plot = new uPlot(options(figure, box, data, says), [data.times, ...data.series.map((each) => each.values)], box);
  box.append(says);
  plot.root.tabIndex = 0;
  plot.root.role = "img";
  plot.root.ariaLabel = figure.querySelector("figcaption").textContent.trim();
  plot.root.addEventListener("keydown", (event) => step(event, plot, data.times));
  newest(plot);
  drawn.set(figure, { plot, text });
  sizes.observe(box);
}

function step(event, plot, times) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const at = Math.max(0, Math.min(times.length - 1, (plot.cursor.idx ?? times.length) + by));
  plot.setCursor({ left: plot.valToPos(times[at], "x"), top: plot.cursor.top > 0 ? plot.cursor.top : 1 });
}

function forget(figure) {
  drawn.get(figure)?.plot.destroy();
  drawn.delete(figure);
  figure.querySelector(".plot").replaceChildren();
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const plot = drawn.get(target.closest("figure"))?.plot;
    const width = Math.floor(target.clientWidth);
    if (plot && width > 0 && plot.width !== width) plot.setSize({ width, height: HEIGHT });
  }
});

async function show(figure) {
  if (figure.dataset.busy) return;
  figure.dataset.busy = "yes";
  try {
    const answer = await fetch(figure.dataset.chart, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const text = await answer.text();
    const known = drawn.get(figure);
    if (known?.text !== text || !known.plot.root.isConnected) draw(figure, text);
    said(figure, false);
  } catch {
    if (!drawn.has(figure)) forget(figure);
    said(figure, true); // what is drawn already stays, with the line that says it is not fresh
  } finally {
    delete figure.dataset.busy;
  }
}

function said(figure, isFailed) {
  const line = figure.querySelector("[data-failed]");
  if (line) line.hidden = !isFailed;
}

function mount() {
  for (const figure of drawn.keys()) if (!figure.isConnected) { drawn.get(figure).plot.destroy(); drawn.delete(figure); }
  for (const figure of document.querySelectorAll("figure[data-chart]")) show(figure);
}

function dress() {
  for (const [figure, { text }] of [...drawn]) draw(figure, text);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dress);
new MutationObserver(dress).observe(document.documentElement, { attributeFilter: ["data-theme"] });
document.addEventListener("htmx:after:swap", mount);
mount();
