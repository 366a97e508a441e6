// Messages as bubbles: what they carry, their words, buttons and foot.

import { button, element, icon } from "./elements.js";
import { nodes, outside, payload } from "./entities.js";
import { language, local, text, timed, zoneName } from "./texts.js";

function sized(bytes) {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function photo(file, show, act) {
  const image = element("img", { src: show, alt: file.name });
  return button("photo", () => act.enlarge(show, file.name), text("demo.picture"), image);
}

function sheet(file, message, act) {
  const about = element("span", { className: "about" }, element("b", {}, file.name), element("small", {}, sized(file.file_size)));
  const round = element("span", { className: "round" }, icon(message.has_protected_content ? "lock" : "file"));
  if (message.has_protected_content) return element("span", { className: "file" }, round, about);
  const title = text("demo.download", { name: file.name });
  return element("a", { className: "file", href: act.fileUrl(file.file_id, false), download: file.name, title }, round, about);
}

function sound(file, show, tag) {
  const made = element(tag, { src: show, controls: true, preload: "none" });
  made.setAttribute("aria-label", file.name);
  made.setAttribute("controlslist", "nodownload noplaybackrate");
  return made;
}

function carried(file, message, act) {
  const show = act.fileUrl(file.file_id, true);
  if (file.kind === "photo") return photo(file, show, act);
  if (file.kind === "voice" || file.kind === "audio") return sound(file, show, "audio");
  if (file.kind === "video") return sound(file, show, "video");
  return sheet(file, message, act);
}

// A bot may have been given anything as a coordinate.
function degrees(value) {
  return Number.isFinite(Number(value)) ? Number(value).toFixed(4) : String(value);
}

function special(message) {
  if (message.location) {
    const { latitude, longitude } = message.location;
    const where = `${degrees(latitude)}, ${degrees(longitude)}`;
    const about = element("span", { className: "about" }, element("b", {}, text("demo.location")), element("small", {}, where));
    return element("p", { className: "file" }, element("span", { className: "round" }, icon("pin")), about);
  }
  if (message.contact) {
    const { first_name: name, phone_number: number } = message.contact;
    const about = element("span", { className: "about" }, element("b", {}, name), element("small", {}, number));
    return element("p", { className: "file" }, element("span", { className: "round" }, icon("person")), about);
  }
  if (message.sticker) return element("p", { className: "sticker" }, message.sticker.emoji ?? "🖼");
  if (message.new_chat_members) return element("p", {}, text("demo.joined"));
  return null;
}

function key(one, message, act) {
  if (one.url) {
    const start = payload(one.url, act.bot);
    const made = start === null ? outside(one.url, [one.text]) : button("", () => act.say(`/start ${start}`), "", one.text);
    made.classList.add("key", "outside");
    return made;
  }
  return button("key", (made) => act.tap(message, one, made), "", one.text);
}

function keyboard(message, act) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  const made = rows.map((row) => element("div", { className: "row" }, ...row.map((one) => key(one, message, act))));
  return element("div", { className: "keys" }, ...made);
}

function foot(message, mine, act) {
  const when = new Date(message.date * 1000);
  const made = element("footer", { lang: language() });
  if (message.has_protected_content) {
    made.append(element("span", { className: "lock", title: text("demo.protected.about") }, `🔒 ${text("demo.protected")}`));
  }
  if (mine && message.text !== undefined) made.append(button("small edit", () => act.edit(message), text("demo.edit"), icon("edit")));
  if (mine) made.append(button("small delete", () => act.remove(message), text("demo.delete"), icon("bin")));
  if (message.edit_date) made.append(element("span", { className: "edited" }, text("demo.edited")));
  made.append(element("time", { dateTime: when.toISOString(), title: zoneName() }, timed(local(when))));
  return made;
}

function origin(message) {
  if (message.forward_origin) {
    const { sender_user_name: hidden, sender_user: known } = message.forward_origin;
    return element("p", { className: "origin" }, text("demo.forwarded", { name: hidden ?? known?.first_name ?? "" }));
  }
  if (!message.reply_to_message) return null;
  return element("p", { className: "origin" }, (message.reply_to_message.text ?? "…").slice(0, 80));
}

// In place of a message that cannot be shown: one is not to take the others with it.
function unshown(message) {
  const words = element("p", { className: "unshown", lang: language() }, text("demo.unshown"));
  return element("article", { className: `bubble ${message.outgoing ? "theirs" : "mine"}` }, element("div", { className: "content" }, words));
}

// One message. `act` is what can be done with it: say, tap, edit, remove, enlarge, fileUrl, and the bot's name.
export function bubble(message, act) {
  let made;
  try {
    made = whole(message, act);
  } catch (error) {
    console.info("A message cannot be shown", message, error);
    made = unshown(message);
  }
  made.dataset.message = message.message_id;
  return made;
}

function whole(message, act) {
  const mine = !message.outgoing;
  const words = message.text ?? message.caption ?? "";
  const entities = message.entities ?? message.caption_entities ?? [];
  const files = (message.files ?? []).map((file) => carried(file, message, act));
  const said = words ? element("div", { className: "words" }, ...nodes(words, entities, act)) : null;
  const content = element("div", { className: "content" }, origin(message), ...files, special(message), said, foot(message, mine, act));
  const made = element("article", { className: `bubble ${mine ? "mine" : "theirs"}` }, content, keyboard(message, act));
  if (message.media_group_id) made.dataset.album = message.media_group_id;
  if (message.has_protected_content) {
    made.classList.add("protected");
    for (const kind of ["copy", "contextmenu", "dragstart"]) made.addEventListener(kind, (event) => event.preventDefault());
  }
  return made;
}
