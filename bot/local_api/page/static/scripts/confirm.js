// A dialog that asks for confirmation.

import { text } from "./texts.js";

// Keys of texts for the title, the question and the button; resolves to whether the button was pressed.
export function confirm(dialog, keys) {
  const [title, words, yes] = keys.map((key) => text(key));
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector("p").textContent = words;
  dialog.querySelector(".primary").textContent = yes;
  dialog.setAttribute("aria-label", title);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
