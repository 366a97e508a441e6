// One phone: who holds it, its chat, and what is heard from the server.

import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { button, element, icon } from "./elements.js";
import { Line } from "./line.js";
import { Place } from "./place.js";
import { fill, text } from "./texts.js";

const TOAST = 4000;
const TYPING = 5000;
const ALLOWED = new Set(["start", "unblock", "delete"]);

export class Phone {
  // `shared` is what all phones have: languages, places, news; `onUnread` hears how much waits to be seen.
  constructor(settings, shared, onUnread) {
    this.settings = settings;
    this.shared = shared;
    this.line = new Line(settings.id);
    this.bot = "";
    this.status = "new";
    this.root = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    this.root.id = `phone-${settings.id}`;
    this.root.dataset.role = settings.role;
    this.chat = new Chat(this.root, this, onUnread);
    this.place = new Place(this.find(".place"), shared.places, (latitude, longitude) => this.act("location", { latitude, longitude }));
    this.composer = new Composer(this);
    this.prepare();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  get title() {
    const title = text(`demo.phone.${this.settings.role}`);
    return this.settings.number ? `${title} ${this.settings.number}` : title;
  }

  get blocked() {
    return this.status === "kicked";
  }

  prepare() {
    this.find(".avatar").append(icon(this.settings.role === "moderator" ? "shield" : "person"));
    const tongue = this.find(".tongue select");
    for (const [code, name] of Object.entries(this.shared.languages)) tongue.append(new Option(name, code));
    tongue.value = this.settings.language;
    tongue.addEventListener("change", () => this.introduce(tongue.value));
    this.find(".block").addEventListener("click", () => this.act(this.blocked ? "unblock" : "block", {}));
    this.find(".unblock").addEventListener("click", () => this.act("unblock", {}));
    this.find(".close").hidden = !this.settings.number;
    for (const dialog of this.root.querySelectorAll("dialog.picture, dialog.alert")) {
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
      });
    }
  }

  async start() {
    await this.introduce(this.settings.language);
    this.shared.news.add(this.settings.id, { whole: (whole) => this.showWhole(whole), one: (event) => this.hear(event) });
  }

  async introduce(language) {
    this.settings.language = language;
    const { first_name: name } = this.settings;
    const answer = await this.act("start", { first_name: name, language_code: language });
    if (answer) this.bot = answer.bot.username;
    this.find(".handle").textContent = this.bot && `@${this.bot}`;
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
      this.toast(error.message);
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

  remove(message) {
    return this.act("delete", { message_id: message.message_id });
  }

  async tap(message, one, made) {
    made.classList.add("waiting");
    this.chat.awaitAnswer();
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
  }

  showEmpty() {
    this.find(".empty")?.remove();
    if (this.chat.messages.size > 0) return;
    const start = button("strong", () => this.say("/start"), "", text("demo.start"));
    const eye = element("span", { className: "eye", ariaHidden: "true" }, icon("eye"));
    const words = element("p", {}, text(`demo.empty.${this.settings.role}`));
    this.find(".log").append(element("div", { className: "empty" }, eye, words, start));
  }

  showStatus() {
    this.root.classList.toggle("blocked", this.blocked);
    this.find(".unblock").hidden = !this.blocked;
    const blocker = this.find(".block");
    blocker.dataset.label = this.blocked ? "demo.unblock" : "demo.block";
    blocker.setAttribute("aria-pressed", String(this.blocked));
    fill(this.find(".bar"));
  }

  hear(event) {
    if (event.chat_id !== undefined && event.chat_id !== this.settings.id) return;
    if (event.kind === "new" || event.kind === "edited") this.show(event.message);
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
