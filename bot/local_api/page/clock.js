// The bot's clock, which can be moved ahead.

import { get, post } from "./line.js";
import { refusal } from "./refusals.js";
import { dated, local, text, timed, zoneName } from "./texts.js";

const PAUSE = 10000;

export class Clock {
  // `tells` whether the server knows what a move did.
  constructor(root, tells) {
    this.root = root;
    this.tells = tells;
    this.now = null;
    this.gone = null;
    this.timer = null;
    this.busy = false;
    this.jumps = [...root.querySelectorAll("[data-hours]")];
    for (const jump of this.jumps) jump.addEventListener("click", () => this.advance(jump));
  }

  open() {
    if (this.timer !== null) return;
    this.timer = setInterval(() => this.look(), PAUSE);
    this.look();
  }

  close() {
    clearInterval(this.timer);
    this.timer = null;
  }

  async look() {
    try {
      this.tell((await get("/stage/now")).now);
    } catch {
      // The page tells by itself when the server is gone.
    }
  }

  async advance(jump) {
    if (this.busy) return;
    this.busy = true;
    for (const one of this.jumps) one.setAttribute("aria-disabled", "true");
    try {
      this.tell((await post("/stage/advance", { hours: Number(jump.dataset.hours) })).now);
      if (this.tells) this.gone = (await get("/stage/gone")).gone;
      this.retell();
    } catch (error) {
      this.root.querySelector("time").textContent = refusal(error);
    }
    this.busy = false;
    for (const one of this.jumps) one.removeAttribute("aria-disabled");
  }

  tell(now) {
    this.now = now;
    this.retell();
  }

  retell() {
    if (this.now === null) return;
    const shown = this.root.querySelector("time");
    shown.dateTime = this.now;
    const when = local(new Date(this.now));
    shown.textContent = `${dated(when)}, ${timed(when)} ${zoneName()}`.trimEnd();
    if (this.gone === null) return;
    const any = Object.values(this.gone).some((number) => number > 0);
    this.root.querySelector(".gone").textContent = any ? text("demo.clock.gone", this.gone) : text("demo.clock.gone.none");
  }
}
