// The language of a phone, which it tells the bot with every message.

import { forTheTab } from "../storage.js";
import { language, text } from "../texts.js";

const LATE_MS = 1000;

export class PhoneLanguage {
  constructor(phone) {
    this.phone = phone;
    this.select = phone.find(".phone-language select");
    this.initial = phone.settings.language;
    this.introduced = false;
    this.told = Promise.resolve();
    for (const [code, name] of Object.entries(phone.shared.languages)) this.select.append(new Option(name, code));
    phone.settings.language = this.chosen ?? this.initial;
    this.select.addEventListener("change", () => this.choose(this.select.value));
  }

  get chosen() {
    return forTheTab.get("phoneLanguages")?.[this.phone.settings.id];
  }

  // The person's own messages.
  get written() {
    return [...this.phone.chat.messages.values()].filter((message) => !message.outgoing);
  }

  async choose(code) {
    forTheTab.set("phoneLanguages", { ...forTheTab.get("phoneLanguages"), [this.phone.settings.id]: code });
    await this.introduce(code);
  }

  // A message is shown; for languages that a bot is asked for.
  onMessage() {}

  // A phone on which somebody has written already, perhaps in another browser, keeps the language that the bot knows.
  async begin() {
    const known = await this.phone.chatNow();
    if (known && this.isKnown(known)) {
      this.adopt(known.language_code);
      await this.tell({});
    } else await this.introduce(this.phone.settings.language);
  }

  isKnown({ language_code: code, messages }) {
    return code in this.phone.shared.languages && messages.some(({ outgoing }) => !outgoing);
  }

  // The whole chat was fetched. From the second time on, that may be because the server was restarted: then it has
  // forgotten the phone.
  async onChat(chat) {
    if (this.introduced && this.isKnown(chat)) this.adopt(chat.language_code);
    else if (this.introduced) await this.introduce(this.phone.settings.language);
    this.introduced = true;
    this.follow(language());
  }

  // A phone on which nobody has written yet takes the language of the page, unless it was given one.
  follow(code) {
    if (!(code in this.phone.shared.languages) || this.phone.settings.number) return;
    this.followPage(code);
  }

  followPage(code) {
    if (this.written.length === 0 && !this.chosen && code !== this.phone.settings.language) this.introduce(code);
  }

  // Tell the server who the person is and what language their phone has.
  async introduce(code) {
    this.adopt(code);
    await this.tell({ language_code: code });
  }

  // Show the language that the phone has, which another browser may have given it.
  adopt(code) {
    if (!(code in this.phone.shared.languages)) return;
    this.phone.settings.language = code;
    this.select.value = code;
    for (const part of [".list", ".announced", ".commands", ".reply-keyboard"]) this.phone.find(part).lang = code;
  }

  // One after the other: of two requests under way the earlier may arrive last, and its language would stay. One that is
  // not answered holds the next up for a moment only.
  tell(more) {
    const next = () => this.tellNow(more);
    const late = new Promise((resolve) => setTimeout(resolve, LATE_MS));
    this.told = Promise.race([this.told, late]).then(next, next);
    return this.told;
  }

  async tellNow(more) {
    const { phone } = this;
    const answer = await phone.act("start", { first_name: text(phone.settings.first_name), ...more });
    if (answer) phone.bot = answer.bot.username;
    phone.find(".handle").textContent = phone.bot && `@${phone.bot}`;
  }
}
