// Three steps above the phones: the phone to use is lit, and a step is ticked once its end is seen in a chat.

import { element } from "/page/elements.js";
import { text } from "/page/texts.js";

// A message that begins with a text of the bot, in which tags are gone and placeholders are filled.
function pattern(template) {
  const parts = template.replace(/<[^>]+>/g, "").split(/\{\w+\}/);
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\S+")}`);
}

function isExport({ files, has_protected_content: kept }) {
  return !kept && Boolean(files?.some(({ kind }) => kind === "document"));
}

class Step {
  constructor({ name, phone, title, said }, number, show) {
    Object.assign(this, { name, phone, done: false });
    const patterns = said.map(pattern);
    this.ends = patterns.length > 0 ? (message) => patterns.some((one) => one.test(message.text)) : isExport;
    this.mark = element("i", { className: "mark" }, String(number));
    this.told = element("span", { className: "hidden" });
    const words = element("b", {});
    words.dataset.text = name;
    const where = element("span", { className: "where" });
    where.dataset.text = title;
    this.button = element("button", { type: "button" }, this.mark, words, where, this.told);
    this.button.addEventListener("click", () => show(phone));
  }

  finish() {
    this.done = true;
    this.mark.textContent = "✓";
    this.told.dataset.text = "demo.step.done";
    this.told.textContent = text("demo.step.done");
  }
}

export class Steps {
  // `phones` are those of the page.
  constructor(steps, phones) {
    this.steps = steps.map((one, place) => new Step(one, place + 1, (phone) => phones.show(phone)));
    this.news = element("span", { className: "hidden", role: "status" });
    this.list = element("ol", { className: "steps" }, ...this.steps.map(({ button }) => element("li", {}, button)));
    this.list.dataset.label = "demo.steps";
    document.getElementById("tabs").before(this.list, this.news);
    this.light();
  }

  hear(message) {
    if (!message.outgoing) return;
    for (const step of this.steps) {
      if (step.done || !step.ends(message)) continue;
      step.finish();
      this.news.textContent = `${text(step.name)}: ${text("demo.step.done")}`;
      this.light();
    }
  }

  light() {
    const next = this.steps.find(({ done }) => !done);
    for (const step of this.steps) {
      step.button.classList.toggle("done", step.done);
      if (step === next) step.button.setAttribute("aria-current", "step");
      else step.button.removeAttribute("aria-current");
    }
    const way = next ? `#phone-${next.phone}, [data-phone="${next.phone}"]` : "none";
    for (const one of document.querySelectorAll(".phone, #tabs button")) one.classList.toggle("lit", one.matches(way));
  }
}
