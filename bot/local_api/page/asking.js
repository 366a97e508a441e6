// A dialog that asks before something is done.

import { text } from "./texts.js";

// `about` are keys of texts: title, words, and what its button says. Whether it was pressed.
export function ask(dialog, about) {
  const [title, words, yes] = about.map((key) => text(key));
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector("p").textContent = words;
  dialog.querySelector(".strong").textContent = yes;
  dialog.setAttribute("aria-label", title);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
