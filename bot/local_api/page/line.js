// The line to the server: what a phone does, and one wait for the news of all phones.

const WAIT = 25;
const PAUSE = 1000;

// The server answered, and said no.
export class Refused extends Error {
  constructor(status, description) {
    super(description);
    this.status = status;
  }
}

// An answer that is no JSON is a refusal by what it begins with: its status.
async function read(response) {
  try {
    return await response.json();
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, description: response.statusText };
    throw error;
  }
}

async function ask(address, options) {
  const response = await fetch(address, options);
  const answer = await read(response);
  if (!answer.ok) throw new Refused(response.status, answer.description);
  return answer;
}

// What goes wrong in showing what was heard is no matter of the line: it is reported, and the rest is heard.
function tell(hear, heard) {
  try {
    hear(heard);
  } catch (error) {
    reportError(error);
  }
}

export function get(address, signal) {
  return ask(address, { signal });
}

export function post(address, body) {
  const form = body instanceof FormData;
  return ask(address, {
    method: "POST",
    body: form ? body : JSON.stringify(body),
    headers: form ? {} : { "Content-Type": "application/json" },
  });
}

export class Line {
  constructor(person) {
    this.base = `/phone/${person}`;
  }

  post(name, body) {
    return post(`${this.base}/${name}`, body);
  }

  get(name) {
    return get(`${this.base}/${name}`);
  }

  fileUrl(id, show) {
    return `${this.base}/files/${encodeURIComponent(id)}${show ? "?show=1" : ""}`;
  }
}

// All phones wait by one request: a browser has few connections to a server.
export class News {
  // `onLine` is told whether the server answers.
  constructor(onLine) {
    this.phones = new Map();
    this.onLine = onLine;
    this.waiting = new AbortController();
  }

  // hear.whole(chat) is called with the chat as it stands, then hear.one(event) with each event.
  add(person, hear) {
    this.phones.set(person, { hear, seq: null });
    this.waiting.abort();
  }

  remove(person) {
    this.phones.delete(person);
    this.waiting.abort();
  }

  async takeWhole() {
    for (const [person, phone] of this.phones) {
      if (phone.seq !== null) continue;
      const whole = await get(`/phone/${person}/chat`);
      this.onLine(true);
      phone.seq = whole.seq;
      tell(phone.hear.whole, whole);
    }
  }

  async takeNews() {
    const known = [...this.phones].map(([person, phone]) => `after=${person}:${phone.seq}`).join("&");
    const { phones } = await get(`/phones/news?${known}&timeout=${WAIT}`, this.waiting.signal);
    for (const [person, { events, lost }] of Object.entries(phones)) {
      const phone = this.phones.get(Number(person));
      if (!phone) continue;
      if (lost) phone.seq = null;
      else for (const event of events) {
        phone.seq = event.seq;
        tell(phone.hear.one, event);
      }
    }
  }

  async listen() {
    for (;;) {
      this.waiting = new AbortController();
      try {
        await this.takeWhole();
        if (this.waiting.signal.aborted) continue;
        await this.takeNews();
        this.onLine(true);
      } catch (error) {
        if (error.name === "AbortError") continue;
        // A server that was started anew counts from the beginning: take the chats as they stand then.
        for (const phone of this.phones.values()) phone.seq = null;
        this.onLine(false);
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
  }
}
