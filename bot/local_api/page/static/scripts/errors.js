// Why something was refused, in the page's own words: the server answers in English, as the Bot API does.

import { RefusedError } from "./api.js";
import { text } from "./texts.js";

const TOO_LARGE = 413;
const REASONS = [
  [/IMAGE_PROCESS_FAILED|PHOTO_/, "page.refused.picture"],
  [/too (?:big|large)/i, "page.refused.large"],
  [/too long/i, "page.refused.long"],
  [/file must be non-empty/i, "page.refused.empty"],
  [/no such button/i, "page.refused.button"],
  [/bot is blocked/i, "page.blocked"],
];

export function explain(error) {
  if (!(error instanceof RefusedError)) return text("page.offline");
  if (error.status === TOO_LARGE) return text("page.refused.large");
  const [, key] = REASONS.find(([words]) => words.test(error.message)) ?? [];
  return text(key ?? "page.refused");
}
