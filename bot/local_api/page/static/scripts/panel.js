// The panel beside the chats, with a tab for each of its sections.

import { Calls } from "./calls.js";
import { element } from "./elements.js";
import { forTheTab } from "./storage.js";

const KEYS = { ArrowRight: 1, ArrowLeft: -1 };
const NARROW = matchMedia("(max-width: 760px)");

export class Panel {
  constructor() {
    this.root = document.getElementById("panel");
    this.opener = document.getElementById("panel-button");
    this.pages = {};
    this.chosen = "calls";
    this.opener.addEventListener("click", () => this.toggle(this.root.hidden));
    this.root.querySelector(".panel-close").addEventListener("click", () => this.leave());
    this.root.addEventListener("keydown", (event) => {
      // Escape empties a search first.
      if (event.key === "Escape" && !event.target.value) this.leave();
    });
    this.add("calls", (root) => new Calls(root));
  }

  // `make` is called with the section #panel-<name> and returns its page: open() and close() when it is shown and
  // hidden, translate() when the language changes.
  add(name, make) {
    const section = document.getElementById(`panel-${name}`);
    const tab = element("button", { type: "button", id: `tab-${name}`, tabIndex: name === this.chosen ? 0 : -1 });
    for (const [attribute, value] of Object.entries({ role: "tab", "aria-controls": section.id, "aria-selected": String(name === this.chosen) })) {
      tab.setAttribute(attribute, value);
    }
    tab.dataset.text = section.dataset.title;
    section.setAttribute("role", "tabpanel");
    section.setAttribute("aria-labelledby", tab.id);
    section.hidden = name !== this.chosen;
    tab.addEventListener("click", () => this.choose(name));
    tab.addEventListener("keydown", (event) => this.step(name, KEYS[event.key]));
    this.root.querySelector("[role=tablist]").append(tab);
    this.pages[name] = { section, tab, page: make(section) };
  }

  step(name, by) {
    if (!by) return;
    const names = Object.keys(this.pages);
    const next = names[(names.indexOf(name) + by + names.length) % names.length];
    this.choose(next);
    this.pages[next].tab.focus();
  }

  choose(chosen) {
    this.chosen = chosen;
    for (const [name, { section, tab, page }] of Object.entries(this.pages)) {
      tab.setAttribute("aria-selected", String(name === chosen));
      tab.tabIndex = name === chosen ? 0 : -1;
      section.hidden = name !== chosen;
      if (name === chosen && !this.root.hidden) page.open();
      else page.close();
    }
  }

  show(open) {
    this.root.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    document.body.classList.toggle("with-panel", open);
    this.choose(this.chosen);
  }

  toggle(open) {
    this.show(open);
    forTheTab.set("panel", open);
    if (open) this.pages[this.chosen].tab.focus();
  }

  leave() {
    this.toggle(false);
    this.opener.focus();
  }

  // On a narrow page a phone that is shown takes the panel's place.
  giveWay() {
    if (NARROW.matches && !this.root.hidden) this.show(false);
  }

  translate() {
    for (const { page } of Object.values(this.pages)) page.translate?.();
  }
}
