// One phone: its chat, and what its person does.

import { confirm } from "../confirm.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { button, element, icon } from "../elements.js";
import { PhoneApi } from "../api.js";
import { LocationDialog } from "./location.js";
import { explain } from "../errors.js";
import { fill, text } from "../texts.js";

const TOAST_MS = 4000;
const TYPING_MS = 5000;
const ALLOWED_WHEN_BLOCKED = new Set(["start", "unblock", "delete"]);
const CONFIRM_BLOCKING = ["page.block.ask", "page.block.about", "page.block.done"];
const CONFIRM_DELETING = ["page.delete.ask", "page.delete.about", "page.delete.done"];

export class Phone {
  // `shared` is what all phones have: languages, map, events, makeLanguage, onMessage; `onUnread` is called with the
  // number of unread messages.
  constructor(settings, shared, onUnread) {
    this.settings = settings;
    this.shared = shared;
    this.api = new PhoneApi(settings.id);
    this.bot = "";
    this.status = "new";
    this.stop = new AbortController();
    this.signal = this.stop.signal;
    this.root = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    this.root.id = `phone-${settings.id}`;
    this.root.dataset.icon = settings.icon;
    this.chat = new Chat(this.root, this, onUnread, this.signal);
    this.location = new LocationDialog(this.find(".location"), shared.map, (latitude, longitude) => this.act("location", { latitude, longitude }));
    this.language = shared.makeLanguage(this);
    this.composer = new Composer(this);
    this.prepare();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  get title() {
    const { number, title } = this.settings;
    return number ? text("page.phone.another", { number }) : text(title);
  }

  get blocked() {
    return this.status === "kicked";
  }

  prepare() {
    this.find(".avatar").append(icon(this.settings.icon));
    this.find(".block").addEventListener("click", () => (this.blocked ? this.act("unblock", {}) : this.block()));
    this.find(".unblock").addEventListener("click", () => this.unblock());
    this.find(".close").hidden = !this.settings.number;
    for (const dialog of this.root.querySelectorAll("dialog.picture, dialog.alert, dialog.confirm")) {
      dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
      });
    }
  }

  async start() {
    this.composer.restore();
    await this.language.begin();
    if (this.signal.aborted) return;
    this.shared.events.add(this.settings.id, { onChat: (chat) => this.onChat(chat), onEvent: (event) => this.onEvent(event) });
  }

  // Nothing of a closed phone is kept, and nothing of it goes on.
  close() {
    this.stop.abort();
    this.shared.events.remove(this.settings.id);
    this.composer.forget();
    this.root.remove();
  }

  translate() {
    this.find("h2").textContent = this.title;
    this.root.setAttribute("aria-label", this.title);
    this.showStatus();
    fill(this.root);
    this.chat.redraw();
    this.showEmpty();
    this.composer.closeMenus();
    this.composer.showKeyboard(this.keyboard);
  }

  async act(name, body) {
    if (this.blocked && !ALLOWED_WHEN_BLOCKED.has(name)) {
      this.toast(text("page.blocked"));
      return null;
    }
    try {
      return await this.api.post(name, body);
    } catch (error) {
      this.toast(explain(error));
      return null;
    }
  }

  say(words, replying = null) {
    this.composer.closeMenus();
    return this.act("messages", { text: words, reply_to_message_id: replying?.message_id });
  }

  saveEdit(message, words) {
    return this.act("edits", { message_id: message.message_id, text: words });
  }

  edit(message) {
    this.composer.edit(message);
  }

  // A single touch deletes nothing: as in Telegram, a person confirms it first.
  async remove(message) {
    if (await this.confirm(CONFIRM_DELETING)) await this.act("delete", { message_id: message.message_id });
  }

  async block() {
    if (await this.confirm(CONFIRM_BLOCKING)) await this.act("block", {});
  }

  // The button goes away by that: whoever pressed it goes on in the text box, whichever of answer and event comes first.
  async unblock() {
    await this.act("unblock", {});
    if ([document.body, this.find(".unblock")].includes(document.activeElement)) this.find("textarea").focus();
  }

  confirm(keys) {
    return confirm(this.find(".confirm"), keys);
  }

  async tap(message, one, made) {
    made.classList.add("waiting");
    this.chat.awaitAnswer(made);
    if (one.callback_data !== undefined) {
      await this.act("taps", { message_id: message.message_id, data: one.callback_data });
    }
    setTimeout(() => made.classList.remove("waiting"), TOAST_MS);
  }

  // The chat as it is; null if the server does not answer.
  async chatNow() {
    try {
      return await this.api.get("chat");
    } catch {
      return null;
    }
  }

  async commands() {
    try {
      return (await this.api.get("commands")).commands;
    } catch {
      return [];
    }
  }

  fileUrl(id, show) {
    return this.api.fileUrl(id, show);
  }

  // The place of a picture among those of the chat, from 1.
  pictureNumber({ message_id: last }) {
    const shown = [...this.chat.messages.values()].filter(({ message_id: id, files }) => id < last && files?.some(({ kind }) => kind === "photo"));
    return shown.length + 1;
  }

  enlarge(address, name) {
    const dialog = this.find(".picture");
    Object.assign(dialog.querySelector("img"), { src: address, alt: name });
    dialog.showModal();
  }

  onChat(chat) {
    this.status = chat.status;
    const asking = chat.messages.filter((message) => message.reply_keyboard);
    this.keyboard = asking.filter((message) => !message.reply_keyboard.force_reply).at(-1)?.reply_keyboard;
    this.chat.redraw(chat.messages);
    const last = asking.at(-1);
    const answered = chat.messages.some((message) => !message.outgoing && message.message_id > last?.message_id);
    this.composer.reply(last?.reply_keyboard.force_reply && !answered ? last : null);
    this.translate();
    this.language.onChat(chat);
    chat.messages.forEach(this.shared.onMessage);
  }

  showEmpty() {
    const old = this.find(".empty");
    this.chat.release(old);
    old?.remove();
    if (this.chat.messages.size > 0) return;
    const start = button("primary", () => this.say(this.settings.command), "", text(this.settings.start));
    const brand = element("img", { src: "/page/icon.svg", alt: "" });
    const words = element("p", {}, text(this.settings.hint));
    this.find(".log").append(element("div", { className: "empty" }, brand, words, start));
  }

  showStatus() {
    this.root.classList.toggle("blocked", this.blocked);
    const unblock = this.find(".unblock");
    if (!this.blocked && document.activeElement === unblock) this.find("textarea").focus();
    unblock.hidden = !this.blocked;
    this.find(".block").dataset.label = this.blocked ? "page.unblock" : "page.block";
    fill(this.find(".bar"));
  }

  onEvent(event) {
    if (event.chat_id !== undefined && event.chat_id !== this.settings.id) return;
    // A message that is not shown any more, being old or deleted, does not come back by an edit.
    if (event.kind === "new" || (event.kind === "edited" && this.chat.messages.has(event.message.message_id))) this.show(event.message);
    else if (event.kind === "deleted") this.removeMessages(event.message_ids);
    else if (event.kind === "answer") this.showAnswer(event);
    else if (event.kind === "action") this.showTyping();
    else if (event.kind === "language") this.language.adopt(event.language_code);
    else if (event.kind === "status") {
      this.status = event.status;
      this.showStatus();
    }
  }

  show(message) {
    this.chat.show(message);
    this.showEmpty();
    if (message.reply_keyboard?.force_reply) this.composer.reply(message);
    else if (message.reply_keyboard) {
      this.keyboard = message.reply_keyboard;
      this.composer.showKeyboard(this.keyboard);
    }
    if (message.outgoing) this.find(".typing").textContent = "";
    this.language.onMessage(message);
    this.shared.onMessage(message);
  }

  removeMessages(numbers) {
    if (numbers.includes(this.composer.editing?.message_id)) this.composer.edit(null);
    if (numbers.includes(this.composer.replying?.message_id)) this.composer.reply(null);
    this.chat.remove(numbers);
    this.showEmpty();
  }

  showAnswer(event) {
    for (const button of this.root.querySelectorAll(".waiting")) button.classList.remove("waiting");
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

  showTyping() {
    const typing = this.find(".typing");
    typing.textContent = text("page.typing");
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => { typing.textContent = ""; }, TYPING_MS);
  }

  toast(words) {
    const toast = this.find(".toast");
    toast.textContent = words;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => { toast.textContent = ""; }, TOAST_MS);
  }
}
