// Draws every `figure[data-graph]` from {nodes: [{id, name, kind, tone, state, machine, address, is_touched}],
// edges: [{of, on, tie, is_spare}]}: dagre says where, this file draws. The same as text stays below, under a fold.

const SVG = "http://www.w3.org/2000/svg";
const TONES = { ok: "●", watch: "○", warning: "▲", down: "■", unknown: "?", paused: "‖" };
const PICTURES = {
  machine: "server", guest: "boxes", service: "container", storage: "database", volume: "hard-drive", backup: "archive",
  proxy: "globe", name: "globe", supply: "battery-charging", network: "network", outside: "external-link", site: "house",
  person: "user",
};
const NOT_BREAKING = new Set(["is backed up by", "is named by"]);
const WRONG = new Set(["down", "warning"]);
const HIGH = 46, LETTER = 7.9, LONGEST = 26, LEAST_SCALE = 0.7;
const graphs = new Map(); // figure -> Drawing

function element(name, attributes = {}, ...inside) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function text(words, attributes) {
  const made = element("text", attributes);
  made.textContent = words;
  return made;
}

const shorter = (name, most = LONGEST) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);

function laidOut(data) {
  const graph = new dagre.graphlib.Graph({ compound: true, multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 40, edgesep: 10, marginx: 14, marginy: 14 });
  graph.setDefaultEdgeLabel(() => ({}));
  const on = Map.groupBy?.(data.nodes, (node) => node.machine) ?? new Map();
  const clusters = [...on].filter(([name, nodes]) => name && nodes.length > 1 && on.size > 1).map(([name]) => name);
  for (const name of clusters) graph.setNode(`machine ${name}`, {});
  for (const node of data.nodes) {
    const words = Math.max(shorter(node.name).length + 1, `${node.state} · ${node.kind_says ?? node.kind}`.length * 0.84 + 3);
    graph.setNode(node.id, { width: Math.max(96, Math.round(words * LETTER) + 40), height: HIGH });
    if (clusters.includes(node.machine)) graph.setParent(node.id, `machine ${node.machine}`);
  }
  for (const edge of data.edges) if (graph.hasNode(edge.of) && graph.hasNode(edge.on)) graph.setEdge(edge.of, edge.on, {}, edge.tie);
  dagre.layout(graph);
  return { graph, clusters };
}

class Drawing {
  constructor(figure, given) {
    this.figure = figure;
    this.given = given;
    this.data = JSON.parse(given);
    this.tones = new Map(this.data.nodes.map((node) => [node.id, node.tone]));
    this.links = new Map();
    const { graph, clusters } = laidOut(this.data);
    this.size = { width: graph.graph().width || 1, height: graph.graph().height || 1 };
    this.svg = element("svg", { class: "net", role: "group", "aria-label": figure.dataset.says });
    this.svg.append(this.arrow(), ...clusters.map((name) => this.cluster(name, graph.node(`machine ${name}`))));
    this.lines = this.data.edges.flatMap((edge) => this.edge(edge, graph.edge({ v: edge.of, w: edge.on, name: edge.tie })));
    this.svg.append(...this.lines, ...this.data.nodes.map((node) => this.node(node, graph.node(node.id))));
    figure.querySelector(".canvas").replaceChildren(this.svg);
    this.begin();
    this.listen();
  }

