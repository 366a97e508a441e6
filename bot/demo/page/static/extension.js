// What the demo adds to the page: the stored rows, the clock, the map, and a team who ask the bot for a language.

// /page/ serves the page's own scripts (bot/local_api/page/static/scripts), /page/extension/ this folder.
import { PhoneLanguage } from "/page/phone/language.js";
import { Clock } from "./clock.js";
import { MemberLanguage } from "./member_language.js";
import { Tables } from "./tables.js";

export async function extend(page, { members }) {
  page.map = await (await fetch("/page/extension/kazakhstan.json")).json();
  page.panel.add("tables", (root) => new Tables(root));
  page.panel.add("clock", (root) => new Clock(root));
  page.makeLanguage = (phone) => (members.includes(phone.settings.id) ? new MemberLanguage(phone) : new PhoneLanguage(phone));
}
