// The page: two phones side by side, or one at a time on a narrow screen.

import { element } from "./bubbles.js";
import { Phone } from "./phone.js";
import { fill, text, useTexts } from "./texts.js";

const down = new Set();

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser may forbid storage; the choice then lasts until the page is left.
  }
}

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function onLine(id, up) {
  if (up) down.delete(id);
  else down.add(id);
  document.getElementById("offline").hidden = down.size === 0;
}

function chooseTheme(theme) {
  document.documentElement.dataset.theme = theme;
  document.getElementById("theme").value = theme;
  remember("theme", theme);
}

function show(id, tabs) {
  for (const tab of tabs) {
    const chosen = tab.dataset.phone === String(id);
    tab.setAttribute("aria-pressed", String(chosen));
    document.getElementById(`phone-${tab.dataset.phone}`).classList.toggle("shown", chosen);
  }
}

function chooseLanguage(language, settings, phones, tabs) {
  useTexts(settings.texts, language);
  document.getElementById("language").value = language;
  fill(document);
  document.title = text("demo.title");
  for (const phone of phones) phone.retell();
  for (const [place, tab] of tabs.entries()) tab.textContent = text(`demo.phone.${settings.phones[place].role}`);
  remember("language", language);
}

async function start() {
  const settings = await (await fetch("/page/settings.json")).json();
  const phones = settings.phones.map((one) => new Phone(one, settings.languages, onLine));
  document.getElementById("phones").append(...phones.map((phone) => phone.root));
  const tabs = settings.phones.map((one) => {
    const tab = element("button", { type: "button" });
    tab.dataset.phone = one.id;
    tab.addEventListener("click", () => show(one.id, tabs));
    return tab;
  });
  document.getElementById("tabs").append(...tabs);
  show(settings.phones[0].id, tabs);
  const select = document.getElementById("language");
  for (const [code, name] of Object.entries(settings.languages)) select.append(new Option(name, code));
  const wanted = [remembered("language"), navigator.language.slice(0, 2), ...Object.keys(settings.languages)];
  const first = wanted.find((code) => code in settings.languages);
  select.addEventListener("change", () => chooseLanguage(select.value, settings, phones, tabs));
  const theme = document.getElementById("theme");
  theme.addEventListener("change", () => chooseTheme(theme.value));
  chooseTheme(remembered("theme") ?? "auto");
  chooseLanguage(first, settings, phones, tabs);
  await Promise.all(phones.map((phone) => phone.start()));
}

start();
