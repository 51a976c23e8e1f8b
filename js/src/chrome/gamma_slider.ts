import { gammaAt, gammaPlace } from "../flow/gamma_scale.ts";

/** A slider for gamma on a logarithmic scale; a double click sets it to 1. */
export class GammaSlider {
  readonly element = document.createElement("label");
  readonly #input = document.createElement("input");
  readonly #value = document.createElement("output");

  constructor(onChange: (gamma: number) => void) {
    const name = document.createElement("span");
    name.textContent = "Gamma";
    this.element.className = "rfb-gamma";
    this.element.dataset.tooltip = "Double-click for 1";
    Object.assign(this.#input, { type: "range", min: "-1", max: "1", step: "0.02", className: "rfb-gamma-slider" });
    this.#input.setAttribute("aria-label", "Gamma");
    this.#input.addEventListener("input", () => onChange(gammaAt(this.#input.valueAsNumber)));
    this.element.addEventListener("dblclick", (event) => {
      event.preventDefault();
      onChange(1);
    });
    this.#value.className = "rfb-gamma-value";
    this.element.append(name, this.#input, this.#value);
  }

  show(gamma: number): void {
    const text = String(Math.round(gamma * 100) / 100);
    this.#value.textContent = text;
    this.#input.setAttribute("aria-valuetext", text);
    // An unchanged place must stay: the steps of the slider are coarser than gamma.
    if (gammaAt(this.#input.valueAsNumber) !== gamma) this.#input.value = String(gammaPlace(gamma));
  }
}
