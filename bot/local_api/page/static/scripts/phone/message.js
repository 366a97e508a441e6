// A message of a chat: its files, text, buttons and footer.

import { button, element, icon } from "../elements.js";
import { entityNodes, externalLink, startPayload } from "./entities.js";
import { ownMenu } from "./own_menu.js";
import { inZone, language, text, formatTime, zoneName } from "../texts.js";

function formatSize(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function photo(file, show, caption, act) {
  const words = caption || text("page.picture");
  const image = element("img", { src: show, alt: words });
  return button("photo", () => act.enlarge(show, words), words.split("\n")[0], image);
}

function documentLink(file, message, act) {
  const about = element("span", { className: "about" }, element("b", {}, file.name), element("small", {}, formatSize(file.file_size)));
  const round = element("span", { className: "round" }, icon(message.has_protected_content ? "lock" : "file"));
  if (message.has_protected_content) return element("span", { className: "file" }, round, about);
  const title = text("page.download", { name: file.name });
  return element("a", { className: "file", href: act.fileUrl(file.file_id, false), download: file.name, title }, round, about);
}

function player(file, show, tag) {
  const made = element(tag, { src: show, controls: true, preload: "none" });
  made.setAttribute("aria-label", file.name);
  made.setAttribute("controlslist", "nodownload noplaybackrate");
  return made;
}

function fileElement(file, message, act) {
  const show = act.fileUrl(file.file_id, true);
  if (file.kind === "photo") return photo(file, show, message.caption, act);
  if (file.kind === "voice" || file.kind === "audio") return player(file, show, "audio");
  if (file.kind === "video") return player(file, show, "video");
  return documentLink(file, message, act);
}

// A bot may send anything as a coordinate.
function degrees(value) {
  return Number.isFinite(Number(value)) ? Number(value).toFixed(4) : String(value);
}

function attachment(message) {
  if (message.location) {
    const { latitude, longitude } = message.location;
    const where = `${degrees(latitude)}, ${degrees(longitude)}`;
    const about = element("span", { className: "about" }, element("b", {}, message.venue?.title ?? text("page.location")), element("small", {}, where));
    return element("p", { className: "file" }, element("span", { className: "round" }, icon("pin")), about);
  }
  if (message.contact) {
    const { first_name: name, phone_number: number } = message.contact;
    const about = element("span", { className: "about" }, element("b", {}, name), element("small", {}, number));
    return element("p", { className: "file" }, element("span", { className: "round" }, icon("person")), about);
  }
  if (message.sticker) return element("p", { className: "sticker" }, message.sticker.emoji ?? "🖼");
  if (message.new_chat_members) return element("p", {}, text("page.joined"));
  return null;
}

function inlineButton(one, message, act) {
  if (one.url) {
    const start = startPayload(one.url, act.bot);
    const made = start === null ? externalLink(one.url, [one.text]) : button("", () => act.say(`/start ${start}`), "", one.text);
    made.classList.add("chat-button", "outside");
    return made;
  }
  return button("chat-button", (made) => act.tap(message, one, made), "", one.text);
}

// Bot API, InlineKeyboardButton.style: primary, success or danger.
function styled(made, one) {
  if (one.style) made.classList.add(`style-${one.style}`);
  return made;
}

function keyboard(message, act) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  const made = rows.map((row) => element("div", { className: "row" }, ...row.map((one) => styled(inlineButton(one, message, act), one))));
  return element("div", { className: "chat-buttons" }, ...made);
}

function footer(message) {
  const when = new Date(message.date * 1000);
  const made = element("footer", { lang: language() });
  if (message.has_protected_content) {
    made.append(element("span", { className: "lock", title: text("page.protected.about") }, `🔒 ${text("page.protected")}`));
  }
  if (message.edit_date) made.append(element("span", { className: "edited" }, text("page.edited")));
  made.append(element("time", { dateTime: when.toISOString(), title: zoneName() }, formatTime(inZone(when))));
  return made;
}

function ownActs(message, act) {
  const remove = { name: "delete", key: "page.delete", sign: "bin", act: () => act.remove(message) };
  return message.text === undefined ? [remove] : [{ name: "edit", key: "page.edit", sign: "edit", act: () => act.edit(message) }, remove];
}

function origin(message) {
  if (message.forward_origin) {
    const { sender_user_name: hidden, sender_user: known } = message.forward_origin;
    return element("p", { className: "origin" }, text("page.forwarded", { name: hidden ?? known?.first_name ?? "" }));
  }
  if (!message.reply_to_message) return null;
  return element("p", { className: "origin" }, (message.reply_to_message.text ?? "…").slice(0, 80));
}

// In place of a message that cannot be shown, so that the others still are.
function placeholder(message) {
  const words = element("p", { className: "unshown", lang: language() }, text("page.unshown"));
  return element("article", { className: `message ${message.outgoing ? "theirs" : "mine"}` }, element("div", { className: "content" }, words));
}

// `act` is what can be done with a message: say, tap, edit, remove, enlarge, fileUrl; and the bot's username.
export function messageElement(message, act) {
  let made;
  try {
    made = article(message, act);
  } catch (error) {
    console.info("A message cannot be shown", message, error);
    made = placeholder(message);
  }
  made.dataset.message = message.message_id;
  return made;
}

function article(message, act) {
  const mine = !message.outgoing;
  const words = message.text ?? message.caption ?? "";
  const entities = message.entities ?? message.caption_entities ?? [];
  const files = (message.files ?? []).map((file) => fileElement(file, message, act));
  const said = words ? element("div", { className: "words" }, ...entityNodes(words, entities, act)) : null;
  const content = element("div", { className: "content" }, origin(message), ...files, attachment(message), said, footer(message));
  const made = element("article", { className: `message ${mine ? "mine" : "theirs"}` }, content, keyboard(message, act));
  if (mine) content.querySelector("footer").prepend(ownMenu(made, content, ownActs(message, act)));
  if (message.media_group_id) made.dataset.album = message.media_group_id;
  if (message.has_protected_content) {
    made.classList.add("protected");
    for (const kind of ["copy", "contextmenu", "dragstart"]) made.addEventListener(kind, (event) => event.preventDefault());
  }
  return made;
}
