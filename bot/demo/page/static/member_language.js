// The language of a phone of the team: the bot remembers the one that its owner chose, whatever their phone speaks. Before
// anything is written, the demo tells the bot of another by itself; after that it is asked for as anybody asks.

import { post } from "/page/api.js";
import { PhoneLanguage } from "/page/phone/language.js";

const PATIENCE_MS = 10000;
const COMMAND = "/language";

export class MemberLanguage extends PhoneLanguage {
  // The label of the button to tap once the bot asks which language.
  wanted = null;

  async introduce(code) {
    await super.introduce(code);
    if (this.written.length > 0) return;
    try {
      await post("/demo/language", { phone: this.phone.settings.id, language: code });
    } catch {
      // The page itself tells when the server does not answer.
    }
  }

  async choose(code) {
    const { length } = this.written;
    await super.choose(code);
    if (length === 0) return;
    this.wanted = this.phone.shared.languages[code];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.wanted = null; }, PATIENCE_MS);
    if (!(await this.phone.say(COMMAND))) this.wanted = null;
  }

  onMessage(message) {
    if (this.wanted === null || !message.outgoing) return;
    const button = message.reply_markup?.inline_keyboard?.flat().find(({ text, callback_data: data }) => data && text === this.wanted);
    if (!button) return;
    this.wanted = null;
    this.phone.act("taps", { message_id: message.message_id, data: button.callback_data });
  }
}
