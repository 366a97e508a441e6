// The page: its language and theme, the phones, the panel, and what an extension adds to them.

import { EventPoll } from "./api.js";
import { Panel } from "./panel.js";
import { PhoneLanguage } from "./phone/language.js";
import { Phones } from "./phones.js";
import { forGood } from "./storage.js";
import { fill, text, useTexts, useZone } from "./texts.js";

const EXTENSION = "/page/extension/extension.js";

function find(id) {
  return document.getElementById(id);
}

function chooseTheme(theme) {
  document.documentElement.dataset.theme = theme;
  find("theme").value = theme;
  forGood.set("theme", theme);
}

function chooseLanguage(language, settings, phones, panel) {
  useTexts(settings.texts, language);
  find("language").value = language;
  fill(document);
  document.title = text("page.title");
  phones.translate();
  panel.translate();
}

function prepareAdding(settings, phones) {
  const dialog = find("adding");
  const select = dialog.querySelector("select");
  for (const [code, name] of Object.entries(settings.languages)) select.append(new Option(name, code));
  find("add").addEventListener("click", () => {
    select.value = document.documentElement.lang;
    dialog.returnValue = "";
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "add") phones.add(select.value);
  });
}

function prepareChoices(settings, choose) {
  const select = find("language");
  for (const [code, name] of Object.entries(settings.languages)) select.append(new Option(name, code));
  select.addEventListener("change", () => choose(select.value));
  find("theme").addEventListener("change", () => chooseTheme(find("theme").value));
}

// An extension may set `map`, `makeLanguage`, what is called with the phones and with each message that is shown, and add
// pages to the panel.
async function extended(page, settings) {
  if (settings.extension === null) return page;
  const { extend } = await import(EXTENSION);
  await extend(page, settings.extension);
  return page;
}

async function start() {
  const settings = await (await fetch("/page/settings.json")).json();
  const wanted = [forGood.get("language"), navigator.language.slice(0, 2), ...Object.keys(settings.languages)];
  const first = wanted.find((code) => code in settings.languages);
  useTexts(settings.texts, first);
  useZone(settings.zone);
  if (settings.shared) find("lead").dataset.text = "page.lead.shared";
  chooseTheme(forGood.get("theme") ?? "auto");
  const events = new EventPoll((answers) => { find("offline").hidden = answers; });
  const panel = new Panel();
  const page = await extended({ panel, map: null, makeLanguage: (phone) => new PhoneLanguage(phone), onPhones() {}, onMessage() {} }, settings);
  const phones = new Phones({ ...page, languages: settings.languages, events }, () => panel.giveWay());
  prepareChoices(settings, (language) => {
    forGood.set("language", language);
    chooseLanguage(language, settings, phones, panel);
    phones.follow(language);
  });
  prepareAdding(settings, phones);
  phones.begin(settings.phones);
  page.onPhones(phones);
  chooseLanguage(first, settings, phones, panel);
  events.run();
}

start();
