// What is below the messages: the text box, commands, attachments, voice messages and the bot's reply keyboard.

import { forTheTab } from "../storage.js";
import { button, element, icon } from "../elements.js";
import { Recording } from "./recording.js";
import { text } from "../texts.js";

const ACCEPTED = { photo: "image/*", document: "", audio: "audio/*", video: "video/*" };
const ICONS = { photo: "photo", document: "file", audio: "audio", video: "video", location: "pin", contact: "person", voice: "mic" };
const MOST_LINES = 6;

export class Composer {
  // `phone` does what is asked for: say, act, saveEdit, location, confirm, commands; its `signal` ends it.
  constructor(phone) {
    this.phone = phone;
    this.editing = null;
    this.replying = null;
    this.unsent = "";
    this.sending = Promise.resolve();
    this.find = (selector) => phone.root.querySelector(selector);
    this.box = this.find("textarea");
    this.recording = new Recording(phone, (file, seconds) => this.sendFiles("voice", [file], { duration: seconds }));
    this.prepare();
  }

  prepare() {
    this.find(".compose").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.send();
      }
    });
    this.box.addEventListener("input", () => this.resize());
    this.find(".slash").addEventListener("click", () => this.openCommands());
    this.find(".clip").addEventListener("click", () => this.openAttach());
    this.find(".mic").addEventListener("click", () => this.record());
    this.find(".editing button").addEventListener("click", () => this.edit(null));
    this.find(".replying button").addEventListener("click", () => this.reply(null));
    this.find(".chooser").addEventListener("change", () => this.upload());
    this.phone.root.addEventListener("keydown", (event) => this.escape(event));
    this.phone.root.addEventListener("pointerdown", (event) => {
      if (!event.target.closest(".menu, .slash, .clip")) this.closeMenus();
    });
  }

  escape(event) {
    if (event.key !== "Escape" || event.target.closest("dialog")) return;
    const opener = this.find('[aria-expanded="true"]');
    if (opener) opener.focus();
    else if (this.editing) this.edit(null);
    else this.reply(null);
    this.closeMenus();
  }

  // The box is free for the next text at once; texts are still sent in order.
  async send() {
    const { editing, replying } = this;
    const words = this.takeText();
    if (!words) return;
    if (editing) this.edit(null);
    else this.reply(null);
    const left = this.box.value;
    const done = this.sending.then(() => (editing ? this.phone.saveEdit(editing, words) : this.phone.say(words, replying)));
    this.sending = done;
    if (await done) return;
    if (!editing && this.phone.chat.messages.has(replying?.message_id)) this.reply(replying);
    this.putBack(words, editing, left);
  }

  takeText() {
    const words = this.box.value.trim();
    if (words) this.box.value = "";
    this.resize();
    return words;
  }

  // A refused text is put back, unless something else has been typed than what was `left`.
  putBack(words, editing = null, left = "") {
    if (this.box.value !== left || this.editing) return;
    if (this.phone.chat.messages.has(editing?.message_id)) this.edit(editing);
    this.box.value = words;
    this.resize();
  }

  // An unsent text waits until the message has been edited.
  edit(message) {
    if (message === null && this.editing !== null) this.box.value = this.unsent;
    if (message !== null && this.editing === null) this.unsent = this.box.value;
    if (message !== null || this.find(".editing").contains(document.activeElement)) this.box.focus();
    this.editing = message;
    this.find(".editing").hidden = message === null;
    if (message !== null) this.box.value = message.text;
    this.resize();
  }

  // The next text replies to this message, as Telegram's clients do where a bot asks for it (ForceReply); null: to none.
  reply(message) {
    if (message === null && this.find(".replying").contains(document.activeElement)) this.box.focus();
    this.replying = message;
    const place = this.find(".replying");
    place.hidden = message === null;
    place.querySelector("span").textContent = message?.text ?? "";
    this.showPlaceholder();
  }

  showPlaceholder() {
    const keyboard = this.replying?.reply_keyboard ?? this.phone.keyboard;
    this.box.placeholder = keyboard?.input_field_placeholder ?? text("page.compose");
  }

  // What was unsent when the page was closed.
  restore() {
    this.box.value = forTheTab.get("unsent")?.[this.phone.settings.id] ?? "";
    this.resize();
  }

  forget(words = undefined) {
    forTheTab.set("unsent", { ...forTheTab.get("unsent"), [this.phone.settings.id]: words });
  }

  resize() {
    this.forget((this.editing ? this.unsent : this.box.value) || undefined);
    const empty = !this.box.value.trim();
    this.find(".mic").hidden = !empty || this.editing !== null;
    this.find(".send").hidden = empty && this.editing === null;
    this.box.rows = 1;
    const line = parseFloat(getComputedStyle(this.box).lineHeight);
    this.box.rows = Math.min(MOST_LINES, Math.max(1, Math.round((this.box.scrollHeight - 16) / line) || 1));
  }

  record() {
    this.closeMenus();
    this.recording.begin();
  }

  closeMenus() {
    for (const [menu, opener] of [[".commands", ".slash"], [".attach", ".clip"]]) {
      // A dialog that opens next returns the focus to where it was, which nothing hidden can have.
      if (this.find(menu).contains(document.activeElement)) this.find(opener).focus();
      this.find(menu).hidden = true;
      this.find(opener).setAttribute("aria-expanded", "false");
    }
  }

  open(menu, opener, items) {
    const node = this.find(menu);
    node.replaceChildren(...items);
    node.hidden = false;
    this.find(opener).setAttribute("aria-expanded", "true");
    node.querySelector("button")?.focus();
  }

  async openCommands() {
    const open = !this.find(".commands").hidden;
    this.closeMenus();
    if (open) return;
    const commands = await this.phone.commands();
    const items = commands.map(({ command, description }) =>
      button("", () => this.phone.say(`/${command}`), "", element("b", {}, `/${command}`), element("span", {}, description)));
    this.open(".commands", ".slash", items.length ? items : [element("p", {}, text("page.commands.none"))]);
  }

  openAttach() {
    const open = !this.find(".attach").hidden;
    this.closeMenus();
    if (open) return;
    const items = Object.entries({
      ...Object.fromEntries(Object.keys(ACCEPTED).map((kind) => [kind, () => this.choose(kind)])),
      voice: () => this.record(),
      location: () => this.phone.location.open(),
      contact: () => this.phone.act("contact", { own: true }),
    });
    this.open(".attach", ".clip", items.map(([kind, act]) => this.item(kind, act)));
  }

  item(kind, act) {
    const chosen = () => {
      this.closeMenus();
      act();
    };
    const made = button("", chosen, "", element("span", { className: "round" }, icon(ICONS[kind])), element("span", {}, text(`page.attach.${kind}`)));
    made.dataset.kind = kind;
    return made;
  }

  choose(kind) {
    const input = this.find(".chooser");
    input.dataset.kind = kind;
    input.accept = ACCEPTED[kind];
    input.multiple = true;
    input.click();
  }

  async upload() {
    const input = this.find(".chooser");
    const files = [...input.files];
    input.value = "";
    const { editing, replying } = this;
    const caption = editing ? "" : this.takeText();
    const about = { caption, reply_to_message_id: replying?.message_id ?? "" };
    if (!(await this.sendFiles(input.dataset.kind, files, about))) this.putBack(caption);
    else if (!editing) this.reply(null);
  }

  sendFiles(kind, files, about) {
    const form = new FormData();
    form.append("kind", kind);
    for (const [name, value] of Object.entries(about)) form.append(name, value);
    files.forEach((file, place) => form.append(`file${place}`, file));
    return this.phone.act("files", form);
  }

  // Bot API, ReplyKeyboardMarkup.
  showKeyboard(keyboard) {
    const place = this.find(".reply-keyboard");
    const rows = keyboard?.keyboard ?? [];
    const press = (one) => {
      if (keyboard.one_time_keyboard) {
        this.phone.chat.release(place);
        place.hidden = true;
      }
      if (one.request_location) this.phone.location.open();
      else if (one.request_contact) this.phone.act("contact", { own: true });
      else this.phone.say(one.text ?? one);
    };
    this.phone.chat.release(place);
    place.hidden = rows.length === 0;
    place.replaceChildren(...rows.map((row) =>
      element("div", { className: "row" }, ...row.map((one) => button("chat-button", () => press(one), "", one.text ?? one)))));
    this.showPlaceholder();
  }
}
