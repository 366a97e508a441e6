// A voice message while it is recorded.

import { microphone, Recorder, release, sample } from "./voice.js";

const WITHOUT_MICROPHONE = ["page.voice.none", "page.voice.offer", "page.voice.sample"];

export class Recording {
  // `send` is called with the file and its seconds; the phone's `signal` ends it all.
  constructor(phone, send) {
    this.phone = phone;
    this.send = send;
    this.recorder = null;
    const [cancel, done] = phone.root.querySelectorAll(".recording button");
    cancel.addEventListener("click", () => this.end(false));
    done.addEventListener("click", () => this.end(true));
    phone.signal.addEventListener("abort", () => this.end(false), { once: true });
  }

  async begin() {
    if (this.recorder) return;
    const stream = await microphone();
    if (this.phone.signal.aborted) {
      release(stream);
      return;
    }
    if (!stream) {
      await this.offerSample();
      return;
    }
    this.recorder = new Recorder(stream);
    this.show(true);
  }

  // Nothing is sent in a person's name that they have not chosen.
  async offerSample() {
    if (!(await this.phone.confirm(WITHOUT_MICROPHONE))) return;
    const { file, seconds } = sample();
    await this.send(file, seconds);
  }

  show(on) {
    const { phone } = this;
    phone.find(".compose").hidden = on;
    phone.find(".recording").hidden = !on;
    clearInterval(this.timer);
    if (!on) return;
    const elapsed = phone.find(".elapsed");
    const showElapsed = () => {
      const { seconds } = this.recorder;
      elapsed.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    };
    showElapsed();
    this.timer = setInterval(showElapsed, 500);
    phone.find(".recording .primary").focus();
  }

  async end(keep) {
    const { recorder } = this;
    if (!recorder) return;
    this.show(false);
    this.recorder = null;
    const mic = this.phone.find(".mic");
    (mic.hidden ? this.phone.find("textarea") : mic).focus();
    const { file, seconds } = await recorder.stop();
    if (keep) await this.send(file, seconds);
  }
}
