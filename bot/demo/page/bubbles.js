// Messages as bubbles: text with its entities, files, buttons.

import { text } from "./texts.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// The payload of a deep link to this bot, or null.
function payload(url, bot) {
  const match = /^(?:https?:\/\/)?t\.me\/(\w+)\?start=([\w-]+)$/.exec(url);
  return match && match[1].toLowerCase() === bot.toLowerCase() ? match[2] : null;
}

function saying(words, label, act) {
  const button = element("button", { type: "button", className: "link" }, ...label);
  button.addEventListener("click", () => act.say(words));
  return button;
}

function link(url, label, act) {
  const start = payload(url, act.bot);
  if (start !== null) return saying(`/start ${start}`, label, act);
  const full = /^[a-z]+:/i.test(url) ? url : `https://${url}`;
  if (!/^https?:/i.test(full)) return element("span", {}, ...label);
  return element("a", { href: full, target: "_blank", rel: "noopener noreferrer" }, ...label);
}

function spoiler(inside) {
  const node = element("button", { type: "button", className: "spoiler" }, ...inside);
  node.addEventListener("click", () => node.classList.add("open"));
  return node;
}

function dressed(entity, raw, inside, act) {
  if (entity.type === "text_link") return link(entity.url, inside, act);
  if (entity.type === "url") return link(raw, inside, act);
  if (entity.type === "bot_command") return saying(raw, inside, act);
  if (entity.type === "spoiler") return spoiler(inside);
  return element(TAGS[entity.type] ?? "span", {}, ...inside);
}

// Offsets are UTF-16 code units, as JavaScript counts too. Entities are sorted, outer ones first.
function nodes(words, entities, from, to, act) {
  const made = [];
  let at = from;
  let next = 0;
  while (next < entities.length) {
    const entity = entities[next];
    const end = entity.offset + entity.length;
    let after = next + 1;
    while (after < entities.length && entities[after].offset < end) after += 1;
    if (entity.offset > at) made.push(words.slice(at, entity.offset));
    const inside = nodes(words, entities.slice(next + 1, after), entity.offset, end, act);
    made.push(dressed(entity, words.slice(entity.offset, end), inside, act));
    at = end;
    next = after;
  }
  if (at < to) made.push(words.slice(at, to));
  return made;
}

function sized(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function shownFile(file, message, act) {
  const show = act.fileUrl(file.file_id, true);
  if (file.kind === "photo") return element("img", { src: show, alt: file.name, loading: "lazy" });
  if (file.kind === "voice" || file.kind === "audio") return element("audio", { src: show, controls: true, preload: "none" });
  if (file.kind === "video") return element("video", { src: show, controls: true, preload: "none" });
  const label = `📄 ${file.name} · ${sized(file.file_size)}`;
  if (message.has_protected_content) return element("span", { className: "file" }, label);
  const title = text("demo.download", { name: file.name });
  return element("a", { className: "file", href: act.fileUrl(file.file_id, false), download: file.name, title }, label);
}

function special(message) {
  if (message.location) {
    const { latitude, longitude } = message.location;
    return element("p", {}, `📍 ${text("demo.location")}: ${latitude.toFixed(4)}, ${longitude.toFixed(4)}`);
  }
  if (message.contact) return element("p", {}, `👤 ${message.contact.first_name}, ${message.contact.phone_number}`);
  if (message.sticker) return element("p", { className: "sticker" }, message.sticker.emoji ?? "🖼");
  if (message.new_chat_members) return element("p", {}, text("demo.joined"));
  return null;
}

function inlineButton(button, message, act) {
  if (button.url) {
    const made = link(button.url, [button.text], act);
    made.classList.add("key");
    return made;
  }
  const made = element("button", { type: "button", className: "key" }, button.text);
  made.addEventListener("click", () => act.tap(message, button, made));
  return made;
}

function keyboard(message, act) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows) return null;
  const made = rows.map((row) => element("div", { className: "row" }, ...row.map((one) => inlineButton(one, message, act))));
  return element("div", { className: "keys" }, ...made);
}

function foot(message, mine, act) {
  const when = new Date(message.date * 1000);
  const time = when.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  const made = element("footer", {}, message.edit_date ? `${text("demo.edited")} ` : "", element("time", { dateTime: when.toISOString() }, time));
  if (message.has_protected_content) made.prepend(element("span", { className: "lock" }, `🔒 ${text("demo.protected")} `));
  if (mine && message.text !== undefined) {
    const edit = element("button", { type: "button", className: "small", title: text("demo.edit"), ariaLabel: text("demo.edit") }, "✎");
    edit.addEventListener("click", () => act.edit(message));
    made.append(edit);
  }
  if (mine) {
    const remove = element("button", { type: "button", className: "small", title: text("demo.delete"), ariaLabel: text("demo.delete") }, "✕");
    remove.addEventListener("click", () => act.remove(message));
    made.append(remove);
  }
  return made;
}

// One message. `act` is what can be done with it: say, tap, edit, remove, fileUrl, and the bot's name.
export function bubble(message, act) {
  const mine = !message.outgoing;
  const words = message.text ?? message.caption ?? "";
  const entities = message.entities ?? message.caption_entities ?? [];
  const content = element("div", { className: "content" });
  if (message.forward_origin) {
    const name = message.forward_origin.sender_user_name ?? message.forward_origin.sender_user?.first_name ?? "";
    content.append(element("p", { className: "origin" }, text("demo.forwarded", { name })));
  }
  if (message.reply_to_message) {
    content.append(element("p", { className: "origin" }, (message.reply_to_message.text ?? "…").slice(0, 80)));
  }
  for (const file of message.files ?? []) content.append(shownFile(file, message, act));
  const other = special(message);
  if (other) content.append(other);
  if (words) content.append(element("div", { className: "words" }, ...nodes(words, entities, 0, words.length, act)));
  content.append(foot(message, mine, act));
  const made = element("article", { className: `bubble ${mine ? "mine" : "theirs"}` }, content, keyboard(message, act));
  made.classList.toggle("protected", Boolean(message.has_protected_content));
  made.dataset.message = message.message_id;
  return made;
}
