// The rows of the database as they are stored, fetched while they are shown.

import { element, icon } from "/page/elements.js";
import { get } from "/page/api.js";
import { text } from "/page/texts.js";
import { Polled } from "./polled.js";

const INTERVAL_MS = 2000;
const OPEN_AT_FIRST = 1;
// Long bytes come cut, with their number; short or whole ones, such as an id, hide nothing.
const SEALED = /^(?:0x)?[0-9a-f]{8,}… \(\d/i;

function cell(value) {
  if (!SEALED.test(value)) return element("td", {}, value);
  return element("td", { className: "sealed" }, icon("lock"), value);
}

function tableElement({ table, columns, rows, total }, open) {
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

export class Tables extends Polled {
  constructor(root) {
    super(INTERVAL_MS);
    this.root = root;
    this.place = root.querySelector(".tables");
    this.tables = [];
    this.seen = "";
  }

  translate() {
    this.draw();
  }

  async update() {
    if (document.hidden) return;
    try {
      const { tables } = await get("/demo/tables");
      const now = JSON.stringify(tables);
      if (now === this.seen) return;
      this.seen = now;
      this.tables = tables;
      this.draw();
    } catch {
      // The page itself tells when the server does not answer; the next request may be answered.
    }
  }

  draw() {
    const old = new Map([...this.place.children].map((one) => [one.dataset.table, { open: one.open, across: one.lastChild.scrollLeft }]));
    const open = (table, place) => old.get(table)?.open ?? place < OPEN_AT_FIRST;
    this.place.replaceChildren(...this.tables.map((one, place) => tableElement(one, open(one.table, place))));
    for (const one of this.place.children) one.lastChild.scrollLeft = old.get(one.dataset.table)?.across ?? 0;
    this.root.querySelector(".none").hidden = this.tables.length > 0;
    this.place.hidden = this.tables.length === 0;
  }
}
