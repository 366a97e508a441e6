// The page: its language and look, the phones, and what is behind them.

import { remember, remembered } from "./choices.js";
import { News } from "./line.js";
import { Panel } from "./panel.js";
import { Shelf } from "./shelf.js";
import { fill, text, useTexts, useZone } from "./texts.js";

function find(id) {
  return document.getElementById(id);
}

function chooseTheme(theme) {
  document.documentElement.dataset.theme = theme;
  find("theme").value = theme;
  remember("theme", theme);
}

function chooseLanguage(language, settings, shelf, panel) {
  useTexts(settings.texts, language);
  find("language").value = language;
  fill(document);
  document.title = text("demo.title");
  shelf.retell();
  panel.retell();
}

function prepareAdding(settings, shelf) {
  const dialog = find("adding");
  const select = dialog.querySelector("select");
  for (const [code, name] of Object.entries(settings.languages)) select.append(new Option(name, code));
  find("add").addEventListener("click", () => {
    select.value = document.documentElement.lang;
    dialog.returnValue = "";
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "add") shelf.add(select.value);
  });
}

function prepareChoices(settings, choose) {
  const select = find("language");
  for (const [code, name] of Object.entries(settings.languages)) select.append(new Option(name, code));
  select.addEventListener("change", () => choose(select.value));
  find("theme").addEventListener("change", () => chooseTheme(find("theme").value));
}

async function start() {
  const addresses = ["/page/settings.json", "/page/places.json"];
  const [settings, places] = await Promise.all(addresses.map(async (one) => (await fetch(one)).json()));
  const wanted = [remembered("language"), navigator.language.slice(0, 2), ...Object.keys(settings.languages)];
  const first = wanted.find((code) => code in settings.languages);
  useTexts(settings.texts, first);
  useZone(settings.zone);
  if (settings.shared) find("lead").dataset.text = "demo.lead.shared";
  chooseTheme(remembered("theme") ?? "auto");
  const news = new News((up) => { find("offline").hidden = up; });
  const panel = new Panel(settings);
  const shelf = new Shelf({ languages: settings.languages, places, news }, () => panel.giveWay());
  prepareChoices(settings, (language) => {
    remember("language", language);
    chooseLanguage(language, settings, shelf, panel);
    shelf.follow(language);
  });
  prepareAdding(settings, shelf);
  shelf.begin(settings.phones);
  chooseLanguage(first, settings, shelf, panel);
  news.listen();
}

start();
