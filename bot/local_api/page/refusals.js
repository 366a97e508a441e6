// Why something was not done, in the page's own words: the server speaks as the Bot API does, in English.

import { Refused } from "./line.js";
import { text } from "./texts.js";

const TOO_LARGE = 413;
const KINDS = [
  [/IMAGE_PROCESS_FAILED|PHOTO_/, "demo.refused.picture"],
  [/too (?:big|large)/i, "demo.refused.large"],
  [/too long/i, "demo.refused.long"],
  [/file must be non-empty/i, "demo.refused.empty"],
  [/no such button/i, "demo.refused.button"],
  [/bot is blocked/i, "demo.blocked"],
];

export function refusal(error) {
  if (!(error instanceof Refused)) return text("demo.offline");
  if (error.status === TOO_LARGE) return text("demo.refused.large");
  const [, key] = KINDS.find(([words]) => words.test(error.message)) ?? [];
  return text(key ?? "demo.refused");
}
