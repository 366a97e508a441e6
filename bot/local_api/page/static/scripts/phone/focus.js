// Where the keyboard focus goes in a chat, and what screen readers announce.

const FOLLOWED_MS = 10000;
const ANNOUNCED_MS = 6000;

function firstButton(message) {
  return message?.querySelector(".chat-button") ?? null;
}

export class ChatFocus {
  constructor(root, list) {
    this.log = root.querySelector(".log");
    this.box = root.querySelector("textarea");
    this.announced = root.querySelector(".announced");
    this.list = list;
    this.place = null;
    this.since = -FOLLOWED_MS;
  }

  // What a person acts on next: the first button of the newest message that has some, else the text box.
  next(except) {
    const messages = [...this.list.querySelectorAll(".message[data-message]")].reverse();
    const found = messages.filter((one) => !except?.contains(one)).map(firstButton).find((one) => one !== null);
    return found ?? (this.box.offsetParent ? this.box : this.log);
  }

  // The answer is expected near this node.
  expectAnswer(node) {
    this.place = node;
    this.since = performance.now();
  }

  // A node goes away: focus within it moves on. After a tap or a click it moves to the log, since focus on the
  // text box would open the keyboard of a phone.
  release(node) {
    const here = document.activeElement;
    if (!node?.contains(here)) return;
    const place = here.matches(":focus-visible") ? this.next(node) : this.log;
    place.focus({ preventScroll: true });
    this.expectAnswer(place);
  }

  // A message has come: if a keyboard user waits for it, focus moves to its first button.
  arrive(message) {
    const here = document.activeElement;
    const button = firstButton(message);
    if (!button || here !== this.place || performance.now() - this.since > FOLLOWED_MS) return;
    if (!here.matches(":focus-visible") || (here === this.box && this.box.value)) return;
    button.focus({ preventScroll: true });
    this.place = button;
  }

  // Announced once, however often the message is drawn again.
  announce(words) {
    if (!words) return;
    const line = document.createElement("p");
    line.textContent = words;
    this.announced.append(line);
    setTimeout(() => line.remove(), ANNOUNCED_MS);
  }
}
