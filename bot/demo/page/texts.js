// The page's own texts: keys to words in the language chosen, given by the server.

let words = {};

export function useTexts(all, language) {
  words = all[language] ?? {};
  document.documentElement.lang = language;
}

export function text(key, values = {}) {
  const found = words[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function fill(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = text(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", text(node.dataset.label));
    if (node.matches("button")) node.title = text(node.dataset.label);
    if (node.matches("textarea")) node.placeholder = text(node.dataset.label);
  }
}
