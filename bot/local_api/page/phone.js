// One phone: who holds it, its chat, and what is heard from the server.

import { ask } from "./asking.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { button, element, icon } from "./elements.js";
import { Line } from "./line.js";
import { Place } from "./place.js";
import { refusal } from "./refusals.js";
import { fill, text } from "./texts.js";
import { Tongue } from "./tongue.js";

const TOAST = 4000;
const TYPING = 5000;
const ALLOWED = new Set(["start", "unblock", "delete"]);
const DELETING = ["demo.delete.ask", "demo.delete.about", "demo.delete.done"];

export class Phone {
  // `shared` is what all phones have: languages, places, news; `onUnread` hears how much waits to be seen.
  constructor(settings, shared, onUnread) {
    this.settings = settings;
    this.shared = shared;
    this.line = new Line(settings.id);
    this.bot = "";
    this.status = "new";
    this.stop = new AbortController();
    this.signal = this.stop.signal;
    this.root = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    this.root.id = `phone-${settings.id}`;
    this.root.dataset.role = settings.role;
    this.chat = new Chat(this.root, this, onUnread, this.signal);
    this.place = new Place(this.find(".place"), shared.places, (latitude, longitude) => this.act("location", { latitude, longitude }));
    this.tongue = new Tongue(this);
    this.composer = new Composer(this);
    this.prepare();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  get title() {
    const { number, role } = this.settings;
    return number ? text("demo.phone.another", { number }) : text(`demo.phone.${role}`);
  }

  get blocked() {
    return this.status === "kicked";
  }

  prepare() {
    this.find(".avatar").append(icon(this.settings.role === "moderator" ? "shield" : "person"));
    this.find(".block").addEventListener("click", () => this.act(this.blocked ? "unblock" : "block", {}));
    this.find(".unblock").addEventListener("click", () => this.act("unblock", {}));
    this.find(".close").hidden = !this.settings.number;
    for (const dialog of this.root.querySelectorAll("dialog.picture, dialog.alert, dialog.ask")) {
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
      });
    }
  }

  async start() {
    this.composer.restore();
    await this.tongue.introduce(this.settings.language);
    if (this.signal.aborted) return;
    this.shared.news.add(this.settings.id, { whole: (whole) => this.showWhole(whole), one: (event) => this.hear(event) });
  }

  // Nothing of a phone that was put away is kept, and nothing goes on.
  close() {
    this.stop.abort();
    this.shared.news.remove(this.settings.id);
    this.composer.forget();
    this.root.remove();
  }

  retell() {
    this.find("h2").textContent = this.title;
    this.root.setAttribute("aria-label", this.title);
    this.showStatus();
    fill(this.root);
    this.chat.redraw();
    this.showEmpty();
    this.composer.closeMenus();
    this.composer.showKeyboard(this.keyboard);
  }

  // --- doing

  async act(name, body) {
    if (this.blocked && !ALLOWED.has(name)) {
      this.toast(text("demo.blocked"));
      return null;
    }
    try {
      return await this.line.post(name, body);
    } catch (error) {
      this.toast(refusal(error));
      return null;
    }
  }

  say(words) {
    this.composer.closeMenus();
    return this.act("messages", { text: words });
  }

  edited(message, words) {
    return this.act("edits", { message_id: message.message_id, text: words });
  }

  edit(message) {
    this.composer.edit(message);
  }

  // One touch takes nothing away: as in Telegram, a person is asked first.
  async remove(message) {
    if (await this.ask(DELETING)) await this.act("delete", { message_id: message.message_id });
  }

  ask(about) {
    return ask(this.find(".ask"), about);
  }

  async tap(message, one, made) {
    made.classList.add("waiting");
    this.chat.awaitAnswer(made);
    if (one.callback_data !== undefined) {
      await this.act("taps", { message_id: message.message_id, data: one.callback_data });
    }
    setTimeout(() => made.classList.remove("waiting"), TOAST);
  }

  async commands() {
    try {
      return (await this.line.get("commands")).commands;
    } catch {
      return [];
    }
  }

  fileUrl(id, show) {
    return this.line.fileUrl(id, show);
  }

  enlarge(address, name) {
    const dialog = this.find(".picture");
    Object.assign(dialog.querySelector("img"), { src: address, alt: name });
    dialog.showModal();
  }

  // --- seeing

  showWhole(whole) {
    this.status = whole.status;
    this.keyboard = whole.messages.filter((message) => message.reply_keyboard).at(-1)?.reply_keyboard;
    this.chat.redraw(whole.messages);
    this.retell();
    this.tongue.meet();
  }

  showEmpty() {
    const old = this.find(".empty");
    this.chat.hold(old);
    old?.remove();
    if (this.chat.messages.size > 0) return;
    const start = button("strong", () => this.say("/start"), "", text("demo.start"));
    const eye = element("span", { className: "eye", ariaHidden: "true" }, icon("eye"));
    const words = element("p", {}, text(`demo.empty.${this.settings.role}`));
    this.find(".log").append(element("div", { className: "empty" }, eye, words, start));
  }

  showStatus() {
    this.root.classList.toggle("blocked", this.blocked);
    const unblock = this.find(".unblock");
    if (!this.blocked && document.activeElement === unblock) this.find("textarea").focus();
    unblock.hidden = !this.blocked;
    this.find(".block").dataset.label = this.blocked ? "demo.unblock" : "demo.block";
    fill(this.find(".bar"));
  }

  hear(event) {
    if (event.chat_id !== undefined && event.chat_id !== this.settings.id) return;
    // What is not shown any more (too long ago, or deleted) does not come back by being edited.
    if (event.kind === "new" || (event.kind === "edited" && this.chat.messages.has(event.message.message_id))) this.show(event.message);
    else if (event.kind === "deleted") this.drop(event.message_ids);
    else if (event.kind === "answer") this.answer(event);
    else if (event.kind === "action") this.type();
    else if (event.kind === "standing") {
      this.status = event.status;
      this.showStatus();
    }
  }

  show(message) {
    this.chat.show(message);
    this.showEmpty();
    if (message.reply_keyboard) {
      this.keyboard = message.reply_keyboard;
      this.composer.showKeyboard(this.keyboard);
    }
    if (message.outgoing) this.find(".typing").textContent = "";
    this.tongue.answer(message);
  }

  drop(numbers) {
    if (numbers.includes(this.composer.editing?.message_id)) this.composer.edit(null);
    this.chat.drop(numbers);
    this.showEmpty();
  }

  answer(event) {
    for (const key of this.root.querySelectorAll(".waiting")) key.classList.remove("waiting");
    const start = /[?&]start=([\w-]+)/.exec(event.url ?? "");
    if (start) this.say(`/start ${start[1]}`);
    if (!event.text) return;
    if (!event.show_alert) {
      this.toast(event.text);
      return;
    }
    const alert = this.find(".alert");
    alert.querySelector("p").textContent = event.text;
    alert.setAttribute("aria-label", event.text);
    if (!alert.open) alert.showModal();
  }

  type() {
    const typing = this.find(".typing");
    typing.textContent = text("demo.typing");
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => { typing.textContent = ""; }, TYPING);
  }

  toast(words) {
    const toast = this.find(".toast");
    toast.textContent = words;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => { toast.textContent = ""; }, TOAST);
  }
}
