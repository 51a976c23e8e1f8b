import type { Lens } from "../flow/view_transform.ts";
import { isSameLens } from "../flow/view_transform.ts";
import type { Traits } from "../host/traits.ts";
import type { Sight } from "./shared_transform.ts";

type Follower = (lens: Lens, isSmooth: boolean) => void;

/** What views with one name share. Plain, because each of them may be of another instance, or version, of this module. */
interface Group {
  lens: Lens;
  readonly followers: Set<Follower>;
}

const GROUPS = Symbol.for("marimo-rfb.linked");

/** Hosts load this module once for each widget, so what those of a page share belongs to the window. */
function groupsOf(page: Window & { [GROUPS]?: Map<string, Group> }): Map<string, Group> {
  return (page[GROUPS] ??= new Map());
}

/** Keeps a sight the same as those of all views of the page that have the same name in the trait `linked`. */
export class Linked {
  readonly #sight: Sight;
  readonly #traits: Traits;
  readonly #follower: Follower = (lens, isSmooth) => this.#sight.look(lens, isSmooth);
  #name = "";

  constructor(sight: Sight, traits: Traits, signal: AbortSignal) {
    this.#sight = sight;
    this.#traits = traits;
    sight.follow((lens, isSmooth) => this.#share(lens, isSmooth), signal);
    traits.onChange(["linked"], () => this.#join(), signal);
    signal.addEventListener("abort", () => this.#leave(), { once: true });
    this.#join();
  }

  /** Whoever comes takes the lens that is there. */
  #join(): void {
    this.#leave();
    this.#name = this.#traits.linked;
    if (this.#name === "") return;
    const groups = groupsOf(window);
    const group = groups.get(this.#name) ?? { lens: this.#sight.lens, followers: new Set() };
    groups.set(this.#name, group);
    group.followers.add(this.#follower);
    this.#sight.look(group.lens, true);
  }

  #leave(): void {
    const groups = groupsOf(window);
    const group = groups.get(this.#name);
    group?.followers.delete(this.#follower);
    if (group?.followers.size === 0) groups.delete(this.#name);
  }

  #share(lens: Lens, isSmooth: boolean): void {
    const group = groupsOf(window).get(this.#name);
    // What another has just shared comes back here from every sight that takes it.
    if (group === undefined || isSameLens(group.lens, lens)) return;
    group.lens = lens;
    for (const follower of [...group.followers]) follower(lens, isSmooth);
  }
}
