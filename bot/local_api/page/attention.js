// Where whoever uses the keyboard is in a chat, and what those who listen are told of it.

const FOLLOWED = 10000;
const TOLD = 6000;

function firstKey(bubble) {
  return bubble?.querySelector(".key") ?? null;
}

export class Attention {
  constructor(root, list) {
    this.log = root.querySelector(".log");
    this.box = root.querySelector("textarea");
    this.told = root.querySelector(".told");
    this.list = list;
    this.place = null;
    this.since = -FOLLOWED;
  }

  // The next act is the first button of the newest message that has some, else to write.
  next(but) {
    const bubbles = [...this.list.querySelectorAll(".bubble[data-message]")].reverse();
    const found = bubbles.filter((one) => !but?.contains(one)).map(firstKey).find((one) => one !== null);
    return found ?? (this.box.offsetParent ? this.box : this.log);
  }

  // Where the focus is to stay near until the answer comes.
  stay(node) {
    this.place = node;
    this.since = performance.now();
  }

  // Something with the focus goes away: nobody is left nowhere. Where a finger or a mouse was, nothing is written yet.
  leave(node) {
    const here = document.activeElement;
    if (!node?.contains(here)) return;
    const place = here.matches(":focus-visible") ? this.next(node) : this.log;
    place.focus({ preventScroll: true });
    this.stay(place);
  }

  // A message has come: whoever waits for it is led to its buttons.
  come(bubble) {
    const here = document.activeElement;
    const key = firstKey(bubble);
    if (!key || here !== this.place || performance.now() - this.since > FOLLOWED) return;
    if (!here.matches(":focus-visible") || (here === this.box && this.box.value)) return;
    key.focus({ preventScroll: true });
    this.place = key;
  }

  // Read aloud once, however often the message is drawn again.
  tell(words) {
    if (!words) return;
    const line = document.createElement("p");
    line.textContent = words;
    this.told.append(line);
    setTimeout(() => line.remove(), TOLD);
  }
}
