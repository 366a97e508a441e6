// The phones, side by side or on a narrow page one at a time; more can be added and closed.

import { forTheTab } from "./storage.js";
import { element } from "./elements.js";
import { Phone } from "./phone/phone.js";
import { text } from "./texts.js";

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
    phone.root.scrollIntoView({ inline: "end", block: "nearest" });
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
    for (const [one, { phone, tab }] of this.phones) {
      tab.setAttribute("aria-pressed", String(one === id));
      phone.root.classList.toggle("shown", one === id);
      if (one === id) tab.scrollIntoView({ inline: "center", block: "nearest" });
    }
    this.onShow(id);
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
