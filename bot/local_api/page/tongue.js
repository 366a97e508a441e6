// The language of a phone: what it tells the bot with every message, and what a moderator asks the bot for.

import { keep, kept } from "./choices.js";
import { language } from "./texts.js";

const PATIENCE = 10000;
const COMMAND = "/language";
const INVITED = /^\/start \S/;
const ENROLMENT = 2;

export class Tongue {
  constructor(phone) {
    this.phone = phone;
    this.select = phone.find(".tongue select");
    this.home = phone.settings.language;
    this.met = false;
    this.wanted = null;
    for (const [code, name] of Object.entries(phone.shared.languages)) this.select.append(new Option(name, code));
    phone.settings.language = this.chosen ?? this.home;
    this.select.addEventListener("change", () => this.speak(this.select.value));
  }

  get chosen() {
    return kept("tongues")?.[this.phone.settings.id];
  }

  get moderates() {
    return this.phone.settings.role === "moderator";
  }

  get own() {
    return [...this.phone.chat.messages.values()].filter((message) => !message.outgoing);
  }

  // Nothing was said on it but what made its holder a moderator, and that in its first language.
  get fresh() {
    const { own } = this;
    return own.length > 0 && own.length <= ENROLMENT && INVITED.test(own[0].text);
  }

  // The bot remembers which language a moderator chose, whatever their phone speaks: it is asked for another as anybody asks.
  async speak(code) {
    keep("tongues", { ...kept("tongues"), [this.phone.settings.id]: code });
    await this.introduce(code);
    if (!this.moderates || this.own.length === 0) return;
    this.wanted = this.phone.shared.languages[code];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.wanted = null; }, PATIENCE);
    if (!(await this.phone.say(COMMAND))) this.wanted = null;
  }

  // The bot asks which one.
  answer(message) {
    if (this.wanted === null || !message.outgoing) return;
    const key = message.reply_markup?.inline_keyboard?.flat().find(({ text, callback_data: data }) => data && text === this.wanted);
    if (!key) return;
    this.wanted = null;
    this.phone.act("taps", { message_id: message.message_id, data: key.callback_data });
  }

  // The chat stands as the server has it. One that was started anew knows nothing of this phone.
  async meet() {
    if (this.met) await this.introduce(this.phone.settings.language);
    this.met = true;
    this.follow(language());
  }

  // A phone on which nobody has written yet takes on the language of the page, unless it was given one.
  follow(code) {
    if (!(code in this.phone.shared.languages) || this.phone.settings.number) return;
    if (this.moderates && this.fresh) {
      const wanted = this.chosen ?? code;
      if (wanted !== this.home) this.speak(wanted);
    } else if (this.own.length === 0 && !this.chosen && code !== this.phone.settings.language) this.introduce(code);
  }

  async introduce(code) {
    const { phone } = this;
    phone.settings.language = code;
    this.select.value = code;
    for (const place of [".list", ".told", ".commands", ".reply-keyboard"]) phone.find(place).lang = code;
    const answer = await phone.act("start", { first_name: phone.settings.first_name, language_code: code });
    if (answer) phone.bot = answer.bot.username;
    phone.find(".handle").textContent = phone.bot && `@${phone.bot}`;
  }
}
