// The line to the server: what a phone does, and the events that come back.

const WAIT = 25;
const PAUSE = 1000;

export class Line {
  constructor(person) {
    this.base = `/phone/${person}`;
    this.seq = null;
  }

  async post(name, body) {
    const form = body instanceof FormData;
    const response = await fetch(`${this.base}/${name}`, {
      method: "POST",
      body: form ? body : JSON.stringify(body),
      headers: form ? {} : { "Content-Type": "application/json" },
    });
    const answer = await response.json();
    if (!answer.ok) throw new Error(answer.description);
    return answer;
  }

  async get(name) {
    const response = await fetch(`${this.base}/${name}`);
    const answer = await response.json();
    if (!answer.ok) throw new Error(answer.description);
    return answer;
  }

  fileUrl(id, show) {
    return `${this.base}/files/${encodeURIComponent(id)}${show ? "?show=1" : ""}`;
  }

  // Calls hear.all(snapshot), then hear.one(event) for ever; hear.line(up) tells whether the server answers.
  async listen(hear) {
    for (;;) {
      try {
        if (this.seq === null) {
          const whole = await this.get("chat");
          hear.all(whole);
          this.seq = whole.seq;
        }
        const news = await this.get(`chat?after=${this.seq}&timeout=${WAIT}`);
        hear.line(true);
        if (news.lost) {
          this.seq = null;
          continue;
        }
        for (const event of news.events) {
          this.seq = event.seq;
          hear.one(event);
        }
      } catch (error) {
        // A server that was started anew counts from the beginning: take the chat as it stands then.
        this.seq = null;
        hear.line(false);
        console.warn(error);
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
  }
}