  arrow() {
    return element("defs", {}, element("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7.5, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" }, element("path", { d: "M0 0 8 4 0 8z" })));
  }

  cluster(name, box) {
    const left = box.x - box.width / 2, top = box.y - box.height / 2;
    return element("g", { class: "cluster" },
      element("rect", { x: left, y: top - 6, width: box.width, height: box.height + 6, rx: 10 }),
      text(shorter(name, 40), { x: left + 10, y: top + 10 }));
  }

  edge(edge, laid) {
    if (!laid?.points) return [];
    const [first, ...others] = laid.points;
    let path = `M${first.x} ${first.y}`;
    for (let at = 0; at < others.length - 1; at += 1) {
      const mid = at === others.length - 2 ? others[at + 1] : { x: (others[at].x + others[at + 1].x) / 2, y: (others[at].y + others[at + 1].y) / 2 };
      path += `Q${others[at].x} ${others[at].y} ${mid.x} ${mid.y}`;
    }
    if (others.length === 1) path += `L${others[0].x} ${others[0].y}`;
    const isWrong = WRONG.has(this.tones.get(edge.on)) && (WRONG.has(this.tones.get(edge.of)) || this.tones.get(edge.on) === "down");
    const name = (id) => this.data.nodes.find((node) => node.id === id)?.name ?? id;
    const title = element("title");
    title.textContent = `${name(edge.of)} ${edge.tie} ${name(edge.on)}`;
    const line = element("path", { d: path, class: `edge${isWrong ? " wrong" : ""}${edge.is_spare ? " spare" : ""}`, "marker-end": "url(#arrow)" }, title);
    line.of = edge.of;
    line.on = edge.on;
    return [line];
  }

  node(node, box) {
    const left = box.x - box.width / 2, top = box.y - HIGH / 2;
    const isOwn = typeof node.address === "string" && /^\/(?![/\\])/.test(node.address);
    const tone = node.tone in TONES ? node.tone : "unknown";
    const made = element(isOwn ? "a" : "g", {
      class: `node ${tone}${node.is_touched ? " touched" : ""}`, tabindex: 0, role: isOwn ? "link" : "img",
      href: isOwn ? document.documentElement.dataset.base + node.address : undefined,
      "aria-label": [node.name, node.kind_says ?? node.kind, node.state].filter(Boolean).join(", "),
    });
    const title = element("title");
    title.textContent = node.name;
    made.append(title,
      element("rect", { x: left, y: top, width: box.width, height: HIGH, rx: 8 }),
      element("use", { href: `${this.figure.dataset.icons}#${PICTURES[node.kind] ?? "box"}`, x: left + 9, y: top + 7, width: 16, height: 16, class: "picture" }),
      text(shorter(node.name), { x: left + 31, y: top + 20, class: "name" }),
      text(`${TONES[tone]} ${node.state}`, { x: left + 10, y: top + 37, class: "state" }),
      text(node.kind_says ?? node.kind, { x: left + box.width - 9, y: top + 37, class: "kind", "text-anchor": "end" }));
    made.of = node.id;
    this.links.set(node.id, { made, x: box.x, y: box.y });
    return made;
  }

  width() { return this.svg.clientWidth || this.figure.clientWidth || 600; }

  begin() {
    const whole = Math.min(1, this.width() / this.size.width);
    const scale = Math.max(whole, Math.min(1, LEAST_SCALE));
    const high = Math.min(Math.max(this.size.height * scale + 8, 64), innerHeight * 0.72);
    this.svg.style.height = `${Math.round(high)}px`;
    const wide = this.width() / scale;
    this.view = { x: (this.size.width - wide) / 2, y: 0, width: wide, height: high / scale };
    if (wide < this.size.width) this.lookAt(this.data.nodes.find((node) => node.is_touched || WRONG.has(node.tone)) ?? this.data.nodes[0]);
    this.show();
  }

  isWhole() { return this.size.width <= this.width() && this.size.height <= innerHeight * 0.72 && !this.figure.querySelector("[data-do=blast]"); }

  lookAt(node) {
    const place = this.links.get(node?.id);
    if (!place) return;
    const within = (middle, seen, all) => (seen >= all ? (all - seen) / 2 : Math.max(0, Math.min(all - seen, middle - seen / 2)));
    this.view.x = within(place.x, this.view.width, this.size.width);
    this.view.y = within(place.y, this.view.height, this.size.height);
  }

  show() { this.svg.setAttribute("viewBox", `${this.view.x} ${this.view.y} ${this.view.width} ${this.view.height}`); }

  fit() {
    const high = this.svg.clientHeight || 300;
    const scale = Math.min(1.5, this.width() / this.size.width, high / this.size.height);
    const [width, height] = [this.width() / scale, high / scale];
    this.view = { x: (this.size.width - width) / 2, y: (this.size.height - height) / 2, width, height };
    this.show();
  }

  zoom(factor, at = { x: this.view.x + this.view.width / 2, y: this.view.y + this.view.height / 2 }) {
    const scale = this.width() / this.view.width;
    const by = Math.max(0.08, Math.min(4, scale * factor)) / scale;
    this.view = { x: at.x - (at.x - this.view.x) / by, y: at.y - (at.y - this.view.y) / by, width: this.view.width / by, height: this.view.height / by };
    this.show();
  }

  point(event) {
    const box = this.svg.getBoundingClientRect();
    return { x: this.view.x + ((event.clientX - box.left) / box.width) * this.view.width, y: this.view.y + ((event.clientY - box.top) / box.height) * this.view.height };
  }

  listen() {
    const fingers = new Map();
    let moved = 0;
    this.svg.addEventListener("pointerdown", (event) => { fingers.set(event.pointerId, event); moved = 0; });
    this.svg.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const other = [...fingers.values()].find((each) => each.pointerId !== event.pointerId);
      if (other) {
        const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
        this.zoom(apart(event) / apart(before), this.point(other));
      } else {
        const scale = this.view.width / this.width();
        this.view.x -= (event.clientX - before.clientX) * scale;
        this.view.y -= (event.clientY - before.clientY) * scale;
        this.show();
      }
      moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
      if (moved > 6) this.svg.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, event);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) this.svg.addEventListener(end, (event) => fingers.delete(event.pointerId));
    this.svg.addEventListener("click", (event) => { if (moved > 6) event.preventDefault(); }, true); // a drag opens nothing
    this.svg.addEventListener("dragstart", (event) => event.preventDefault());
    this.svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return; // the wheel alone scrolls the page
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, this.point(event));
    }, { passive: false });
    this.svg.addEventListener("focusin", (event) => this.focused(event.target.closest(".node")));
    this.svg.addEventListener("keydown", (event) => { if (event.key === "Escape" && this.dimmed) { this.clear(); event.stopPropagation(); } });
  }

  focused(node) {
    if (!node) return;
    this.chosen = node.of;
    const place = this.links.get(node.of), { x, y, width, height } = this.view;
    if (!node.matches(":focus-visible")) return;
    if (place.x < x || place.x > x + width || place.y < y || place.y > y + height) { this.lookAt({ id: node.of }); this.show(); }
  }

  broken(root) {
    const found = new Set([root]);
    for (let grown = true; grown;) {
      const more = this.data.edges.filter((edge) => found.has(edge.on) && !found.has(edge.of) && !edge.is_spare && !NOT_BREAKING.has(edge.tie));
      for (const edge of more) found.add(edge.of);
      grown = more.length > 0;
    }
    return found;
  }

  blast() {
    const root = this.chosen ?? (this.data.nodes.find((node) => WRONG.has(node.tone)) ?? this.data.nodes[0])?.id;
    if (!root || this.dimmed === root) { this.clear(); return; }
    const kept = this.broken(root);
    this.dimmed = root;
    for (const [id, { made }] of this.links) { made.classList.toggle("dim", !kept.has(id)); made.classList.toggle("root", id === root); }
    for (const line of this.lines) line.classList.toggle("dim", !(kept.has(line.of) && kept.has(line.on)));
    const name = this.data.nodes.find((node) => node.id === root).name;
    this.say((this.figure.dataset.breaks ?? "").replace("{name}", name).replace("{count}", kept.size - 1));
  }

  clear() {
    this.dimmed = undefined;
    for (const each of this.svg.querySelectorAll(".dim, .root")) each.classList.remove("dim", "root");
    this.say("");
  }

  say(words) {
    const line = this.figure.querySelector("[data-told]");
    if (line) line.textContent = words;
  }
}

