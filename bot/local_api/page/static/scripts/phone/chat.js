// The messages of a chat, with the days between them, the number of unread ones, and a button to the last.

import { ChatFocus } from "./focus.js";
import { messageElement } from "./message.js";
import { element } from "../elements.js";
import { formatDate, inZone, language, text } from "../texts.js";

const MOST_MESSAGES = 300;
const NEAR_END_PX = 80;
const LEAVING_MS = 400;
const ANSWER_MS = 3000;

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
    this.atEnd = true;
    this.lastTop = 0;
    this.lastSize = "";
    this.tappedAt = -ANSWER_MS;
    this.log = root.querySelector(".log");
    this.list = root.querySelector(".list");
    this.focus = new ChatFocus(root, this.list);
    this.button = root.querySelector(".down");
    this.button.addEventListener("click", () => this.scrollToEnd());
    this.log.addEventListener("scroll", () => this.updatePosition(), { passive: true });
    // Images and fonts load and keyboards open: whoever reads the end of a chat stays at its end.
    const sizes = new ResizeObserver(() => this.keepAtEnd());
    sizes.observe(this.log);
    sizes.observe(this.list);
    document.addEventListener("visibilitychange", () => this.updatePosition(), { signal });
    signal.addEventListener("abort", () => sizes.disconnect(), { once: true });
  }

  get seen() {
    return this.atEnd && !document.hidden && this.log.clientHeight > 0;
  }

  keepAtEnd() {
    if (this.atEnd && this.log.clientHeight > 0) this.log.scrollTop = this.log.scrollHeight;
    this.updatePosition();
  }

  updatePosition() {
    const { scrollHeight, clientHeight } = this.log;
    const size = `${scrollHeight} ${clientHeight}`;
    const same = size === this.lastSize;
    this.lastSize = size;
    if (clientHeight === 0) return;
    // A chat also moves when something above grows, shrinks or goes away: only where nothing did, a person has scrolled.
    if (this.atEnd && !same) this.log.scrollTop = scrollHeight;
    const { scrollTop } = this.log;
    if (scrollHeight - scrollTop - clientHeight < NEAR_END_PX) this.atEnd = true;
    else if (same && scrollTop < this.lastTop) this.atEnd = false;
    this.lastTop = scrollTop;
    if (this.seen && this.unread) this.setUnread(0);
    this.button.hidden = this.atEnd;
  }

  scrollToEnd() {
    this.atEnd = true;
    this.log.scrollTop = this.log.scrollHeight;
    this.updatePosition();
    this.release(this.button);
  }

  setUnread(unread) {
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
    for (const message of messages.slice(-MOST_MESSAGES)) this.append(message);
    this.list = list;
    list.replaceChildren(kept);
    this.keepAtEnd();
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
      this.keepAtEnd();
      return;
    }
    const answer = performance.now() - this.tappedAt < ANSWER_MS && !document.hidden;
    if (message.outgoing && !this.seen && !answer) {
      if (!this.unread) this.markUnread();
      this.setUnread(this.unread + 1);
    }
    this.append(message);
    this.list.lastElementChild.classList.add("arriving");
    if (!message.outgoing || answer) this.showEnd();
    if (message.outgoing) {
      this.focus.announce(words(message));
      this.focus.arrive(this.list.lastElementChild);
    }
    while (this.messages.size > MOST_MESSAGES) this.forget(this.messages.keys().next().value);
    this.keepAtEnd();
  }

  // A node goes away: keyboard focus within it moves on.
  release(node) {
    this.focus.release(node);
  }

  // Keyboard focus stays on the same button, or moves on if it is gone.
  replace(old, made) {
    const place = [...(old?.querySelectorAll(".chat-button") ?? [])].indexOf(document.activeElement);
    const held = old?.contains(document.activeElement);
    const same = made.querySelectorAll(".chat-button")[place];
    if (held && !same) this.release(old);
    old?.replaceWith(made);
    if (!held || !same) return;
    same.focus({ preventScroll: true });
    this.focus.place = same;
  }

  // Whoever taps a button far up wants to see the answer.
  awaitAnswer(made) {
    this.tappedAt = performance.now();
    this.focus.expectAnswer(made);
  }

  showEnd() {
    this.removeUnreadMark();
    this.atEnd = true;
    this.keepAtEnd();
  }

  markUnread() {
    this.removeUnreadMark();
    this.list.append(divider(text("page.unread"), "day unread"));
  }

  removeUnreadMark() {
    this.list.querySelector(".unread")?.remove();
  }

  forget(number) {
    this.messages.delete(number);
    const gone = this.find(number);
    this.release(gone);
    gone?.remove();
    this.removeEmptyDays();
  }

  remove(numbers) {
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
        this.removeEmptyDays();
      }, LEAVING_MS);
    }
  }

  // A day without messages has no divider.
  removeEmptyDays() {
    for (const node of this.list.querySelectorAll(".day")) {
      const next = node.nextElementSibling;
      if (!next || (next.matches(".day:not(.unread)") && !node.matches(".unread"))) node.remove();
    }
  }
}
