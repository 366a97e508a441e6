// The rows of the database as they are stored, table by table, asked for while they are looked at.

import { element, icon } from "./elements.js";
import { get } from "./line.js";
import { text } from "./texts.js";

const PAUSE = 2000;
const OPEN = 1;
// Long bytes come cut, with how many there are; what is short or whole (an id) hides nothing.
const SEALED = /^(?:0x)?[0-9a-f]{8,}… \(\d/i;

function cell(value) {
  if (!SEALED.test(value)) return element("td", {}, value);
  return element("td", { className: "sealed" }, icon("lock"), value);
}

function shown({ table, columns, rows, total }, open) {
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.map((row) => element("tr", {}, ...row.map(cell)));
  const grid = element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
  const scroll = element("div", { className: "scroll", tabIndex: 0 }, grid);
  scroll.setAttribute("role", "group");
  scroll.setAttribute("aria-label", table);
  const count = element("span", { className: "count" }, text("demo.tables.rows", { shown: rows.length, total }));
  const made = element("details", { open }, element("summary", {}, element("b", {}, table), count), scroll);
  made.dataset.table = table;
  return made;
}

export class Tables {
  constructor(root) {
    this.root = root;
    this.place = root.querySelector(".tables");
    this.tables = [];
    this.seen = "";
    this.timer = null;
  }

  open() {
    if (this.timer !== null) return;
    this.timer = setInterval(() => this.look(), PAUSE);
    this.look();
  }

  close() {
    clearInterval(this.timer);
    this.timer = null;
  }

  retell() {
    this.draw();
  }

  async look() {
    if (document.hidden) return;
    try {
      const { tables } = await get("/stage/tables");
      const now = JSON.stringify(tables);
      if (now === this.seen) return;
      this.seen = now;
      this.tables = tables;
      this.draw();
    } catch {
      // The page tells by itself when the server is gone; the next look may find it again.
    }
  }

  draw() {
    const old = new Map([...this.place.children].map((one) => [one.dataset.table, { open: one.open, across: one.lastChild.scrollLeft }]));
    const open = (table, place) => old.get(table)?.open ?? place < OPEN;
    this.place.replaceChildren(...this.tables.map((one, place) => shown(one, open(one.table, place))));
    for (const one of this.place.children) one.lastChild.scrollLeft = old.get(one.dataset.table)?.across ?? 0;
    this.root.querySelector(".none").hidden = this.tables.length > 0;
    this.place.hidden = this.tables.length === 0;
  }
}
