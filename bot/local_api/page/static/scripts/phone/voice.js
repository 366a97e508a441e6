// Voice messages: recorded with a microphone, or a sample tune without one.

const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const RATE = 8000;
const SECONDS = 2;
const TUNE = [392, 440, 523.25, 392];

// The microphone's stream; null if there is no microphone or it is not allowed.
export async function microphone() {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return null;
  }
}

export function release(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export class Recorder {
  constructor(stream) {
    this.stream = stream;
    this.parts = [];
    this.begun = performance.now();
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.recorder = new MediaRecorder(stream, { mimeType });
    this.recorder.addEventListener("dataavailable", (event) => this.parts.push(event.data));
    this.recorder.start();
  }

  get seconds() {
    return Math.max(1, Math.round((performance.now() - this.begun) / 1000));
  }

  // Ends the recording and resolves to its file.
  async stop() {
    const { seconds } = this;
    await new Promise((resolve) => {
      this.recorder.addEventListener("stop", resolve, { once: true });
      this.recorder.stop();
    });
    release(this.stream);
    const type = this.recorder.mimeType.split(";")[0];
    return { file: new File(this.parts, `voice.${type.split("/")[1]}`, { type }), seconds };
  }
}

function wave() {
  const samples = new Uint8Array(RATE * SECONDS);
  const note = samples.length / TUNE.length;
  for (let at = 0; at < samples.length; at += 1) {
    const fade = 1 - (at % note) / note;
    samples[at] = 128 + 50 * fade * Math.sin((2 * Math.PI * TUNE[Math.floor(at / note)] * at) / RATE);
  }
  return samples;
}

// A short tune: RIFF WAVE, 8 bits, one channel.
export function sample() {
  const samples = wave();
  const head = new DataView(new ArrayBuffer(44));
  const word = (at, letters) => [...letters].forEach((letter, place) => head.setUint8(at + place, letter.charCodeAt(0)));
  word(0, "RIFF");
  head.setUint32(4, 36 + samples.length, true);
  word(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, RATE, true);
  head.setUint32(28, RATE, true);
  head.setUint16(32, 1, true);
  head.setUint16(34, 8, true);
  word(36, "data");
  head.setUint32(40, samples.length, true);
  return { file: new File([head, samples], "voice.wav", { type: "audio/wav" }), seconds: SECONDS };
}
