// What can be done with a message of one's own: a button that is seen when it is pointed at or has the focus opens it,
// as do a right click and, on a touch screen, a tap or a long press on the message.

import { button, element, icon } from "../elements.js";
import { text } from "../texts.js";

const TOUCHED = matchMedia("(pointer: coarse)");
const CONTROLS = "a, button, audio, video, [role=button]";

class OwnMenu {
  // Each of `acts` has a name (its class), a key of its text, a sign (its icon) and what it does.
  constructor(node, acts) {
    this.node = node;
    this.acts = acts;
    this.items = null;
    this.opener = button("small more", () => (this.items ? this.close() : this.open()), text("page.more.own"), icon("dots"));
    this.opener.setAttribute("aria-expanded", "false");
  }

  open() {
    if (this.items) return;
    const made = this.acts.map(({ name, key, sign, act }) => button(`small ${name}`, () => {
      this.close();
      act();
    }, "", icon(sign), text(key)));
    this.items = element("div", { className: "own-menu" }, ...made);
    this.node.append(this.items);
    this.opener.setAttribute("aria-expanded", "true");
    this.items.scrollIntoView({ block: "nearest" });
    made[0].focus({ preventScroll: true });
    this.away = (event) => {
      if (!this.node.contains(event.target)) this.close();
    };
    document.addEventListener("pointerdown", this.away);
  }

  close() {
    if (!this.items) return;
    document.removeEventListener("pointerdown", this.away);
    if (this.items.contains(document.activeElement)) this.opener.focus({ preventScroll: true });
    this.items.remove();
    this.items = null;
    this.opener.setAttribute("aria-expanded", "false");
  }

  listen(content) {
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.items) return;
      event.stopPropagation();
      this.close();
    });
    content.addEventListener("contextmenu", (event) => {
      if (event.target.closest(CONTROLS) || String(getSelection())) return;
      event.preventDefault();
      this.open();
    });
    content.addEventListener("click", (event) => {
      if (TOUCHED.matches && !event.target.closest(CONTROLS)) this.open();
    });
  }
}

// The menu of a message, whose `node` it is put into; returns the button that opens it.
export function ownMenu(node, content, acts) {
  const menu = new OwnMenu(node, acts);
  menu.listen(content);
  return menu.opener;
}
