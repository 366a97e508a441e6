// Nodes of the page.

const SVG = "http://www.w3.org/2000/svg";

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function drawn(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function icon(name) {
  return drawn("svg", { class: "i", "aria-hidden": "true" }, drawn("use", { href: `#i-${name}` }));
}

// A button with words or an icon; `label` names it where there are no words to read.
export function button(className, act, label, ...children) {
  const made = element("button", { type: "button", className }, ...children);
  if (label) {
    made.setAttribute("aria-label", label);
    made.title = label;
  }
  made.addEventListener("click", () => act(made));
  return made;
}

// A button among words: it breaks into lines as they do, and nothing is torn off that stands close to it.
export function wordButton(className, act, ...children) {
  const made = element("span", { className, role: "button", tabIndex: 0 }, ...children);
  made.addEventListener("click", () => act(made));
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act(made);
  });
  return made;
}
