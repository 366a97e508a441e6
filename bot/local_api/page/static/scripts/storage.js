// What the browser remembers of the page: language and theme for good, phones as long as the tab is open.

function read(store, name) {
  try {
    return JSON.parse(store().getItem(name));
  } catch {
    return null;
  }
}

function write(store, name, value) {
  try {
    store().setItem(name, JSON.stringify(value));
  } catch {
    // A browser may forbid storage; the choice then lasts until the page is closed.
  }
}

// Even to name a store throws where storage is forbidden.
const forGood = () => localStorage;
const forTheTab = () => sessionStorage;

export const remembered = (name) => read(forGood, name);
export const remember = (name, value) => write(forGood, name, value);
export const kept = (name) => read(forTheTab, name);
export const keep = (name, value) => write(forTheTab, name, value);
