// What the demo adds to the page: steps, the stored rows, the clock, the map, and a team who ask the bot for a language.

// /page/ serves the page's own scripts (bot/local_api/page/static/scripts), /page/extension/ this folder.
import { PhoneLanguage } from "/page/phone/language.js";
import { forTheTab } from "/page/storage.js";
import { Clock } from "./clock.js";
import { MemberLanguage } from "./member_language.js";
import { Steps } from "./steps.js";
import { Tables } from "./tables.js";

// Here two phones have room beside the panel.
const WIDE = matchMedia("(min-width: 1440px)");

export async function extend(page, { members, steps }) {
  page.map = await (await fetch("/page/extension/kazakhstan.json")).json();
  page.panel.add("tables", (root) => new Tables(root));
  page.panel.add("clock", (root) => new Clock(root));
  page.panel.choose("tables");
  if (forTheTab.get("panel") ?? WIDE.matches) page.panel.show(true);
  let shown = null;
  page.onPhones = (phones) => { shown = new Steps(steps, phones); };
  page.onMessage = (message) => shown.hear(message);
  page.makeLanguage = (phone) => (members.includes(phone.settings.id) ? new MemberLanguage(phone) : new PhoneLanguage(phone));
}
