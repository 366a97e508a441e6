// How the page makes its elements.

const SVG = "http://www.w3.org/2000/svg";

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function svgElement(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function icon(name) {
  return svgElement("svg", { class: "icon", "aria-hidden": "true" }, svgElement("use", { href: `#i-${name}` }));
}

// A button with words or an icon; `label` names it where it has no words.
export function button(className, act, label, ...children) {
  const made = element("button", { type: "button", className }, ...children);
  if (label) {
    made.setAttribute("aria-label", label);
    made.title = label;
  }
  made.addEventListener("click", () => act(made));
  return made;
}

// A button within a text: unlike a <button> it breaks across lines with the words around it.
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
