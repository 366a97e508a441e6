// The server's API: what a phone does, and one long poll for the events of all phones.

const WAIT_S = 25;
const RETRY_MS = 1000;

// The server has answered with a refusal.
export class RefusedError extends Error {
  constructor(status, description) {
    super(description);
    this.status = status;
  }
}

// An answer that is not JSON is a refusal too, and told by its status.
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
  if (!answer.ok) throw new RefusedError(response.status, answer.description);
  return answer;
}

// A failure to show an event must not end the long poll: it is reported, and the next events are handled.
function handle(handler, event) {
  try {
    handler(event);
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

export class PhoneApi {
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

// All phones wait by one request, since a browser has few connections to a server.
export class EventPoll {
  // `onAnswer` is called with whether the server answers.
  constructor(onAnswer) {
    this.phones = new Map();
    this.onAnswer = onAnswer;
    this.waiting = new AbortController();
  }

  // `onChat` is called with the whole chat, then `onEvent` with each event.
  add(person, { onChat, onEvent }) {
    this.phones.set(person, { onChat, onEvent, seq: null });
    this.waiting.abort();
  }

  remove(person) {
    this.phones.delete(person);
    this.waiting.abort();
  }

  async fetchChats() {
    for (const [person, phone] of this.phones) {
      if (phone.seq !== null) continue;
      const chat = await get(`/phone/${person}/chat`);
      this.onAnswer(true);
      phone.seq = chat.seq;
      handle(phone.onChat, chat);
    }
  }

  async fetchEvents() {
    const known = [...this.phones].map(([person, phone]) => `after=${person}:${phone.seq}`).join("&");
    const { phones } = await get(`/phones/events?${known}&timeout=${WAIT_S}`, this.waiting.signal);
    for (const [person, { events, lost }] of Object.entries(phones)) {
      const phone = this.phones.get(Number(person));
      if (!phone) continue;
      if (lost) phone.seq = null;
      else for (const event of events) {
        phone.seq = event.seq;
        handle(phone.onEvent, event);
      }
    }
  }

  async run() {
    for (;;) {
      this.waiting = new AbortController();
      try {
        await this.fetchChats();
        if (this.waiting.signal.aborted) continue;
        await this.fetchEvents();
        this.onAnswer(true);
      } catch (error) {
        if (error.name === "AbortError") continue;
        // A server that was restarted numbers events from the beginning: fetch the whole chats again.
        for (const phone of this.phones.values()) phone.seq = null;
        this.onAnswer(false);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
