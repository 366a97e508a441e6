// A text with its entities (Bot API, MessageEntity) as nodes.

import { button, element, wordButton } from "../elements.js";
import { text } from "../texts.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);

// The payload of a deep link to this bot; null for any other link.
export function startPayload(url, bot) {
  const match = /^(?:https?:\/\/)?t\.me\/(\w+)\?start=([\w-]+)$/.exec(url);
  return match && match[1].toLowerCase() === bot.toLowerCase() ? match[2] : null;
}

// A link that opens in a new tab; anything but an address of the web is plain text.
export function externalLink(url, label) {
  const full = /^[a-z]+:/i.test(url) ? url : `https://${url}`;
  if (!/^https?:/i.test(full)) return element("span", {}, ...label);
  return element("a", { href: full, target: "_blank", rel: "noopener noreferrer" }, ...label);
}

function link(url, label, act) {
  const start = startPayload(url, act.bot);
  return start === null ? externalLink(url, label) : wordButton("link", () => act.say(`/start ${start}`), ...label);
}

function spoiler(inside) {
  const open = (cover) => {
    const shown = element("span", { className: "uncovered", tabIndex: -1 }, ...inside);
    cover.replaceWith(shown);
    shown.focus();
  };
  const covered = element("span", {}, ...inside.map((node) => node.cloneNode?.(true) ?? node));
  covered.setAttribute("aria-hidden", "true");
  covered.inert = true;
  return button("spoiler", open, text("page.spoiler"), covered);
}

function quote(inside) {
  const made = element("blockquote", { className: "folded" }, ...inside);
  const more = button("small", () => {
    made.classList.remove("folded");
    more.remove();
  }, "", text("page.more"));
  return element("div", {}, made, more);
}

function entityElement(entity, raw, inside, act) {
  if (entity.type === "text_link") return link(entity.url, inside, act);
  if (entity.type === "url") return link(raw, inside, act);
  if (entity.type === "bot_command") return wordButton("link", () => act.say(raw), ...inside);
  if (entity.type === "spoiler") return spoiler(inside);
  if (entity.type === "expandable_blockquote") return quote(inside);
  return element(TAGS[entity.type] ?? "span", {}, ...inside);
}

// Offsets are UTF-16 code units, as JavaScript counts too. Entities are sorted, outer ones first.
export function entityNodes(words, entities, act, from = 0, to = words.length) {
  const made = [];
  let at = from;
  let next = 0;
  while (next < entities.length) {
    const entity = entities[next];
    const end = entity.offset + entity.length;
    let after = next + 1;
    while (after < entities.length && entities[after].offset < end) after += 1;
    if (entity.offset > at) made.push(words.slice(at, entity.offset));
    const inside = entityNodes(words, entities.slice(next + 1, after), act, entity.offset, end);
    made.push(entityElement(entity, words.slice(entity.offset, end), inside, act));
    at = end;
    next = after;
    // As in Telegram, the line feed behind a block only ends it.
    if (BLOCKS.has(entity.type) && at < to && words[at] === "\n") {
      made.push(element("span", { className: "block-end" }, "\n"));
      at += 1;
    }
  }
  if (at < to) made.push(words.slice(at, to));
  return made;
}
