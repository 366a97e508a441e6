// The calls of the Bot API as they happen, the latest on top.

import { element } from "./elements.js";
import { get } from "./api.js";

const MOST_CALLS = 200;
const WAIT_S = 25;
const RETRY_MS = 2000;
const MOST_CHARACTERS = 90;

// A form carries JSON as text; it is easier to read as JSON.
function unpacked(value) {
  if (typeof value !== "string" || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function brief(params) {
  const parts = Object.entries(params).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  const line = parts.join(", ").replace(/\s+/g, " ");
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
}

function shown(call) {
  const head = element(
    "summary", {},
    element("b", {}, call.method),
    element("span", { className: "ms" }, `${Math.round(call.ms)} ms`),
    element("span", { className: call.code === 200 ? "code" : "code bad" }, String(call.code)),
    element("span", { className: "brief" }, brief(call.params)),
  );
  const made = element("li", {}, element("details", {}, head));
  made.dataset.method = call.method.toLowerCase();
  // Written out only when it is opened: most calls never are.
  made.firstChild.addEventListener("toggle", () => {
    if (made.firstChild.childElementCount > 1) return;
    const params = Object.fromEntries(Object.entries(call.params).map(([name, value]) => [name, unpacked(value)]));
    for (const part of [params, call.result]) {
      made.firstChild.append(element("pre", { tabIndex: 0 }, JSON.stringify(part, null, 2)));
    }
  });
  return made;
}

export class Calls {
  constructor(root) {
    this.root = root;
    this.list = root.querySelector(".calls");
    this.filter = root.querySelector("[name=filter]");
    this.pause = root.querySelector(".pause");
    this.number = 0;
    this.stop = null;
    this.filter.addEventListener("input", () => this.applyFilter());
    this.pause.addEventListener("click", () => this.togglePause());
    this.applyFilter();
  }

  get paused() {
    return this.pause.getAttribute("aria-pressed") === "true";
  }

  togglePause() {
    this.pause.setAttribute("aria-pressed", String(!this.paused));
    if (this.paused) this.close();
    else this.open();
  }

  open() {
    if (this.stop || this.paused) return;
    this.stop = new AbortController();
    this.listen(this.stop.signal);
  }

  close() {
    this.stop?.abort();
    this.stop = null;
  }

  async listen(signal) {
    while (!signal.aborted) {
      try {
        const { number, calls } = await get(`/control/calls?after=${this.number}&timeout=${WAIT_S}`, signal);
        // A lower number than before is that of a restarted server.
        this.number = number;
        this.add(calls);
      } catch {
        if (signal.aborted) return;
        this.number = 0;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  add(calls) {
    this.list.prepend(...calls.map(shown).reverse());
    while (this.list.childElementCount > MOST_CALLS) this.list.lastElementChild.remove();
    this.applyFilter();
  }

  applyFilter() {
    const wanted = this.filter.value.trim().toLowerCase();
    let found = 0;
    for (const item of this.list.children) {
      item.hidden = !item.dataset.method.includes(wanted);
      found += item.hidden ? 0 : 1;
    }
    this.root.querySelector(".none").hidden = found > 0;
    this.list.hidden = found === 0;
  }
}
