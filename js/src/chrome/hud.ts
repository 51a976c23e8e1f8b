import type { Size } from "../flow/geometry.ts";
import { statsRows } from "../flow/stats_rows.ts";
import type { LiveStats } from "../wire/worker_messages.ts";
import { Sparkline } from "./sparkline.ts";
import { styledElement } from "./styled_element.ts";

/** The panel with statistics. Its style sheet hides rows that do not fit. */
export class Hud {
  readonly element = styledElement("div", "rfb-hud");
  // Not a `dl`, because notebooks have style rules for those.
  readonly #list = document.createElement("div");
  readonly #spark = new Sparkline();
  readonly #values = new Map<string, HTMLElement>();

  constructor() {
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Measurements");
    this.#list.className = "rfb-stats";
    this.element.append(this.#list, this.#spark.element);
    this.show(undefined, undefined);
  }

  show(liveStats: LiveStats | undefined, frame: Size | undefined): void {
    for (const { label, value, rank } of statsRows(liveStats?.stats, frame)) {
      const element = this.#values.get(label) ?? this.#add(label, rank);
      // An unchanged value needs no paint.
      if (element.textContent !== value) element.textContent = value;
    }
    this.#spark.add(liveStats?.intervalsMs ?? []);
  }

  /** Clear the frame times, which are out of date when the panel is shown again. */
  clear(): void {
    this.#spark.clear();
  }

  #add(label: string, rank: number): HTMLElement {
    const line = document.createElement("div");
    const name = document.createElement("span");
    const value = document.createElement("span");
    value.className = "rfb-stat-value";
    line.dataset.rank = String(rank);
    name.textContent = label;
    line.append(name, " ", value);
    this.#list.append(line);
    this.#values.set(label, value);
    return value;
  }
}
