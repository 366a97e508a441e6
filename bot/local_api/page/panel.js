// What is behind the chats, beside them: the calls, the stored rows, the clock.

import { Calls } from "./calls.js";
import { Clock } from "./clock.js";
import { Tables } from "./tables.js";

const KEYS = { ArrowRight: 1, ArrowLeft: -1 };
const NARROW = matchMedia("(max-width: 760px)");

export class Panel {
  // Without a backstage only the calls can be seen; with `gone` the clock tells what each move did.
  constructor({ backstage, gone }) {
    this.root = document.getElementById("panel");
    this.opener = document.getElementById("behind");
    this.pages = { calls: new Calls(this.page("calls")) };
    if (backstage) Object.assign(this.pages, { tables: new Tables(this.page("tables")), clock: new Clock(this.page("clock"), gone) });
    this.chosen = "calls";
    this.opener.addEventListener("click", () => this.toggle(this.root.hidden));
    this.root.querySelector(".panel-close").addEventListener("click", () => this.leave());
    this.root.addEventListener("keydown", (event) => {
      // Escape empties a search first.
      if (event.key === "Escape" && !event.target.value) this.leave();
    });
    for (const tab of this.root.querySelectorAll("[role=tab]")) this.prepare(tab, tab.id.replace("tab-", ""));
  }

  page(name) {
    return document.getElementById(`panel-${name}`);
  }

  prepare(tab, name) {
    tab.hidden = !(name in this.pages);
    tab.addEventListener("click", () => this.choose(name));
    tab.addEventListener("keydown", (event) => {
      const names = Object.keys(this.pages);
      const step = KEYS[event.key];
      if (!step) return;
      const next = names[(names.indexOf(name) + step + names.length) % names.length];
      this.choose(next);
      document.getElementById(`tab-${next}`).focus();
    });
  }

  choose(chosen) {
    this.chosen = chosen;
    for (const [name, page] of Object.entries(this.pages)) {
      const tab = document.getElementById(`tab-${name}`);
      tab.setAttribute("aria-selected", String(name === chosen));
      tab.tabIndex = name === chosen ? 0 : -1;
      page.root.hidden = name !== chosen;
      if (name === chosen && !this.root.hidden) page.open();
      else page.close();
    }
  }

  toggle(open) {
    this.root.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    document.body.classList.toggle("behind", open);
    this.choose(this.chosen);
    if (open) document.getElementById(`tab-${this.chosen}`).focus();
  }

  leave() {
    this.toggle(false);
    this.opener.focus();
  }

  // Where only one thing fits, a phone that is chosen takes the panel's place.
  giveWay() {
    if (NARROW.matches && !this.root.hidden) this.toggle(false);
  }

  retell() {
    for (const page of Object.values(this.pages)) page.retell();
  }
}
