// A section of the panel that is fetched again and again while it is shown: update() every `interval` milliseconds.

export class Polled {
  constructor(interval) {
    this.interval = interval;
    this.timer = null;
  }

  open() {
    if (this.timer !== null) return;
    this.timer = setInterval(() => this.update(), this.interval);
    this.update();
  }

  close() {
    clearInterval(this.timer);
    this.timer = null;
  }
}
