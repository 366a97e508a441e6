// The dialog of a place: a map of the country with a pin, a list of cities, and coordinates by hand.

import { drawn } from "./elements.js";
import { language, text } from "./texts.js";

const WEST = 46;
const NORTH = 56;
const SCALE = 10;
const NARROWING = Math.cos((48 * Math.PI) / 180);
const SIZE = [282, 158];
const STEP = 0.25;
const FINE = 0.02;
const ARROWS = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };

function spot(latitude, longitude) {
  return [(longitude - WEST) * SCALE * NARROWING, (NORTH - latitude) * SCALE];
}

function path(points) {
  return `M${points.map(([longitude, latitude]) => spot(latitude, longitude).map((one) => one.toFixed(1)).join(" ")).join("L")}z`;
}

export class Place {
  // `send` is told latitude and longitude in degrees.
  constructor(dialog, places, send) {
    this.dialog = dialog;
    this.places = places;
    this.form = dialog.querySelector("form");
    this.map = dialog.querySelector(".map");
    this.map.setAttribute("viewBox", `0 0 ${SIZE.join(" ")}`);
    const [home] = places.cities;
    this.set(home.latitude, home.longitude);
    this.map.addEventListener("click", (event) => this.point(event));
    this.map.addEventListener("keydown", (event) => this.step(event));
    this.form.city.addEventListener("change", () => this.choose());
    for (const name of ["latitude", "longitude"]) this.form[name].addEventListener("input", () => this.mark());
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "send") send(Number(this.form.latitude.value), Number(this.form.longitude.value));
    });
  }

  open() {
    this.draw();
    this.mark();
    this.dialog.returnValue = "";
    this.dialog.showModal();
    this.map.focus();
  }

  draw() {
    const cities = this.places.cities.map((city) => ({ ...city, name: city[language()] ?? city.en }));
    const options = cities.map((city, number) => new Option(city.name, String(number)));
    this.form.city.replaceChildren(new Option(text("demo.map.city.none"), ""), ...options);
    const lakes = this.places.lakes.map((lake) => drawn("path", { class: "lake", d: path(lake) }));
    const dots = cities.map((city) => this.city(city));
    this.pin = drawn("g", { class: "pin" }, drawn("path", { d: "M0 0C-4-6-6-8-6-12a6 6 0 0 1 12 0c0 4-2 6-6 12z" }), drawn("circle", { cy: -12, r: 2.2 }));
    this.map.replaceChildren(drawn("path", { class: "land", d: path(this.places.outline) }), ...lakes, ...dots, this.pin);
  }

  city({ name, latitude, longitude, large, below }) {
    const [x, y] = spot(latitude, longitude);
    const title = drawn("title");
    title.textContent = name;
    const dot = drawn("g", { class: large ? "city large" : "city" }, title, drawn("circle", { cx: x, cy: y, r: large ? 1.7 : 1.2 }));
    if (!large) return dot;
    const label = drawn("text", { x: Math.min(x, SIZE[0] - 24), y: below ? y + 7.5 : y - 3.5 });
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
    const [x, y] = spot(Number(this.form.latitude.value), Number(this.form.longitude.value));
    this.pin.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
    const { latitude, longitude } = this.form;
    const near = this.places.cities.findIndex((city) =>
      Math.abs(city.latitude - latitude.value) < 1e-4 && Math.abs(city.longitude - longitude.value) < 1e-4);
    this.form.city.value = near < 0 ? "" : String(near);
  }

  point(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.map.getScreenCTM().inverse());
    this.set(NORTH - at.y / SCALE, WEST + at.x / SCALE / NARROWING);
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
    const city = this.places.cities[this.form.city.value];
    if (city) this.set(city.latitude, city.longitude);
  }
}
