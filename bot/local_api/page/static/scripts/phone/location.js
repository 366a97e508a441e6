// The dialog that sends a location: coordinates, and if the page has a map, a pin on it and a list of cities.

import { svgElement } from "../elements.js";
import { language, text } from "../texts.js";

const SCALE = 10; // units of the drawing a degree of latitude
const STEP = 0.25;
const FINE = 0.02;
const ARROWS = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

// An equirectangular projection whose scale is right in the middle of the map.
class Projection {
  constructor({ west, east, south, north }) {
    this.west = west;
    this.north = north;
    this.narrowing = Math.cos(((south + north) / 2 * Math.PI) / 180);
    this.size = [(east - west) * SCALE * this.narrowing, (north - south) * SCALE].map(Math.round);
  }

  point(latitude, longitude) {
    return [(longitude - this.west) * SCALE * this.narrowing, (this.north - latitude) * SCALE];
  }

  degrees(x, y) {
    return [this.north - y / SCALE, this.west + x / SCALE / this.narrowing];
  }

  path(points) {
    return `M${points.map(([longitude, latitude]) => this.point(latitude, longitude).map((one) => one.toFixed(1)).join(" ")).join("L")}z`;
  }
}

export class LocationDialog {
  // `map` has bounds in degrees, an outline, lakes and cities, or is null; `send` is called with latitude and longitude.
  constructor(dialog, map, send) {
    this.dialog = dialog;
    this.form = dialog.querySelector("form");
    this.map = dialog.querySelector(".map");
    this.cities = map?.cities ?? [];
    this.drawing = map;
    if (map) this.prepareMap(map);
    const [home] = [...this.cities, { latitude: 0, longitude: 0 }];
    this.set(home.latitude, home.longitude);
    for (const name of ["latitude", "longitude"]) this.form[name].addEventListener("input", () => this.mark());
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "send") send(Number(this.form.latitude.value), Number(this.form.longitude.value));
    });
  }

  prepareMap(map) {
    this.projection = new Projection(map.bounds);
    for (const node of [this.map, ...this.dialog.querySelectorAll(".hint, .city-field")]) node.toggleAttribute("hidden", false);
    this.map.setAttribute("viewBox", `0 0 ${this.projection.size.join(" ")}`);
    this.map.addEventListener("click", (event) => this.point(event));
    this.map.addEventListener("keydown", (event) => this.step(event));
    this.form.city.addEventListener("change", () => this.choose());
  }

  open() {
    if (this.drawing) this.draw();
    this.mark();
    this.dialog.returnValue = "";
    this.dialog.showModal();
    (this.drawing ? this.map : this.form.latitude).focus();
  }

  draw() {
    const cities = this.cities.map((city) => ({ ...city, name: city[language()] ?? city.en }));
    const options = cities.map((city, number) => new Option(city.name, String(number)));
    this.form.city.replaceChildren(new Option(text("page.map.city.none"), ""), ...options);
    const lakes = this.drawing.lakes.map((lake) => svgElement("path", { class: "lake", d: this.projection.path(lake) }));
    const dots = cities.map((city) => this.city(city));
    this.pin = svgElement("g", { class: "pin" }, svgElement("path", { d: "M0 0C-4-6-6-8-6-12a6 6 0 0 1 12 0c0 4-2 6-6 12z" }), svgElement("circle", { cy: -12, r: 2.2 }));
    this.map.replaceChildren(svgElement("path", { class: "land", d: this.projection.path(this.drawing.outline) }), ...lakes, ...dots, this.pin);
  }

  city({ name, latitude, longitude, large, below }) {
    const [x, y] = this.projection.point(latitude, longitude);
    const title = svgElement("title");
    title.textContent = name;
    const dot = svgElement("g", { class: large ? "city large" : "city" }, title, svgElement("circle", { cx: x, cy: y, r: large ? 1.7 : 1.2 }));
    if (!large) return dot;
    const label = svgElement("text", { x: Math.min(x, this.projection.size[0] - 24), y: below ? y + 7.5 : y - 3.5 });
    label.textContent = name;
    dot.append(label);
    return dot;
  }

  set(latitude, longitude) {
    this.form.latitude.value = Math.min(90, Math.max(-90, latitude)).toFixed(4);
    this.form.longitude.value = Math.min(180, Math.max(-180, longitude)).toFixed(4);
    this.mark();
  }

  mark() {
    if (!this.pin) return;
    const [x, y] = this.projection.point(Number(this.form.latitude.value), Number(this.form.longitude.value));
    this.pin.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
    const { latitude, longitude } = this.form;
    const near = this.cities.findIndex((city) =>
      Math.abs(city.latitude - latitude.value) < 1e-4 && Math.abs(city.longitude - longitude.value) < 1e-4);
    this.form.city.value = near < 0 ? "" : String(near);
  }

  point(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.map.getScreenCTM().inverse());
    this.set(...this.projection.degrees(at.x, at.y));
  }

  step(event) {
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const far = event.shiftKey ? FINE : STEP;
    const { latitude, longitude } = this.form;
    this.set(Number(latitude.value) + arrow[0] * far, Number(longitude.value) + arrow[1] * far);
  }

  choose() {
    const city = this.cities[this.form.city.value];
    if (city) this.set(city.latitude, city.longitude);
  }
}
