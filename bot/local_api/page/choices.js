// What is remembered of the page in this browser: language and theme for good, phones while the tab is open.

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
    // A browser may forbid storage; the choice then lasts until the page is left.
  }
}

const long = () => localStorage;
const short = () => sessionStorage;

export const remembered = (name) => read(long, name);
export const remember = (name, value) => write(long, name, value);
export const kept = (name) => read(short, name);
export const keep = (name, value) => write(short, name, value);
