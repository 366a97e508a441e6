// The page's own texts: keys to words in the language chosen, given by the server.

let words = {};

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

// Days and times by the page's own texts: browsers do not know all three languages.
export function dated(when) {
  const month = text("demo.months").split(", ")[when.getMonth()];
  return text("demo.date", { day: when.getDate(), month, year: when.getFullYear() });
}

export function timed(when) {
  return [when.getHours(), when.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}

export function fill(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", text(node.dataset.label));
    if (node.matches("button")) node.title = text(node.dataset.label);
    if (node.matches("textarea, [type=search]")) node.placeholder = text(node.dataset.label);
  }
}
