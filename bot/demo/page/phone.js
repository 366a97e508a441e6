// One phone: its chat, and what its owner can do.

import { bubble, element } from "./bubbles.js";
import { Line } from "./line.js";
import { fill, text } from "./texts.js";

const KINDS = { photo: "image/*", document: "", voice: "audio/*", audio: "audio/*", video: "video/*" };
const TOAST = 4000;
const TYPING = 5000;

export class Phone {
  constructor(settings, languages, onLine) {
    this.settings = settings;
    this.line = new Line(settings.id);
    this.messages = new Map();
    this.bot = "";
    this.editing = null;
    this.blocked = false;
    this.onLine = onLine;
    this.root = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    this.root.id = `phone-${settings.id}`;
    this.log = this.find(".log");
    this.prepare(languages);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  prepare(languages) {
    const tongue = this.find("[name=language]");
    for (const [code, name] of Object.entries(languages)) tongue.append(new Option(name, code));
    tongue.value = this.settings.language;
    tongue.addEventListener("change", () => this.introduce(tongue.value));
    this.find(".compose").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.find("textarea").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.send();
      }
    });
    this.find("textarea").addEventListener("input", () => this.grow());
    this.find(".slash").addEventListener("click", () => this.openCommands());
    this.find(".clip").addEventListener("click", () => this.openAttach());
    this.find(".block").addEventListener("click", () => this.act(this.blocked ? "unblock" : "block", {}));
    this.find(".editing button").addEventListener("click", () => this.edit(null));
    this.find(".chooser").addEventListener("change", () => this.upload());
    this.find(".place").addEventListener("close", (event) => this.sendPlace(event.target));
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.closeMenus();
    });
  }

  async start() {
    await this.introduce(this.settings.language);
    this.line.listen({
      all: (whole) => this.showAll(whole),
      one: (event) => this.hear(event),
      line: (up) => this.onLine(this.settings.id, up),
    });
  }

  async introduce(language) {
    const { first_name: name } = this.settings;
    const answer = await this.act("start", { first_name: name, language_code: language });
    if (answer) this.bot = answer.bot.username;
  }

  retell() {
    this.find("h2").textContent = text(`demo.phone.${this.settings.role}`);
    fill(this.root);
    this.redraw();
    this.showStatus();
  }

  // --- doing

  async act(name, body) {
    try {
      return await this.line.post(name, body);
    } catch (error) {
      this.toast(error.message);
      return null;
    }
  }

  say(words) {
    this.closeMenus();
    return this.act("messages", { text: words });
  }

  async send() {
    const box = this.find("textarea");
    const words = box.value.trim();
    if (!words) return;
    const done = this.editing
      ? await this.act("edits", { message_id: this.editing.message_id, text: words })
      : await this.say(words);
    if (!done) return;
    box.value = "";
    this.grow();
    this.edit(null);
  }

  async tap(message, button, made) {
    made.classList.add("waiting");
    await this.act("taps", { message_id: message.message_id, data: button.callback_data });
    setTimeout(() => made.classList.remove("waiting"), TOAST);
  }

  edit(message) {
    const box = this.find("textarea");
    if (message === null && this.editing !== null) box.value = "";
    this.editing = message;
    this.find(".editing").hidden = message === null;
    if (message !== null) {
      box.value = message.text;
      box.focus();
    }
    this.grow();
  }

  remove(message) {
    return this.act("delete", { message_id: message.message_id });
  }

  fileUrl(id, show) {
    return this.line.fileUrl(id, show);
  }

  async upload() {
    const input = this.find(".chooser");
    const form = new FormData();
    form.append("kind", input.dataset.kind);
    form.append("caption", this.find("textarea").value.trim());
    for (const file of input.files) form.append(`file${form.getAll("kind").length}-${file.name}`, file);
    input.value = "";
    if (await this.act("files", form)) {
      this.find("textarea").value = "";
      this.grow();
    }
  }

  sendPlace(dialog) {
    if (dialog.returnValue !== "send") return;
    const form = dialog.querySelector("form");
    this.act("location", { latitude: Number(form.latitude.value), longitude: Number(form.longitude.value) });
  }

  // --- menus

  closeMenus() {
    for (const [menu, opener] of [[".commands", ".slash"], [".attach", ".clip"]]) {
      this.find(menu).hidden = true;
      this.find(opener).setAttribute("aria-expanded", "false");
    }
  }

  open(menu, opener, items) {
    const node = this.find(menu);
    const wasOpen = !node.hidden;
    this.closeMenus();
    if (wasOpen) return;
    node.replaceChildren(...items);
    node.hidden = false;
    this.find(opener).setAttribute("aria-expanded", "true");
    node.querySelector("button")?.focus();
  }

  item(label, act) {
    const made = element("button", { type: "button" }, ...label);
    made.addEventListener("click", act);
    return made;
  }

  async openCommands() {
    const { commands } = await this.line.get("commands");
    const items = commands.map(({ command, description }) =>
      this.item([element("b", {}, `/${command}`), ` ${description}`], () => this.say(`/${command}`)));
    this.open(".commands", ".slash", items.length ? items : [element("p", {}, text("demo.commands.none"))]);
  }

  openAttach() {
    const files = Object.keys(KINDS).map((kind) =>
      this.item([text(`demo.attach.${kind}`)], () => this.choose(kind)));
    const place = this.item([text("demo.attach.location")], () => {
      this.closeMenus();
      this.find(".place").showModal();
    });
    const contact = this.item([text("demo.attach.contact")], () => {
      this.closeMenus();
      this.act("contact", { own: true });
    });
    this.open(".attach", ".clip", [...files, place, contact]);
  }

  choose(kind) {
    this.closeMenus();
    const input = this.find(".chooser");
    input.dataset.kind = kind;
    input.accept = KINDS[kind];
    input.multiple = kind !== "voice";
    input.click();
  }

  grow() {
    const box = this.find("textarea");
    box.rows = Math.min(6, box.value.split("\n").length);
  }

  // --- seeing

  showAll(whole) {
    this.messages = new Map(whole.messages.map((message) => [message.message_id, message]));
    this.status = whole.status;
    this.redraw();
    this.showStatus();
  }

  redraw() {
    const all = [...this.messages.values()];
    this.log.replaceChildren(...all.map((message) => bubble(message, this)));
    this.showEmpty();
    const keyboard = all.filter((message) => message.reply_keyboard).at(-1);
    this.showKeyboard(keyboard?.reply_keyboard);
    this.log.scrollTop = this.log.scrollHeight;
  }

  showEmpty() {
    this.log.querySelector(".empty")?.remove();
    if (this.messages.size > 0) return;
    const start = this.item([text("demo.start")], () => this.say("/start"));
    this.log.append(element("div", { className: "empty" }, element("p", {}, text("demo.empty")), start));
  }

  showStatus() {
    this.blocked = this.status === "kicked";
    this.root.classList.toggle("blocked", this.blocked);
    const button = this.find(".block");
    button.dataset.label = this.blocked ? "demo.unblock" : "demo.block";
    button.setAttribute("aria-pressed", String(this.blocked));
    fill(this.find(".bar"));
  }

  showKeyboard(keyboard) {
    const place = this.find(".reply-keyboard");
    const rows = keyboard?.keyboard ?? [];
    place.hidden = rows.length === 0;
    place.replaceChildren(...rows.map((row) =>
      element("div", { className: "row" }, ...row.map((one) => this.item([one.text ?? one], () => this.say(one.text ?? one))))));
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
    const low = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 120;
    const made = bubble(message, this);
    const old = this.log.querySelector(`[data-message="${message.message_id}"]`);
    const known = this.messages.has(message.message_id);
    this.messages.set(message.message_id, message);
    this.showEmpty();
    if (old) old.replaceWith(made);
    else if (!known) this.log.append(made);
    if (message.reply_keyboard) this.showKeyboard(message.reply_keyboard);
    if (message.outgoing) this.find(".typing").textContent = "";
    if (low || !message.outgoing) this.log.scrollTop = this.log.scrollHeight;
  }

  drop(numbers) {
    for (const number of numbers) {
      this.messages.delete(number);
      this.log.querySelector(`[data-message="${number}"]`)?.remove();
    }
    this.showEmpty();
  }

  answer(event) {
    for (const key of this.log.querySelectorAll(".waiting")) key.classList.remove("waiting");
    const start = /[?&]start=([\w-]+)/.exec(event.url ?? "");
    if (start) this.say(`/start ${start[1]}`);
    if (!event.text) return;
    if (!event.show_alert) {
      this.toast(event.text);
      return;
    }
    const alert = this.find(".alert");
    alert.querySelector("p").textContent = event.text;
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
