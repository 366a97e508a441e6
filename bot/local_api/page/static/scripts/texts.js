// The page's texts in the chosen language, by key, and its dates.

let words = {};
let zone = null;

// The time zone of the bot: the minutes it is ahead of UTC, and its name; without it times are the browser's.
export function useZone(given) {
  zone = given;
}

export function zoneName() {
  return zone?.name ?? "";
}

export function useTexts(all, language) {
  words = all[language] ?? {};
  document.documentElement.lang = language;
}

export function language() {
  return document.documentElement.lang;
}

export function text(key, values = {}) {
  const found = words[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// The parts of a Date in the time zone of the bot.
export function inZone(when) {
  if (zone) {
    const there = new Date(when.getTime() + zone.minutes * 60000);
    return { year: there.getUTCFullYear(), month: there.getUTCMonth() + 1, day: there.getUTCDate(), hour: there.getUTCHours(), minute: there.getUTCMinutes() };
  }
  return { year: when.getFullYear(), month: when.getMonth() + 1, day: when.getDate(), hour: when.getHours(), minute: when.getMinutes() };
}

// Dates are written by the page's own texts: not every browser knows Kazakh.
export function formatDate({ year, month, day }) {
  return text("page.date", { day, month: text("page.months").split(", ")[month - 1], year });
}

export function formatTime({ hour, minute }) {
  return [hour, minute].map((part) => String(part).padStart(2, "0")).join(":");
}

// Write the texts of an element and its descendants.
export function fill(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", text(node.dataset.label));
    if (node.matches("button")) node.title = text(node.dataset.label);
    if (node.matches("textarea, [type=search]")) node.placeholder = text(node.dataset.label);
  }
}
