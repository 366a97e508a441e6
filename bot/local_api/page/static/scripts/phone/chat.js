// The messages of a chat, with the days between them, the number of unread ones, and a button to the last.

import { ChatFocus } from "./focus.js";
import { messageElement } from "./message.js";
import { element } from "../elements.js";
import { formatDate, inZone, language, text } from "../texts.js";

const KEPT = 300;
const NEAR = 80;
const LEAVING = 400;
const ANSWERED = 3000;

function divider(words, className = "day") {
  return element("p", { className, lang: language() }, element("span", {}, words));
}

function words(message) {
  return message.text ?? message.caption ?? (message.files ?? []).map(({ name }) => name).join(", ");
}

function day(message) {
  return formatDate(inZone(new Date(message.date * 1000)));
}

export class Chat {
  // `act` is what messages can do; `onUnread` is called with the number of unread messages; `signal` ends it all.
  constructor(root, act, onUnread, signal) {
    this.messages = new Map();
    this.act = act;
    this.onUnread = onUnread;
    this.unread = 0;
    this.low = true;
    this.top = 0;
    this.size = "";
    this.asked = -ANSWERED;
    this.log = root.querySelector(".log");
    this.list = root.querySelector(".list");
    this.focus = new ChatFocus(root, this.list);
    this.button = root.querySelector(".down");
    this.button.addEventListener("click", () => this.goDown());
    this.log.addEventListener("scroll", () => this.look(), { passive: true });
    // Images and fonts load and keyboards open: whoever reads the end of a chat stays at its end.
    const sizes = new ResizeObserver(() => this.settle());
    sizes.observe(this.log);
    sizes.observe(this.list);
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    signal.addEventListener("abort", () => sizes.disconnect(), { once: true });
  }

  get seen() {
    return this.low && !document.hidden && this.log.clientHeight > 0;
  }

  settle() {
    if (this.low && this.log.clientHeight > 0) this.log.scrollTop = this.log.scrollHeight;
    this.look();
  }

  look() {
    const { scrollHeight, clientHeight } = this.log;
    const size = `${scrollHeight} ${clientHeight}`;
    const same = size === this.size;
    this.size = size;
    if (clientHeight === 0) return;
    // A chat also moves when something above grows, shrinks or goes away: only where nothing did, a person has scrolled.
    if (this.low && !same) this.log.scrollTop = scrollHeight;
    const { scrollTop } = this.log;
    if (scrollHeight - scrollTop - clientHeight < NEAR) this.low = true;
    else if (same && scrollTop < this.top) this.low = false;
    this.top = scrollTop;
    if (this.seen && this.unread) this.count(0);
    this.button.hidden = this.low;
  }

  goDown() {
    this.low = true;
    this.log.scrollTop = this.log.scrollHeight;
    this.look();
    this.release(this.button);
  }

  count(unread) {
    this.unread = unread;
    this.button.querySelector(".badge").textContent = unread || "";
    this.onUnread(unread);
  }

  redraw(messages = [...this.messages.values()]) {
    this.release(this.list);
    this.messages = new Map();
    const kept = document.createDocumentFragment();
    const list = this.list;
    this.list = kept;
    for (const message of messages.slice(-KEPT)) this.append(message);
    this.list = list;
    list.replaceChildren(kept);
    this.settle();
  }

  append(message) {
    const before = [...this.messages.values()].at(-1);
    if (!before || day(before) !== day(message)) {
      this.list.append(divider(day(message)));
    }
    this.messages.set(message.message_id, message);
    const made = messageElement(message, this.act);
    if (before?.media_group_id && before.media_group_id === message.media_group_id) made.classList.add("next");
    this.list.append(made);
  }

  find(number) {
    return this.list.querySelector(`[data-message="${number}"]`);
  }

  // A message that is new or has changed.
  show(message) {
    if (this.messages.has(message.message_id)) {
      const changed = words(this.messages.get(message.message_id)) !== words(message);
      this.messages.set(message.message_id, message);
      if (message.outgoing && changed) this.focus.announce(words(message));
      this.replace(this.find(message.message_id), messageElement(message, this.act));
      this.settle();
      return;
    }
    const answer = performance.now() - this.asked < ANSWERED && !document.hidden;
    if (message.outgoing && !this.seen && !answer) {
      if (!this.unread) this.mark();
      this.count(this.unread + 1);
    }
    this.append(message);
    this.list.lastElementChild.classList.add("arriving");
    if (!message.outgoing || answer) this.goTo();
    if (message.outgoing) {
      this.focus.announce(words(message));
      this.focus.arrive(this.list.lastElementChild);
    }
    while (this.messages.size > KEPT) this.forget(this.messages.keys().next().value);
    this.settle();
  }

  // A node goes away: keyboard focus within it moves on.
  release(node) {
    this.focus.release(node);
  }

  // Keyboard focus stays on the same button, or moves on if it is gone.
  replace(old, made) {
    const place = [...(old?.querySelectorAll(".key") ?? [])].indexOf(document.activeElement);
    const held = old?.contains(document.activeElement);
    const same = made.querySelectorAll(".key")[place];
    if (held && !same) this.release(old);
    old?.replaceWith(made);
    if (!held || !same) return;
    same.focus({ preventScroll: true });
    this.focus.place = same;
  }

  // Whoever taps a button far up wants to see the answer.
  awaitAnswer(made) {
    this.asked = performance.now();
    this.focus.expectAnswer(made);
  }

  goTo() {
    this.unmark();
    this.low = true;
    this.settle();
  }

  mark() {
    this.unmark();
    this.list.append(divider(text("page.unread"), "day unread"));
  }

  unmark() {
    this.list.querySelector(".unread")?.remove();
  }

  forget(number) {
    this.messages.delete(number);
    const gone = this.find(number);
    this.release(gone);
    gone?.remove();
    this.tidy();
  }

  drop(numbers) {
    for (const number of numbers) {
      this.messages.delete(number);
      const gone = this.find(number);
      if (!gone) continue;
      this.release(gone);
      delete gone.dataset.message;
      gone.inert = true;
      gone.classList.add("leaving");
      setTimeout(() => {
        gone.remove();
        this.tidy();
      }, LEAVING);
    }
  }

  // A day without messages has no divider.
  tidy() {
    for (const node of this.list.querySelectorAll(".day")) {
      const next = node.nextElementSibling;
      if (!next || (next.matches(".day:not(.unread)") && !node.matches(".unread"))) node.remove();
    }
  }
}
