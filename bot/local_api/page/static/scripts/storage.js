// What the browser stores for the page: language and theme for good, phones as long as the tab is open.

class PageStorage {
  // `find` names the browser's storage, which throws where storage is forbidden.
  constructor(find) {
    this.find = find;
  }

  get(name) {
    try {
      return JSON.parse(this.find().getItem(name));
    } catch {
      return null;
    }
  }

  set(name, value) {
    try {
      this.find().setItem(name, JSON.stringify(value));
    } catch {
      // The choice then lasts until the page is closed.
    }
  }
}

export const forGood = new PageStorage(() => localStorage);
export const forTheTab = new PageStorage(() => sessionStorage);
