// The bot's clock, which can be moved ahead.

import { get, post } from "/page/api.js";
import { explain } from "/page/errors.js";
import { formatDate, formatTime, inZone, text, zoneName } from "/page/texts.js";
import { Polled } from "./polled.js";

const INTERVAL_MS = 10000;

export class Clock extends Polled {
  constructor(root) {
    super(INTERVAL_MS);
    this.root = root;
    this.now = null;
    this.expired = null;
    this.busy = false;
    this.jumps = [...root.querySelectorAll("[data-hours]")];
    for (const jump of this.jumps) jump.addEventListener("click", () => this.advance(jump));
  }

  async update() {
    try {
      this.now = (await get("/demo/clock")).now;
      this.translate();
    } catch {
      // The page itself tells when the server does not answer.
    }
  }

  async advance(jump) {
    if (this.busy) return;
    this.busy = true;
    for (const one of this.jumps) one.setAttribute("aria-disabled", "true");
    try {
      const { now, expired } = await post("/demo/clock", { hours: Number(jump.dataset.hours) });
      Object.assign(this, { now, expired });
      this.translate();
    } catch (error) {
      this.root.querySelector("time").textContent = explain(error);
    }
    this.busy = false;
    for (const one of this.jumps) one.removeAttribute("aria-disabled");
  }

  translate() {
    if (this.now === null) return;
    const shown = this.root.querySelector("time");
    shown.dateTime = this.now;
    const when = inZone(new Date(this.now));
    shown.textContent = `${formatDate(when)}, ${formatTime(when)} ${zoneName()}`.trimEnd();
    if (this.expired === null) return;
    const any = Object.values(this.expired).some((number) => number > 0);
    this.root.querySelector(".expired").textContent = any ? text("demo.clock.gone", this.expired) : text("demo.clock.gone.none");
  }
}