function attend(figure) {
  if (figure.attended) return;
  figure.attended = true;
  const fold = figure.querySelector("details.plain-graph");
  fold?.firstElementChild.addEventListener("click", () => { figure.isOpen = !fold.open; }); // remembered: a refresh brings it open
  figure.addEventListener("click", (event) => {
    const drawing = graphs.get(figure);
    const what = event.target.closest("button[data-do]")?.dataset.do;
    if (!what || !drawing) return;
    ({ in: () => drawing.zoom(1.3), out: () => drawing.zoom(1 / 1.3), fit: () => drawing.fit(), blast: () => drawing.blast() })[what]?.();
  });
}

function redraw(figure, given) {
  const before = graphs.get(figure);
  const drawing = new Drawing(figure, given);
  graphs.set(figure, drawing);
  figure.isOpen ??= false;
  if (before?.size.width === drawing.size.width && before.size.height === drawing.size.height) { drawing.view = before.view; drawing.show(); }
  if (before?.dimmed && drawing.links.has(before.dimmed)) { drawing.chosen = before.dimmed; drawing.blast(); }
}

async function show(figure) {
  attend(figure);
  if (graphs.has(figure)) settle(figure, false); // before anything is fetched: a refresh brought the fold open
  try {
    const answer = await fetch(figure.dataset.graph, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const given = await answer.text();
    const known = graphs.get(figure);
    if (known?.given !== given || !known.svg.isConnected) redraw(figure, given);
    settle(figure, false);
  } catch {
    settle(figure, true);
  }
}

function settle(figure, isFailed) {
  const isDrawn = graphs.has(figure);
  const line = figure.querySelector("[data-failed]"), fold = figure.querySelector("details.plain-graph");
  if (line) line.hidden = !isFailed;
  if (fold && isDrawn) fold.open = figure.isOpen;
  for (const tools of figure.querySelectorAll(".graph-tools")) tools.hidden = !isDrawn || graphs.get(figure).isWhole();
}

function mount() {
  for (const figure of graphs.keys()) if (!figure.isConnected) graphs.delete(figure);
  for (const figure of document.querySelectorAll("figure[data-graph]")) show(figure);
}

addEventListener("beforeprint", () => { for (const drawing of graphs.values()) drawing.fit(); });
document.addEventListener("htmx:after:swap", mount);
mount();
