// The phones, side by side or on a narrow page one at a time; more can be added and closed.

import { forTheTab } from "./storage.js";
import { element } from "./elements.js";
import { Phone } from "./phone/phone.js";
import { text } from "./texts.js";

const NARROW = matchMedia("(max-width: 760px)");
const FIRST_ID = 5_000_000_000;
const IDS = 1_000_000_000;

function newId() {
  return FIRST_ID + (crypto.getRandomValues(new Uint32Array(1))[0] % IDS);
}

export class Phones {
  // `shared` is what all phones have; `onShow` is called when one is shown.
  constructor(shared, onShow) {
    this.shared = shared;
    this.onShow = onShow;
    this.phones = new Map();
    this.tabs = document.getElementById("tabs");
    this.front = null;
    this.place = document.getElementById("phones");
    new ResizeObserver(() => this.fit()).observe(this.place);
  }

  // How many phones have room side by side, with a gap on both sides of each: none is ever cut.
  get room() {
    if (NARROW.matches) return 1;
    const { paddingLeft, paddingRight, columnGap } = getComputedStyle(this.place);
    const [left, right, gap] = [paddingLeft, paddingRight, columnGap].map(parseFloat);
    const least = parseFloat(getComputedStyle(this.place.firstElementChild).minWidth);
    return Math.max(1, Math.floor((this.place.clientWidth - left - right - gap) / (least + gap)));
  }

  // Those that are in sight: a row that holds the one in front, and moves no further than it must.
  fit() {
    if (this.place.clientWidth === 0 || this.phones.size === 0) return;
    const ids = [...this.phones.keys()];
    const room = Math.min(this.room, ids.length);
    const at = ids.indexOf(this.front);
    this.start = Math.max(at - room + 1, Math.min(this.start ?? 0, at, ids.length - room), 0);
    document.body.classList.toggle("tabbed", room < ids.length);
    for (const [place, id] of ids.entries()) {
      const { phone, tab } = this.phones.get(id);
      const shown = place >= this.start && place < this.start + room;
      phone.root.classList.toggle("shown", shown);
      tab.setAttribute("aria-pressed", String(shown));
    }
  }

  put(settings) {
    const tab = element("button", { type: "button" }, element("span", { className: "name" }), element("span", {}, settings.number), element("i", { className: "badge" }));
    tab.dataset.phone = settings.id;
    tab.addEventListener("click", () => this.show(settings.id));
    const phone = new Phone(settings, this.shared, (unread) => this.count(tab, unread));
    phone.find(".close").addEventListener("click", () => this.remove(settings.id));
    this.phones.set(settings.id, { phone, tab });
    document.getElementById("phones").append(phone.root);
    this.tabs.append(tab);
    phone.translate();
    tab.firstChild.textContent = text(settings.title);
    phone.start();
    return phone;
  }

  // The phones of the settings, and those that were added before the page was reloaded.
  begin(phones) {
    [this.first] = phones;
    for (const settings of [...phones, ...(forTheTab.get("phones") ?? [])]) this.put(settings);
    this.show(phones[0].id);
  }

  add(language) {
    const number = 2 + this.added.reduce((most, { number: one }) => Math.max(most, one - 1), 0);
    const settings = { ...this.first, id: newId(), language, number, first_name: text("page.phone.another", { number }) };
    const phone = this.put(settings);
    forTheTab.set("phones", this.added);
    this.show(settings.id);
    phone.find("textarea").focus();
  }

  get added() {
    return [...this.phones.values()].map(({ phone }) => phone.settings).filter(({ number }) => number);
  }

  remove(id) {
    const { phone, tab } = this.phones.get(id);
    phone.close();
    tab.remove();
    this.phones.delete(id);
    forTheTab.set("phones", this.added);
    this.show(this.phones.keys().next().value);
    document.getElementById("add").focus();
  }

  show(id) {
    this.front = id;
    this.onShow(id);
    this.fit();
    this.phones.get(id).tab.scrollIntoView({ inline: "center", block: "nearest" });
  }

  count(tab, unread) {
    tab.querySelector(".badge").textContent = unread || "";
  }

  follow(language) {
    for (const { phone } of this.phones.values()) phone.language.follow(language);
  }

  translate() {
    for (const { phone, tab } of this.phones.values()) {
      phone.translate();
      tab.firstChild.textContent = text(phone.settings.title);
    }
  }
}
