// The language of a moderator's phone: the bot remembers the one a moderator chose, whatever their phone speaks, so it
// is asked for another as anybody asks.

import { PhoneLanguage } from "/page/phone/language.js";

const PATIENCE_MS = 10000;
const COMMAND = "/language";
const INVITATION = /^\/start \S/;
const ENROLMENT_MESSAGES = 2;

export class ModeratorLanguage extends PhoneLanguage {
  // The label of the button to tap once the bot asks which language.
  wanted = null;

  // Nothing was written on this phone but what enrolled its moderator, in its initial language.
  get isFresh() {
    const { written } = this;
    return written.length > 0 && written.length <= ENROLMENT_MESSAGES && INVITATION.test(written[0].text);
  }

  async choose(code) {
    await super.choose(code);
    if (this.written.length === 0) return;
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

  followPage(code) {
    if (!this.isFresh) {
      super.followPage(code);
      return;
    }
    const wanted = this.chosen ?? code;
    if (wanted !== this.initial) this.choose(wanted);
  }
}
